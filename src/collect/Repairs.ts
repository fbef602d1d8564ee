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
import type { Inlet } from "./Inlet.ts"
import { makeVenueRest, type VenueRestOptions } from "./VenueRest.ts"

/** Records that are asked for of one gap, its newest: what a day of a quiet stream or minutes of a busy one hold. */
export const maxRows = 10_000
/** Gaps that may wait; one that is found beyond is not repaired. */
export const maxGaps = 1_000
/** Requests at once; the weight budget decides the rest. */
const concurrency = 2
/** Repairs leave so much of the weight to snapshots, which others wait for. */
const reserved = 0.5
const reserveMillis = 1_000
/** Records that are only out of order come by themselves meanwhile. */
const settleMillis = 250
/** A request that fails, or an answer that does not reach the end yet, is tried again so often. */
const maxTries = 6
const retry = { firstMillis: 1_000, maxMillis: 30_000 }

export interface RepairsOptions extends VenueRestOptions {
  readonly venue: Venue
  readonly into: () => Pick<Mailbox.Mailbox<Inlet>, "offer">
  /** Whether somebody still wants its records. */
  readonly wanted: (stream: Stream) => boolean
}

/** Asks a venue again for what did not come: the newest gap first, within the half of the weight that is left to it. */
export interface Repairs {
  /** Whether a gap that is found now will be repaired. */
  readonly canRepair: (stream: Stream) => boolean
  /** Again: it is asked for from its beginning. */
  readonly request: (gap: SequenceGap) => void
  readonly run: (self: Self) => Effect.Effect<never, never, Rest>
}

interface Work {
  readonly gap: SequenceGap
  /** Everything before it was asked for. */
  next: number
  /** Which of the venue's ways is tried: those before were refused. */
  way: number
  tries: number
  /** `undefined`: so long after it is first looked at as records out of order take. */
  dueAt: number | undefined
  busy: boolean
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
  const waiting: Array<Work> = []
  const wake = Latch.makeUnsafe(false)

  /** Offers what an answer holds; `done`: nothing more will be asked for. */
  const deliver = Effect.fnUntraced(function* (
    work: Work,
    records: ReadonlyArray<Decoded>,
    holes: ReadonlyArray<Range>,
    at: number,
    done: boolean,
  ) {
    if (done) waiting.splice(waiting.indexOf(work), 1)
    if (done || records.length > 0 || holes.length > 0)
      yield* options.into().offer({ backfillOf: work.gap, records, holes, done, at })
  })

  const giveUp = Effect.fnUntraced(function* (work: Work, why: string) {
    const { stream } = work.gap
    yield* log.log("Warn", `giveUp:${stream.key}`, () => [
      `${work.gap.first} to ${work.gap.last} could not be had by REST, not all of it: ${why}`,
      { venue: venue.name, stream: stream.key },
    ])
    yield* deliver(work, [], [], Number((yield* Clock.currentTimeNanos) / 1000n) / 1000, true)
  })

  const later = Effect.fnUntraced(function* (work: Work, why: string) {
    work.tries++
    if (work.tries >= maxTries) return yield* giveUp(work, why)
    const planned = Math.min(retry.maxMillis, retry.firstMillis * 2 ** (work.tries - 1))
    const delay = Math.ceil(planned * (0.8 + 0.4 * (yield* Random.next)))
    work.dueAt = (yield* monotonicMillis) + delay
  })

  /** One answer's rows: what is missing of them goes on, and the rest is asked for next. */
  const heed = Effect.fnUntraced(function* (
    work: Work,
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
    if (!request.fromFirst || through >= gap.last)
      return yield* deliver(work, records, holes, receivedAt, true)
    yield* deliver(work, records, holes, receivedAt, false)
    if (through < next) return yield* later(work, "the venue does not have it yet, or not any more")
    work.next = through + 1
    work.tries = 0
  })

  const attempt = Effect.fnUntraced(function* (work: Work) {
    const { gap } = work
    if (gap.repair !== "pending" || !options.wanted(gap.stream)) {
      waiting.splice(waiting.indexOf(work), 1)
      return
    }
    const request = rule!.requests(gap.stream, work.next, gap.last)[work.way]
    if (request === undefined) return yield* giveUp(work, "the venue refuses")
    if ((yield* budget.used) + request.weight > budget.limit * reserved) return "no_room" as const
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

  /** The newest gap that is due; else how long until one is. */
  const pick = (now: number): Work | number => {
    let wait = Infinity
    for (let index = waiting.length - 1; index >= 0; index--) {
      const work = waiting[index]!
      if (work.busy) continue
      work.dueAt ??= now + settleMillis
      if (work.dueAt <= now) return work
      wait = Math.min(wait, work.dueAt - now)
    }
    return wait
  }

  const worker = Effect.gen(function* () {
    for (;;) {
      const picked = pick(yield* monotonicMillis)
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

  return {
    canRepair: (stream) =>
      rule !== undefined && waiting.length < maxGaps && rule.requests(stream, 0, 0).length > 0,
    request: (gap) => {
      const { interval } = gap.stream.dataType
      const next =
        interval === undefined
          ? Math.max(gap.first, gap.last - maxRows + 1)
          : Math.max(gap.first, startWithin(interval, gap.last, maxRows))
      const known = waiting.find((work) => work.gap === gap)
      if (known !== undefined) {
        known.next = next
        known.tries = 0
      } else waiting.push({ gap, next, way: 0, tries: 0, dueAt: undefined, busy: false })
      wake.openUnsafe()
    },
    run: Effect.fnUntraced(function* (self) {
      for (const work of waiting) work.busy = false
      yield* self.ready
      return yield* Effect.raceAllFirst(Array.from({ length: concurrency }, () => worker))
    }),
  }
}
