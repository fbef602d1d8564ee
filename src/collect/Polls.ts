import { Clock, Effect, Latch, Random, Result } from "effect"
import type { Rest, RestError } from "../../services/Rest.ts"
import type { Decoded, Reject } from "../domain/Decoded.ts"
import type { Stream } from "../domain/Stream.ts"
import { type PollSchedule, pollRoute, type Venue } from "../exchanges/Venue.ts"
import type { Self } from "../runtime/Actor.ts"
import type * as Mailbox from "../runtime/Mailbox.ts"
import * as RateLimitedLog from "../runtime/RateLimitedLog.ts"
import type { Inlet } from "./Inlet.ts"
import { acknowledge, type StreamEntry } from "./StreamTable.ts"
import { makeVenueRest, type VenueRestOptions } from "./VenueRest.ts"

/** Requests at once; the weight budget decides the rest. */
const concurrency = 4
/** A poll that failed is tried again, with jitter, as long as its period lasts. */
const retry = { firstMillis: 1_000, maxMillis: 60_000 }

export interface PollsOptions extends VenueRestOptions {
  readonly venue: Venue
  readonly table: ReadonlyMap<Stream, StreamEntry>
  readonly into: () => Pick<Mailbox.Mailbox<Inlet>, "offer">
}

/** Asks by REST for what comes no other way: aligned to the clock, within the venue's weight, tried again when it fails. */
export interface Polls {
  /** Streams were added or removed. */
  readonly changed: () => void
  readonly run: (self: Self) => Effect.Effect<never, never, Rest>
}

interface Poll {
  readonly entry: StreamEntry
  readonly schedule: PollSchedule
  dueAt: number
  /** The time of the newest record that came. */
  since: number | undefined
  /** A process before this one asked for it, and what has come since is gone. */
  isResumed: boolean
  tries: number
}

/** The next moment of a schedule after `now`. */
export const nextPoll = ({ delayMillis, everyMillis }: PollSchedule, now: number): number =>
  (Math.floor((now - delayMillis) / everyMillis) + 1) * everyMillis + delayMillis

export const makePolls = (options: PollsOptions): Polls => {
  const { venue, table } = options
  const rule = venue.polls
  const get = makeVenueRest(options)
  const log = RateLimitedLog.make()
  const polls = new Map<Stream, Poll>()
  const wake = Latch.makeUnsafe(false)

  /** What is polled follows the table; what is new is asked for at once. */
  const align = (now: number): void => {
    for (const [stream, { entry }] of polls) if (table.get(stream) !== entry) polls.delete(stream)
    for (const [stream, entry] of table) {
      if (stream.route !== pollRoute || polls.has(stream) || rule === undefined) continue
      // A process before this one may have asked for it: what has come since is missing.
      const since = entry.continuity.newest?.timestamp
      const schedule = rule.schedule(stream)
      const isResumed = since !== undefined && !schedule.keepsHistory && now - since > schedule.everyMillis
      polls.set(stream, { entry, schedule, dueAt: now, since, isResumed, tries: 0 })
    }
  }

  /** Everything that one poll brings, or what was wrong with it. */
  const fetch = Effect.fnUntraced(function* (
    { entry, schedule, since }: Poll,
    now: number,
  ): Effect.fn.Return<ReadonlyArray<Decoded>, RestError | Reject, Rest> {
    const records: Array<Decoded> = []
    for (const [index, request] of schedule.requests(since, now).entries()) {
      const { body, receivedAt } = yield* get(request)
      const read = rule!.decode(body, entry.stream, receivedAt, index)
      if ("reason" in read) return yield* Effect.fail(read)
      records.push(...read)
    }
    return records
  })

  const succeed = Effect.fnUntraced(function* (poll: Poll, records: ReadonlyArray<Decoded>) {
    const { entry, schedule } = poll
    const now = yield* Clock.currentTimeMillis
    if (entry.acknowledgedAt === undefined) acknowledge(entry, now)
    for (const { timestamp } of records) poll.since = Math.max(poll.since ?? 0, timestamp)
    poll.tries = 0
    poll.dueAt = nextPoll(schedule, now)
    if (records.length > 0) yield* options.into().offer({ polledOf: entry.stream, records })
  })

  const fail = Effect.fnUntraced(function* (poll: Poll, why: string) {
    const { entry, schedule } = poll
    const { stream } = entry
    const now = yield* Clock.currentTimeMillis
    poll.tries++
    entry.refusal = why
    yield* log.log("Warn", `poll:${stream.key}`, () => [
      `${stream.wire} could not be asked for: ${why}; it is tried again`,
      { venue: venue.name, stream: stream.key },
    ])
    const planned = Math.min(retry.maxMillis, retry.firstMillis * 2 ** (poll.tries - 1))
    const again = now + planned * (0.8 + 0.4 * (yield* Random.next))
    const next = nextPoll(schedule, now)
    // What a period brings is gone with it, where the venue does not keep it.
    if (again >= next && !schedule.keepsHistory)
      yield* options.into().offer({ interrupted: [stream], cause: "disconnect", at: now })
    poll.dueAt = Math.min(again, next)
  })

  const attempt = Effect.fnUntraced(function* (poll: Poll) {
    const now = yield* Clock.currentTimeMillis
    if (poll.isResumed) {
      poll.isResumed = false
      yield* options.into().offer({ interrupted: [poll.entry.stream], cause: "restart", at: now })
    }
    const tried = yield* Effect.result(fetch(poll, now))
    if (table.get(poll.entry.stream) !== poll.entry) return
    if (Result.isSuccess(tried)) return yield* succeed(poll, tried.success)
    yield* fail(poll, "detail" in tried.failure ? tried.failure.detail : String(tried.failure))
  })

  return {
    changed: () => void wake.openUnsafe(),
    run: Effect.fnUntraced(function* (self) {
      yield* self.ready
      for (;;) {
        wake.closeUnsafe()
        const now = yield* Clock.currentTimeMillis
        align(now)
        const due = [...polls.values()].filter(({ dueAt }) => dueAt <= now)
        yield* Effect.forEach(due, attempt, { concurrency, discard: true })
        const failing = [...polls.values()].filter(({ tries }) => tries > 0)
        if (failing.length === 0) yield* self.ready
        else
          yield* self.degraded(`${failing.length} of ${polls.size} polls fail: ${failing[0]!.entry.refusal}`)
        const next = [...polls.values()].reduce((least, { dueAt }) => Math.min(least, dueAt), Infinity)
        const wait = next - (yield* Clock.currentTimeMillis)
        yield* next === Infinity ? wake.await : Effect.timeoutOption(wake.await, Math.max(1, wait))
      }
    }),
  }
}
