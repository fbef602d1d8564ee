import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, References } from "effect"
import { TestClock } from "effect/testing"
import * as RateLimitedLog from "../../../src/runtime/RateLimitedLog.ts"

/** What was logged, as `[message, annotations]`. */
const recorded = () => {
  const lines: Array<readonly [string, Readonly<Record<string, unknown>>]> = []
  const logger = Logger.make(({ message, fiber }) => {
    lines.push([String(message), fiber.getRef(References.CurrentLogAnnotations)])
  })
  return { lines, layer: Logger.layer([logger]) }
}

describe("RateLimitedLog", () => {
  it.effect("says the same thing once a minute, with the number of those it stands for", () => {
    const { lines, layer } = recorded()
    return Effect.gen(function* () {
      const limited = RateLimitedLog.make()
      const complain = (key: string) => limited.log("Warn", key, () => [`${key} again`, { venue: "binance" }])
      for (let time = 0; time < 100; time++) yield* complain("not_json")
      yield* complain("bad_field")
      assert.deepStrictEqual(
        lines.map(([message]) => message),
        ["not_json again", "bad_field again"],
      )
      assert.strictEqual(limited.suppressed(), 99)
      yield* TestClock.adjust("59 seconds")
      yield* complain("not_json")
      assert.strictEqual(lines.length, 2)
      yield* TestClock.adjust("1 second")
      yield* complain("not_json")
      assert.deepStrictEqual(lines[2], ["not_json again", { venue: "binance", suppressed: 100 }])
      yield* TestClock.adjust("1 minute")
      yield* complain("not_json")
      assert.deepStrictEqual(lines[3], ["not_json again", { venue: "binance" }])
    }).pipe(Effect.provide(layer))
  })

  it.effect("does not even describe what it does not say", () => {
    const { layer } = recorded()
    return Effect.gen(function* () {
      const limited = RateLimitedLog.make()
      let described = 0
      for (let time = 0; time < 10; time++) {
        yield* limited.log("Error", "key", () => {
          described++
          return ["once"]
        })
      }
      assert.strictEqual(described, 1)
    }).pipe(Effect.provide(layer))
  })

  it.effect("remembers a bounded number of keys, however many there are", () => {
    const { lines, layer } = recorded()
    return Effect.gen(function* () {
      const limited = RateLimitedLog.make({ maxKeys: 10 })
      for (let key = 0; key < 1000; key++) {
        yield* limited.log("Warn", String(key), () => ["x"])
        yield* limited.log("Warn", String(key), () => ["x"])
      }
      assert.strictEqual(lines.length, 1000)
      assert.strictEqual(limited.suppressed(), 10)
    }).pipe(Effect.provide(layer))
  })
})

describe("startOf", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

  it("gives a short message whole, in one line", () => {
    assert.strictEqual(RateLimitedLog.startOf(bytes('{"a":\n"b"}')), '{"a":\\u000a"b"}')
  })

  it("cuts a long one and says how long it was", () => {
    const start = RateLimitedLog.startOf(bytes("[".repeat(5_000_000)), 10)
    assert.strictEqual(start, "[[[[[[[[[[… (5000000 bytes)")
  })

  it("takes bytes that are no text", () => {
    assert.isString(RateLimitedLog.startOf(Uint8Array.from([0xff, 0xfe, 0x00, 0x80])))
  })
})
