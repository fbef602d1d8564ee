import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { spawn } from "node:child_process"
import { PassThrough, Writable } from "node:stream"
import * as Stdout from "../../../layers/sink/Stdout.ts"
import { payloadOf } from "../../../src/domain/Envelope.ts"
import { sinkContract } from "../../contract/Sink.ts"
import { testEnvelopes, testStream } from "../../support/envelopes.ts"
import { untilTrue } from "../../support/process.ts"

const linesOf = (text: string): ReadonlyArray<string> => text.split("\n").slice(0, -1)

/** Collects what is written, a little later each time. */
const collector = () => {
  const parts: Array<Buffer> = []
  const stream = new Writable({
    highWaterMark: 1024,
    write: (chunk: Buffer, _, done) => {
      setImmediate(() => {
        parts.push(Buffer.from(chunk))
        done()
      })
    },
  })
  return { stream, text: () => Buffer.concat(parts).toString("utf8") }
}

sinkContract({
  name: "the stdout sink",
  make: Effect.gen(function* () {
    const { stream, text } = collector()
    const sink = yield* Stdout.make({ name: "out", stream })
    return { sink, received: Effect.sync(() => linesOf(text())) }
  }),
  exactlyOnce: false,
  seeds: 3,
})

const stream = testStream({})

describe("the stdout sink", () => {
  it.live("writes one record a line and nothing else", () =>
    Effect.gen(function* () {
      const { stream: out, text } = collector()
      const writer = yield* (yield* Stdout.make({ name: "out", stream: out })).open
      const first = testEnvelopes([stream], 0, 3)
      const second = testEnvelopes([stream], 3, 2)
      yield* yield* writer.write([...first, ...second], 5)
      const expected = [...first, ...second].map((envelope) => payloadOf(envelope).toString() + "\n")
      assert.strictEqual(text(), expected.join(""))
    }).pipe(Effect.scoped),
  )

  it.live("waits while its reader is slow, and goes on when it reads again", () =>
    Effect.gen(function* () {
      const pipe = new PassThrough({ highWaterMark: 4096 })
      const writer = yield* (yield* Stdout.make({ name: "out", stream: pipe })).open
      let written = 0
      const writing = yield* Effect.forkChild(
        Effect.gen(function* () {
          for (let batch = 0; batch < 50; batch++) {
            yield* Effect.asVoid(writer.write(testEnvelopes([stream], batch * 10, 10), batch * 10 + 10))
            written++
          }
        }),
      )
      yield* Effect.sleep(20)
      const stalled = written
      assert.isBelow(stalled, 10)
      let text = ""
      pipe.on("data", (chunk: Buffer) => (text += chunk.toString()))
      yield* Fiber.join(writing)
      yield* untilTrue("all of it is read", () => linesOf(text).length >= 500)
      assert.strictEqual(linesOf(text).length, 500)
    }).pipe(Effect.scoped),
  )

  it.live("fails with what happened when its reader goes away, and the process lives on", () =>
    Effect.gen(function* () {
      const child = spawn("true")
      yield* Effect.promise(() => new Promise((resolve) => child.once("exit", resolve)))
      const sink = yield* Stdout.make({ name: "out", stream: child.stdin })
      const scope = yield* Scope.make()
      const attempt = Effect.gen(function* () {
        const writer = yield* sink.open
        for (let batch = 0; batch < 100; batch++)
          yield* yield* writer.write(testEnvelopes([stream], batch * 10, 10), batch * 10 + 10)
      }).pipe(Scope.provide(scope))
      const error = yield* Effect.flip(attempt)
      assert.strictEqual(error.reason, "refused")
      assert.match(error.message, /^sink out: stdout cannot be written to/)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Effect.flip(Effect.scoped(sink.open))).reason, "refused")
    }),
  )

  it.live("does not wait for ever for a reader that stands still when it is closed", () =>
    Effect.gen(function* () {
      const stuck = new Writable({ highWaterMark: 1, write: () => {} })
      const scope = yield* Scope.make()
      const writer = yield* (yield* Stdout.make({ name: "out", stream: stuck })).open.pipe(
        Scope.provide(scope),
      )
      yield* Effect.asVoid(writer.write(testEnvelopes([stream], 0, 1), 1))
      yield* Scope.close(scope, Exit.void)
    }),
  )
})
