import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, References, Scope } from "effect"
import type { JournalIdentity, Position } from "../../services/Journal.ts"
import { type Sink, SinkError, type SinkWriter } from "../../services/Sink.ts"
import { type Envelope, payloadOf } from "../../src/domain/Envelope.ts"
import { giveBack } from "../../src/domain/Slab.ts"
import { testEnvelopes, testStream } from "../support/envelopes.ts"
import { type Dice, withSeeds } from "../support/seed.ts"
import { inSlab } from "../support/slabs.ts"

/** A sink, and the other side of it. */
export interface SinkUnderTest {
  readonly sink: Sink
  /** Payloads that have arrived so far, oldest first; of different streams in any order. */
  readonly received: Effect.Effect<ReadonlyArray<string>, unknown>
  /** Makes deliveries fail until `repair`; absent where that cannot be had. */
  readonly fault?: {
    readonly break: Effect.Effect<void, unknown>
    readonly repair: Effect.Effect<void, unknown>
  }
}

export interface SinkContract {
  readonly name: string
  /** A sink with nothing in it yet. */
  readonly make: Effect.Effect<SinkUnderTest, unknown, Scope.Scope>
  /** Whether what was delivered and then sent again arrives once. */
  readonly exactlyOnce: boolean
  /** Seeds of the random test. */
  readonly seeds: number
}

const streams = [
  testStream({ base: "BTC" }),
  testStream({ base: "ETH" }),
  testStream({ base: "币安" }),
  testStream({ base: "BTC", dataType: "bbo" }),
  testStream({ base: "BTC", dataType: "kline_1m" }),
]

const journal: JournalIdentity = { id: "test", durable: false }

/** Sinks say what fails; here it is meant to. */
const quiet = Effect.provideService(References.MinimumLogLevel, "None")

const textOf = (envelope: Envelope): string => payloadOf(envelope).toString("utf8")

/** Payloads by stream (`type` and `symbol` tell it), in the order in which they arrived. */
const byStream = (payloads: ReadonlyArray<string>): Record<string, Array<string>> => {
  const sorted: Record<string, Array<string>> = {}
  for (const payload of payloads) {
    const { type, symbol } = JSON.parse(payload) as { type: string; symbol: string }
    ;(sorted[`${type} ${symbol}`] ??= []).push(payload)
  }
  return sorted
}

const without = (payloads: ReadonlyArray<string>): ReadonlyArray<string> => Array.from(new Set(payloads))

/** Bytes of a batch are its writer's until it is delivered: then they are written anew. */
const thenOverwritten = (writer: SinkWriter): SinkWriter => ({
  ...writer,
  write: (envelopes, next, keep) =>
    Effect.suspend(() => {
      const lent = inSlab(envelopes)
      return Effect.map(writer.write(lent, next, keep), (delivered) =>
        Effect.tap(delivered, () => Effect.sync(() => giveBack(lent))),
      )
    }),
})

/** Opens a sink as its driver does. */
const open = (sink: Sink, position: Position) =>
  Effect.gen(function* () {
    const from = sink.recover === undefined ? position : yield* sink.recover({ journal, position })
    return { from, writer: thenOverwritten(yield* sink.open) }
  })

/** Every sink promises this. */
export const sinkContract = ({ name, make, exactlyOnce, seeds }: SinkContract): void => {
  describe(`${name} as a sink`, () => {
    const live = (promise: string, body: Effect.Effect<void, unknown, Scope.Scope>) =>
      it.live(promise, () => Effect.scoped(body).pipe(quiet))

    const arrived = (under: SinkUnderTest, sent: ReadonlyArray<Envelope>) =>
      Effect.map(under.received, (received) => {
        const expected = byStream(sent.map(textOf))
        assert.deepStrictEqual(byStream(exactlyOnce ? received : without(received)), expected)
      })

    live(
      "delivers every envelope, byte for byte, in order per stream",
      Effect.gen(function* () {
        const under = yield* make
        const { writer } = yield* open(under.sink, 0)
        const sent: Array<Envelope> = []
        for (const size of [1, 7, 200, 3, 1]) {
          const batch = testEnvelopes(streams, sent.length, size)
          sent.push(...batch)
          yield* yield* writer.write(batch, sent.length)
        }
        yield* arrived(under, sent)
      }),
    )

    live(
      "says that a batch is delivered only when it is there",
      Effect.gen(function* () {
        const under = yield* make
        const { writer } = yield* open(under.sink, 0)
        const first = testEnvelopes(streams, 0, 20)
        const second = testEnvelopes(streams, 20, 20)
        const delivered = yield* writer.write(first, 20)
        yield* Effect.asVoid(writer.write(second, 40))
        yield* delivered
        const there = new Set(yield* under.received)
        for (const envelope of first) assert.isTrue(there.has(textOf(envelope)))
      }),
    )

    live(
      "finishes what it took when it is closed",
      Effect.gen(function* () {
        const under = yield* make
        const batch = testEnvelopes(streams, 0, 100)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const { writer } = yield* open(under.sink, 0)
            yield* Effect.asVoid(writer.write(batch.slice(0, 60), 60))
            yield* Effect.asVoid(writer.write(batch.slice(60), 100))
          }),
        )
        yield* arrived(under, batch)
      }),
    )

    live(
      "goes on where it was when it is opened again",
      Effect.gen(function* () {
        const under = yield* make
        const sent: Array<Envelope> = []
        for (let round = 0; round < 3; round++) {
          yield* Effect.scoped(
            Effect.gen(function* () {
              const { writer, from } = yield* open(under.sink, sent.length)
              assert.strictEqual(from, sent.length)
              const batch = testEnvelopes(streams, sent.length, 30)
              sent.push(...batch)
              yield* yield* writer.write(batch, sent.length)
            }),
          )
        }
        yield* arrived(under, sent)
      }),
    )

    live(
      "fails with what happened and what to do, and after a repair all of it arrives",
      Effect.gen(function* () {
        const under = yield* make
        const { fault, sink } = under
        if (fault === undefined) return
        const sent = testEnvelopes(streams, 0, 90)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const { writer } = yield* open(sink, 0)
            yield* yield* writer.write(sent.slice(0, 30), 30)
            yield* fault.break
            const attempt = Effect.flatten(writer.write(sent.slice(30, 60), 60))
            const error = yield* Effect.flip(attempt)
            assert.instanceOf(error, SinkError)
            assert.strictEqual(error.sink, sink.name)
            assert.include(["unavailable", "refused"], error.reason)
            assert.isAbove(error.detail.length, 10)
          }),
        )
        yield* fault.repair
        const { writer, from } = yield* open(sink, 30)
        yield* yield* writer.write(sent.slice(from), 90)
        yield* arrived(under, sent)
      }),
    )

    live(
      "loses and reorders nothing through random batches, reopenings and failures",
      withSeeds(seeds, (dice) =>
        Effect.scoped(Effect.flatMap(make, (under) => history(under, dice, arrived))),
      ),
    )
  })
}

/** A driver in small: outstanding deliveries, a cursor that they move in order, a new writer after each failure. */
const history = Effect.fnUntraced(function* (
  under: SinkUnderTest,
  dice: Dice,
  arrived: (under: SinkUnderTest, sent: ReadonlyArray<Envelope>) => Effect.Effect<void, unknown>,
) {
  const total = 300 + dice.int(300)
  const all = testEnvelopes(streams, 0, total)
  let cursor = 0
  let broken = false
  while (cursor < total) {
    const scope = yield* Scope.make()
    const session = Effect.gen(function* () {
      const opened = yield* open(under.sink, cursor)
      let read = Math.max(cursor, opened.from)
      const outstanding: Array<readonly [Position, Effect.Effect<unknown, SinkError>]> = []
      const settle = Effect.suspend(() => {
        const [next, delivered] = outstanding.shift()!
        return Effect.map(delivered, () => {
          cursor = next
        })
      })
      const until = dice.chance(0.4) ? Math.min(total, read + dice.int(200)) : total
      while (read < until) {
        const next = Math.min(until, read + 1 + dice.int(60))
        outstanding.push([next, yield* opened.writer.write(all.slice(read, next), next)])
        read = next
        while (outstanding.length > dice.int(4)) yield* settle
        if (under.fault !== undefined && dice.chance(0.05)) {
          broken = true
          yield* under.fault.break
        }
      }
      while (outstanding.length > 0) yield* settle
    })
    const exit = yield* Effect.exit(Scope.provide(session, scope))
    yield* Scope.close(scope, Exit.void)
    if (Exit.isFailure(exit) && !broken) return yield* exit
    if (broken && under.fault !== undefined) yield* under.fault.repair
    broken = false
  }
  yield* arrived(under, all)
})
