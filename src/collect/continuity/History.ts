import { Clock, Effect, Random, Result, Schedule, Semaphore } from "effect"
import {
  ContinuityHistory,
  type ContinuityHistoryError,
  type ContinuityQuery,
  type ContinuityView,
  type GapState,
  type HistoryBatch,
} from "../../../services/ContinuityHistory.ts"
import { catalog } from "../../../services/MetricCatalog.ts"
import { Metrics } from "../../../services/Metrics.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Self } from "../../runtime/Actor.ts"
import * as RateLimitedLog from "../../runtime/RateLimitedLog.ts"
import type { StreamEntry } from "../StreamTable.ts"
import { type Counted, makeSampler } from "./Sampler.ts"

/** The way into the history of continuity. Nothing that collects waits for it, and nothing is counted for it per record. */
export interface History {
  /** Looks at these streams from now on. */
  readonly watch: (table: ReadonlyMap<Stream, StreamEntry>) => void
  /** For those who must not wait. */
  readonly note: (states: ReadonlyArray<GapState>) => void
  /** Everything up to now is in the answer. */
  readonly read: (query: ContinuityQuery) => Effect.Effect<ContinuityView, ContinuityHistoryError>
  /** The actor that looks, and writes. Interrupted, it first writes what is there. */
  readonly run: (self: Self) => Effect.Effect<void>
}

/** Counters are looked at so often: a minute's count is right to a second's share at its ends. */
const lookEvery = 1_000
/** Without gaps, counts wait so long for their writing: what `kill -9` may take. */
const writeEvery = 5_000
const sweepEvery = 600_000
const retryEvery = 10_000
/** States of gaps that wait at most, while the history cannot be written. */
const mostGaps = 50_000
/** On the way down there is no later. */
const lastTries = Schedule.max([Schedule.jittered(Schedule.spaced("100 millis")), Schedule.recurs(2)])

export const makeHistory = Effect.gen(function* () {
  const store = yield* ContinuityHistory
  const { series } = yield* Metrics
  const log = RateLimitedLog.make()
  const turn = yield* Semaphore.make(1)
  const size = series.gauge(catalog.continuitySize, {})
  const lose = (cause: "counts" | "gaps", count: number): void => {
    if (count > 0) series.counter(catalog.continuityLost, { cause }).add(count)
  }
  const sampler = makeSampler((counts) => lose("counts", counts))
  let states: Array<GapState> = []
  let number = 0
  /** Taken out, and not yet known to be written. */
  let inHand: HistoryBatch | undefined

  const note = (said: ReadonlyArray<GapState>): void => {
    for (const state of said) states.push(state)
    if (states.length <= mostGaps) return
    lose("gaps", states.length - mostGaps)
    states = states.slice(-mostGaps)
  }

  const nextBatch = (): HistoryBatch | undefined => {
    const counts: ReadonlyArray<Counted> = sampler.take()
    if (counts.length === 0 && states.length === 0) return undefined
    const gaps = states
    states = []
    return { number: ++number, counts, gaps }
  }

  /** Everything that was looked at is written. */
  const write = turn.withPermits(1)(
    Effect.gen(function* () {
      for (;;) {
        inHand ??= nextBatch()
        if (inHand === undefined) return
        yield* store.write(inHand)
        inHand = undefined
      }
    }),
  )

  const look = Effect.map(Clock.currentTimeMillis, sampler.look)
  const sweep = Effect.map(store.sweep, (bytes) => size.set(bytes))

  const sampling = Effect.gen(function* () {
    for (;;) {
      yield* Effect.sleep(lookEvery - ((yield* Clock.currentTimeMillis) % lookEvery))
      yield* look
    }
  })

  const writing = Effect.fnUntraced(function* (self: Self) {
    let [writtenAt, sweptAt] = [-Infinity, -Infinity]
    for (;;) {
      const now = yield* Clock.currentTimeMillis
      const due = states.length > 0 || Math.abs(now - writtenAt) >= writeEvery
      const swept = Math.abs(now - sweptAt) >= sweepEvery
      const tried = yield* Effect.result(swept ? Effect.andThen(write, sweep) : due ? write : Effect.void)
      if (Result.isFailure(tried)) {
        const { message } = tried.failure
        yield* self.degraded(message)
        yield* log.log("Error", "unwritable", () => [
          `${message}. Collecting goes on; what came meanwhile is written when it can be`,
        ])
        yield* Effect.sleep(retryEvery * (0.8 + 0.4 * (yield* Random.next)))
        continue
      }
      yield* self.ready
      if (due || swept) writtenAt = now
      if (swept) sweptAt = now
      yield* Effect.sleep(lookEvery)
    }
  })

  const leave = Effect.andThen(look, write).pipe(
    Effect.retry(lastTries),
    Effect.timeout("3 seconds"),
    Effect.catch((error) => Effect.logError(`${error.message}; what came in the last moments is not in it`)),
  )

  const history: History = {
    watch: sampler.watch,
    note,
    read: (query) => Effect.andThen(Effect.andThen(look, write), store.read(query)),
    run: (self) => Effect.raceFirst(sampling, writing(self)).pipe(Effect.onInterrupt(() => leave)),
  }
  return history
})
