import { Clock, Effect, Latch, Random, Result } from "effect"
import { monotonicMillis } from "../runtime/Monotonic.ts"
import type { Rest } from "../../services/Rest.ts"
import type { Decoded } from "../domain/Decoded.ts"
import type { Stream } from "../domain/Stream.ts"
import type { BackfillRequest, Venue } from "../exchanges/Venue.ts"
import type { Self } from "../runtime/Actor.ts"
import type { Range } from "../runtime/Ledger.ts"
import type * as Mailbox from "../runtime/Mailbox.ts"
import * as RateLimitedLog from "../runtime/RateLimitedLog.ts"
import { startWithin } from "../domain/KlineTime.ts"
import type { SequenceGap } from "./continuity/Continuity.ts"
import { makeRepairQueue, maxGaps, type Repair } from "./RepairQueue.ts"
import { makeSpending } from "./Budget.ts"
import type { Inlet } from "./Inlet.ts"
import { makeVenueRest, type VenueRestOptions } from "./VenueRest.ts"

/** Records that are asked for of one gap, its newest: what a day of a quiet stream or minutes of a busy one hold. */
export const maxRows = 10_000
/** Requests at once; the weight budget decides the rest. */
const concurrency = 2
/** Repairs leave so much of the weight to snapshots, which others wait for, … */
const reserved = 0.5
/** … and this much is theirs whatever others spend: where books break all the time, gaps are repaired all the same. */
const owned = 0.25
const reserveMillis = 1_000
/** A request that fails, or an answer that does not reach the end yet, is tried again so often. */
const maxTries = 6
const retry = { firstMillis: 1_000, maxMillis: 30_000 }

export interface RepairsOptions extends VenueRestOptions {
  readonly venue: Venue
  readonly into: () => Pick<Mailbox.Mailbox<Inlet>, "offer">
  /** Whether somebody still wants its records. */
  readonly wanted: (stream: Stream) => boolean
}

/**
 * Asks a venue again for what did not come: the newest gap first, within the half of the weight that is left to it, or a
 * quarter where others leave none. Each gap that it takes gets a last word, unless the stream is removed, which says it.
 */
export interface Repairs {
  /** Whether a gap that is found now will be repaired. */
  readonly canRepair: (stream: Stream) => boolean
  /** Again: it is asked for from its beginning. */
  readonly request: (gap: SequenceGap) => void
  readonly run: (self: Self) => Effect.Effect<never, never, Rest>
}

/** What lies in `from … to` and in none of the records. */
const holesOf = (records: ReadonlyArray<Decoded>, from: number, to: number): ReadonlyArray<Range> => {
  const holes: Array<Range> = []
  let next = from
  for (const { first, last } of records) {
    if (first > next) holes.push({ first: next, last: Math.min(first - 1, to) })
    next = Math.max(next, last + 1)
    if (next > to) break
  }
  return holes
}

export const makeRepairs = (options: RepairsOptions): Repairs => {
  const { venue, budget } = options
  const rule = venue.backfill
  const get = makeVenueRest(options)
  const log = RateLimitedLog.make()
  /** Whether anything is to be had by asking: somebody wants the stream, and the gap did not close by itself. */
  const isOpen = ({ repair, stream }: SequenceGap): boolean => repair === "pending" && options.wanted(stream)
  const queue = makeRepairQueue(isOpen)
  const wake = Latch.makeUnsafe(false)
  const wakeUsher = Latch.makeUnsafe(false)
  const own = makeSpending(venue.limits.restWeight.windowMillis)

  /**
   * Offers what an answer holds; `done`: nothing more will be asked for. False when nobody takes it, since what decodes
   * begins anew: the same is asked for again.
   */
  const deliver = Effect.fnUntraced(function* (
    work: Repair,
    records: ReadonlyArray<Decoded>,
    holes: ReadonlyArray<Range>,
    at: number,
    done: boolean,
  ) {
    // Before it is handed over: should the journal have no room for it, it is asked for once more.
    if (done) queue.remove(work)
    else if (records.length === 0 && holes.length === 0) return true
    const putBack = Effect.sync(() => queue.putBack(work))
    const offer = options.into().offer({ backfillOf: work.gap, records, holes, done, at })
    if (yield* Effect.onInterrupt(offer, () => putBack)) return true
    yield* putBack
    work.dueAt = (yield* monotonicMillis) + retry.firstMillis
    return false
  })

  const giveUp = Effect.fnUntraced(function* (work: Repair, why: string) {
    const { stream } = work.gap
    yield* log.log("Warn", `giveUp:${stream.key}`, () => [
      `${work.gap.first} to ${work.gap.last} could not be had by REST, not all of it: ${why}`,
      { venue: venue.name, stream: stream.key },
    ])
    return yield* deliver(work, [], [], Number((yield* Clock.currentTimeNanos) / 1000n) / 1000, true)
  })

  const later = Effect.fnUntraced(function* (work: Repair, why: string) {
    work.tries++
    if (work.tries >= maxTries) {
      yield* giveUp(work, why)
      return
    }
    const planned = Math.min(retry.maxMillis, retry.firstMillis * 2 ** (work.tries - 1))
    const delay = Math.ceil(planned * (0.8 + 0.4 * (yield* Random.next)))
    work.dueAt = (yield* monotonicMillis) + delay
  })

  /** One answer's rows: what is missing of them goes on, and the rest is asked for next. */
  const heed = Effect.fnUntraced(function* (
    work: Repair,
    request: BackfillRequest,
    rows: ReadonlyArray<Decoded>,
    receivedAt: number,
  ) {
    const { gap, next } = work
    const through = rows.at(-1)?.last ?? next - 1
    const records = rows.filter(({ first, last }) => first >= next && last <= gap.last)
    const start = request.fromFirst ? next : Math.max(next, rows[0]?.first ?? next)
    const end = Math.min(through, gap.last)
    const holes = rule!.isSparse(gap.stream) ? holesOf(rows, start, end) : []
    const done = !request.fromFirst || through >= gap.last
    if (!(yield* deliver(work, records, holes, receivedAt, done)) || done) return
    if (through < next) return yield* later(work, "the venue does not have it yet, or not any more")
    work.next = through + 1
    work.tries = 0
  })

  const hasRoom = (weight: number, used: number, now: number): boolean => {
    if (used + weight <= budget.limit * reserved) return true
    const spent = own.usedAt(now)
    return spent === 0 || spent + weight <= budget.limit * owned
  }

  const attempt = Effect.fnUntraced(function* (work: Repair) {
    const { gap } = work
    const request = rule!.requests(gap.stream, work.next, gap.last)[work.way]
    if (request === undefined) {
      yield* giveUp(work, "the venue refuses")
      return
    }
    const now = yield* monotonicMillis
    if (!hasRoom(request.weight, yield* budget.used, now)) return "no_room" as const
    own.add(now, request.weight)
    const tried = yield* Effect.result(get(request))
    if (Result.isFailure(tried)) {
      if (tried.failure.reason !== "status") return yield* later(work, tried.failure.message)
      work.way++
      return yield* log.log("Warn", "refused", () => [
        `a gap's records were refused: ${tried.failure.message}`,
        { venue: venue.name, stream: gap.stream.key },
      ])
    }
    const { body, receivedAt } = tried.success
    const rows = rule!.decode(body, gap.stream, receivedAt)
    if (!("reason" in rows)) return yield* heed(work, request, rows, receivedAt)
    work.way++
    return yield* log.log("Warn", "unreadable", () => [
      `a gap's records could not be read: ${rows.detail}`,
      { venue: venue.name, stream: gap.stream.key },
    ])
  })

  const worker = Effect.gen(function* () {
    for (;;) {
      const picked = queue.pick(yield* monotonicMillis)
      if (typeof picked === "number") {
        wake.closeUnsafe()
        yield* picked === Infinity ? wake.await : Effect.timeoutOption(wake.await, picked)
        continue
      }
      picked.busy = true
      const outcome = yield* attempt(picked)
      picked.busy = false
      // A gap that is found meanwhile is newer, and comes first.
      if (outcome === "no_room") yield* Effect.sleep(reserveMillis)
    }
  })

  /** Says the last word on gaps that newer ones took the place of; not by the workers, who may wait for the venue. */
  const usher = Effect.gen(function* () {
    for (;;) {
      const work = queue.leaving[0]
      if (work === undefined) {
        wakeUsher.closeUnsafe()
        yield* wakeUsher.await
      } else {
        if (isOpen(work.gap)) yield* giveUp(work, `${maxGaps} newer gaps wait for the venue`)
        queue.leaving.shift()
      }
    }
  })

  return {
    canRepair: (stream) => rule !== undefined && rule.requests(stream, 0, 0).length > 0,
    request: (gap) => {
      const { interval } = gap.stream.dataType
      const next =
        interval === undefined
          ? Math.max(gap.first, gap.last - maxRows + 1)
          : Math.max(gap.first, startWithin(interval, gap.last, maxRows))
      queue.add(gap, next)
      wakeUsher.openUnsafe()
      wake.openUnsafe()
    },
    run: Effect.fnUntraced(function* (self) {
      queue.release()
      yield* self.ready
      return yield* Effect.raceAllFirst([usher, ...Array.from({ length: concurrency }, () => worker)])
    }),
  }
}
