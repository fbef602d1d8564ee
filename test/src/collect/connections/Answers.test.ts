import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { makeAnswers, type Verdict } from "../../../../src/collect/connections/Answers.ts"
import { nextMessage } from "../../../../src/collect/connections/NextMessage.ts"
import { share } from "../../../../src/collect/connections/Shared.ts"
import type { Control } from "../../../../src/domain/Decoded.ts"
import type { Stream } from "../../../../src/domain/Stream.ts"

const stream = (wire: string) => ({ wire }) as Stream
const [a, b, c, d] = ["a", "b", "c", "d"].map(stream) as [Stream, Stream, Stream, Stream]

const told = (verdict: Verdict) => ({
  accepted: verdict.accepted.map(({ wire }) => wire),
  refused: [...verdict.refused].map(([{ wire }, error]) => `${wire}: ${error}`),
  unclear: verdict.unclear.map(({ wire }) => wire),
})

/** The verdict on a message about `a b c`, once these answers came. */
const verdictOf = (controls: ReadonlyArray<Control>, kind: "subscribe" | "unsubscribe" = "subscribe") =>
  Effect.gen(function* () {
    const answers = makeAnswers()
    const waiting = answers.expect(kind, [a, b, c], 7)
    const fiber = yield* Effect.forkChild(waiting.verdict, { startImmediately: true })
    for (const control of controls) answers.onControl(control)
    yield* TestClock.adjust("2 seconds")
    if (fiber.pollUnsafe() === undefined) {
      yield* Fiber.interrupt(fiber)
      const sofar = waiting.sofar()
      return sofar === undefined ? "silence" : { ...told(sofar), silent: true }
    }
    return told(yield* Fiber.join(fiber))
  })

const all = { accepted: ["a", "b", "c"], refused: [], unclear: [] }

describe("Answers", () => {
  it.effect("an answer by id is for the whole message, another id's for none", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* verdictOf([{ kind: "ack", id: 7 }]), all)
      assert.strictEqual(yield* verdictOf([{ kind: "ack", id: 8 }]), "silence")
      assert.deepStrictEqual(yield* verdictOf([{ kind: "ack", id: 7, error: "no" }]), {
        accepted: [],
        refused: [],
        unclear: ["a", "b", "c"],
      })
    }),
  )

  it.effect("an answer that names what it accepts refuses the rest", () =>
    Effect.gen(function* () {
      const verdict = yield* verdictOf([{ kind: "ack", id: 7, accepted: [c, a] }])
      assert.deepStrictEqual(verdict, {
        accepted: ["c", "a"],
        refused: ["b: the venue leaves it out of what it accepts"],
        unclear: [],
      })
    }),
  )

  it.effect("answers by stream add up, refusals among them", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* verdictOf([
          { kind: "subscribed", stream: c },
          { kind: "subscribed", stream: d },
          { kind: "refused", stream: a, error: "no such thing" },
          { kind: "subscribed", stream: b },
        ]),
        { accepted: ["c", "b"], refused: ["a: no such thing"], unclear: [] },
      )
      assert.deepStrictEqual(yield* verdictOf([{ kind: "subscribed", stream: c }]), {
        accepted: ["c"],
        refused: [],
        unclear: ["a", "b"],
        silent: true,
      })
    }),
  )

  it.effect("an error without a name leaves open what is not answered, after a moment", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* verdictOf([
          { kind: "failed", error: "something" },
          { kind: "subscribed", stream: b },
        ]),
        { accepted: ["b"], refused: [], unclear: ["a", "c"] },
      )
    }),
  )

  it.effect("a list of what is subscribed answers both kinds of message", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* verdictOf([{ kind: "subscriptions", streams: [a, b, c, d] }]), all)
      assert.deepStrictEqual(yield* verdictOf([{ kind: "subscriptions", streams: [d] }], "unsubscribe"), all)
    }),
  )
})

describe("NextMessage", () => {
  const venue = {
    limits: { streamsPerMessage: 3, messageBytes: 8 } as never,
    subscribe: (streams: ReadonlyArray<Stream>) => streams.map(({ wire }) => wire).join(","),
    unsubscribe: () => "",
  }
  const wires = (streams: ReadonlyArray<Stream>) => streams.map(({ wire }) => wire).join("")

  it("takes as many as fit, of one group, and one however long it is", () => {
    assert.strictEqual(wires(nextMessage(venue, "subscribe", [a, b, c, d])), "abc")
    const long = stream("a-long-name")
    assert.strictEqual(wires(nextMessage(venue, "subscribe", [a, long, b])), "a")
    assert.strictEqual(nextMessage(venue, "subscribe", [long, a])[0], long)
    const grouped = { ...venue, messageGroup: ({ wire }: Stream) => (wire < "c" ? "x" : "y") }
    assert.strictEqual(wires(nextMessage(grouped, "subscribe", [c, a, d, b])), "cd")
  })
})

describe("Shared", () => {
  it("streams of one subscription are subscribed once, left to each other, and renewed together", () => {
    const rule = { subscriptionOf: ({ wire }: Stream) => (wire === "d" ? "d" : "abc") }
    const desired = new Map<Stream, unknown>([a, b, d].map((each) => [each, undefined]))
    const held = { subscribed: new Map([[a, 1]]), renewed: new Set<Stream>() }
    assert.deepStrictEqual(share(rule, desired, held, 5), [b])
    assert.deepStrictEqual(
      [...held.subscribed],
      [
        [a, 1],
        [b, 5],
      ],
    )
    desired.delete(a)
    assert.deepStrictEqual(share(rule, desired, held, 6), [])
    assert.deepStrictEqual([...held.subscribed.keys()], [b])
    desired.set(c, undefined)
    held.subscribed.set(c, 6)
    held.renewed.add(b)
    assert.deepStrictEqual(share(rule, desired, held, 7), [])
    assert.deepStrictEqual([...held.renewed], [b, c])
  })
})
