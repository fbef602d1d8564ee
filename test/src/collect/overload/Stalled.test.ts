import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch, Layer, Metric, References, type Scope } from "effect"
import * as MemoryJournal from "../../../../layers/journal/Memory.ts"
import { Journal } from "../../../../services/Journal.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import type { GivesWay } from "../../../../src/collect/overload/Overload.ts"
import {
  frameAccount,
  framesBalance,
  recordAccount,
  recordsBalance,
} from "../../../../src/collect/venue/Flow.ts"
import { makeVenueRuntime, type VenueRuntime } from "../../../../src/collect/venue/VenueRuntime.ts"
import type { Envelope } from "../../../../src/domain/Envelope.ts"
import { type MarketRecord, parseRecord } from "../../../../src/domain/Record.ts"
import { makeBinance } from "../../../../src/exchanges/binance/index.ts"
import { Actors } from "../../../../src/runtime/Actors.ts"
import { root } from "../../../../src/runtime/Supervisor.ts"
import { eventually } from "../../../support/process.ts"
import { newestGaps } from "../../../support/streamStates.ts"
import { streamOf, tradeFrame } from "../../../support/venueBench.ts"
import { kept } from "../../../../src/domain/WrittenRecord.ts"

/** A journal that takes nothing until the gate opens: a disk that hangs. */
const gated = (gate: Latch.Latch) =>
  Layer.effect(
    Journal,
    Effect.map(Journal, (journal) =>
      Journal.of({
        ...journal,
        append: (...batch) => Effect.andThen(gate.await, journal.append(...batch)),
      }),
    ),
  ).pipe(Layer.provide(MemoryJournal.layer({ capacityBytes: 64 << 20 })))

const quoteFrame = (id: number): Buffer =>
  Buffer.from(
    `{"stream":"btcusdt@bookTicker","data":{"u":${id},"s":"BTCUSDT","b":"${id}.5","B":"1","a":"${id + 1}.5","A":"2"}}`,
  )

const memory = { frames: 64 * 1024, records: 512 * 1024 }

/** What became of a flood of as many trades as quotes. */
interface Outcome {
  /** Of each. */
  readonly sent: number
  readonly records: ReadonlyArray<MarketRecord>
  readonly dropped: number
  /** The socket had to wait. */
  readonly waited: boolean
}

const stalled = <E>(
  promise: string,
  givesWay: GivesWay,
  judge: (outcome: Outcome) => Effect.Effect<void, E>,
) =>
  it.live(promise, () =>
    Effect.gen(function* () {
      const gate = Latch.makeUnsafe(false)
      const services = Layer.mergeAll(gated(gate), Actors.layer, Metrics.layer).pipe(
        Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map())),
      )
      yield* flood(gate, givesWay, judge).pipe(Effect.provide(services))
    }).pipe(Effect.scoped, Effect.provideService(References.MinimumLogLevel, "None")),
  )

/** Whether an offer is taken, or waits while nothing in the venue moves any more, however often it is looked at. */
const isTaken = Effect.fnUntraced(function* (
  offering: Fiber.Fiber<unknown>,
  { flow, metrics }: Pick<VenueRuntime, "flow" | "metrics">,
) {
  let seen = ""
  for (let looks = 0; looks < 100; looks++) {
    if (offering.pollUnsafe() !== undefined) return true
    yield* Effect.sleep("2 millis")
    const now = JSON.stringify([frameAccount(metrics, flow), recordAccount(metrics, flow)])
    if (now !== seen) looks = 0
    seen = now
  }
  return offering.pollUnsafe() !== undefined
})

const flood = Effect.fnUntraced(function* <E>(
  gate: Latch.Latch,
  givesWay: GivesWay,
  judge: (outcome: Outcome) => Effect.Effect<void, E>,
): Effect.fn.Return<void, unknown, Journal | Actors | Metrics | Scope.Scope> {
  const journal = yield* Journal
  const reader = yield* journal.reader("test", "latest")
  const envelopes: Array<Envelope> = []
  yield* Effect.forkScoped(
    Effect.forever(
      Effect.gen(function* () {
        const batch = yield* reader.take(4096)
        envelopes.push(...kept(batch.envelopes))
        yield* reader.commit(batch.next)
      }),
    ),
  )
  const venue = makeBinance()
  const runtime = yield* makeVenueRuntime({
    venue,
    wsEndpoint: venue.wsEndpoint,
    restEndpoint: venue.restEndpoint,
    proxy: undefined,
    settings: {
      max: 1,
      streamsPerConnection: 1,
      reconnectDelay: 1000,
      maxReconnectDelay: 1000,
      heartbeatInterval: 30_000,
    },
    sources: { stream: "stream", rest: "rest" },
    recordedSnapshots: new Map(),
    givesWay,
    memory,
  })
  runtime.admit(streamOf(venue, "trade"))
  runtime.admit(streamOf(venue, "bbo"))
  const tree = yield* Effect.forkScoped(root("test", runtime.runReplay))
  const inlet = yield* runtime.inlet
  let sent = 0
  let waited = false
  for (let round = 0; round < 400 && !waited; round++) {
    const frames = Array.from({ length: 50 }, () => {
      const id = ++sent
      return [tradeFrame(id), quoteFrame(id)]
    }).flat()
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0)
    const receivedAt = frames.map((_, index) => 1_700_000_000_000 + sent + index / 1000)
    const offering = yield* Effect.forkChild(
      inlet.offer({ connection: "binance/connections/1", frames, receivedAt, bytes }),
      { startImmediately: true },
    )
    if (!(yield* isTaken(offering, runtime))) {
      yield* Fiber.interrupt(offering)
      waited = true
      sent -= 50
    }
  }
  yield* gate.open
  yield* Fiber.interrupt(tree)
  assert.isTrue(framesBalance(frameAccount(runtime.metrics, runtime.flow)))
  const account = recordAccount(runtime.metrics, runtime.flow)
  assert.isTrue(recordsBalance(account), JSON.stringify(account))
  assert.strictEqual(account.inFlight, 0)
  const { accepted } = yield* journal.status
  yield* eventually(
    "everything is read",
    Effect.sync(() => (envelopes.length === accepted ? true : undefined)),
  )
  const records = envelopes.map((envelope) => parseRecord(envelope))
  yield* judge({ sent, records, dropped: account.dropped["overflow"] ?? 0, waited })
})

const idsOf = (records: ReadonlyArray<MarketRecord>): ReadonlyArray<number> =>
  records.flatMap((record) => (record.type === "trade" ? [Number(record.data.tradeId)] : []))

const sequencesOf = (records: ReadonlyArray<MarketRecord>): ReadonlyArray<number> =>
  records.flatMap((record) => (record.type === "bbo" ? [Number(record.data.sequence)] : []))

const numbers = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

describe("while the journal takes nothing", () => {
  stalled(
    "under `block` the socket waits, and nothing is lost",
    () => undefined,
    ({ sent, records, dropped, waited }) =>
      Effect.sync(() => {
        assert.isTrue(waited)
        assert.strictEqual(dropped, 0)
        assert.deepStrictEqual(idsOf(records), numbers(sent))
        assert.deepStrictEqual(sequencesOf(records), numbers(sent))
        assert.strictEqual(newestGaps(records).length, 0)
      }),
  )

  stalled(
    "under `conflate` the newest quote comes out, trades wait, and one gap says what gave way",
    ({ dataType }) => (dataType.type === "bbo" ? "conflate" : undefined),
    ({ sent, records, dropped, waited }) =>
      Effect.sync(() => {
        assert.isTrue(waited, "trades fill the memory at last")
        assert.deepStrictEqual(idsOf(records), numbers(sent))
        const quotes = sequencesOf(records)
        assert.strictEqual(quotes.at(-1), sent)
        assert.strictEqual(quotes.length + dropped, sent)
        assert.isAbove(dropped, 0)
        const [gap, ...others] = newestGaps(records)
        assert.deepStrictEqual(others, [])
        assert.deepInclude(gap!.data, { channel: "bbo", cause: "overflow" })
      }),
  )

  for (const policy of ["drop_oldest", "drop_newest"] as const)
    stalled(
      `under \`${policy}\` the socket goes on, and gaps name exactly the trades that gave way`,
      () => policy,
      ({ sent, records, dropped, waited }) =>
        Effect.sync(() => {
          assert.isFalse(waited)
          const ids = idsOf(records)
          const [first, last] = policy === "drop_oldest" ? [ids.at(-1), sent] : [ids[0], 1]
          assert.strictEqual(first, last)
          const gaps = newestGaps(records)
          assert.isTrue(gaps.some(({ data }) => data.channel === "bbo"))
          assert.isTrue(gaps.every(({ data }) => data.cause === "overflow"))
          const came = new Set(ids)
          const named = gaps
            .filter(({ data }) => data.channel === "trade" && data.from.sequence !== undefined)
            .flatMap(({ data }) => {
              const from = Number(data.from.sequence)
              return Array.from({ length: data.missing! }, (_, index) => from + index)
            })
          const missing = numbers(sent).filter((id) => !came.has(id))
          assert.deepStrictEqual(
            named.toSorted((left, right) => left - right),
            missing,
          )
          assert.strictEqual(ids.length + sequencesOf(records).length + dropped, 2 * sent)
        }),
    )
})
