import { Effect, Latch, Random, Result } from "effect"
import type { Rest, RestError } from "../../services/Rest.ts"
import type { Stream } from "../domain/Stream.ts"
import { restSnapshots, type Venue } from "../exchanges/Venue.ts"
import type { Self } from "../runtime/Actor.ts"
import type * as Mailbox from "../runtime/Mailbox.ts"
import * as RateLimitedLog from "../runtime/RateLimitedLog.ts"
import type { Inlet } from "./Inlet.ts"
import { makeVenueRest, type VenueRestOptions } from "./VenueRest.ts"

/** Requests at once; the weight budget decides the rest. */
const concurrency = 4
/** A snapshot older than the stream, or one that cannot be read, is fetched again after so long, with jitter. */
const againMillis = 1_000

/** One snapshot may be a little old. So many in a row that nothing can be done with are none. */
const unfitAtMost = 3

/** Doubles from the first to the longest, for ever. */
const retry = { firstMillis: 1_000, maxMillis: 30_000 }

export interface SnapshotsOptions extends VenueRestOptions {
  readonly venue: Venue
  readonly into: () => Pick<Mailbox.Mailbox<Inlet>, "offer">
  /** Whether somebody still waits for it. */
  readonly wanted: (stream: Stream) => boolean
  /** Streams in the order of their importance, that of the configuration; as they were asked for unless given. */
  readonly order?: () => Iterable<Stream>
}

/** How far books are that have no snapshot. */
export interface BooksProgress {
  /** Asked for, and not yet their turn. */
  readonly waiting: number
  /** Asked of the venue, or next as soon as its limits allow. */
  readonly fetching: number
}

/** Fetches order book snapshots by REST: the most important first, one request per book at a time, within the venue's weight. */
export interface Snapshots {
  /** Asks for one; asking again while it waits changes nothing. */
  readonly request: (stream: Stream, soon: boolean) => void
  /** Those that could not be had so far, and why. */
  readonly failing: ReadonlyMap<Stream, { readonly why: string }>
  readonly progress: () => BooksProgress
  readonly run: (self: Self) => Effect.Effect<never, never, Rest>
}

export const makeSnapshots = (options: SnapshotsOptions): Snapshots => {
  const { venue } = options
  const get = makeVenueRest(options)
  const source = restSnapshots(venue.depth)
  /** Asked for: `false` is to be fetched at once, `true` after a pause. */
  const asked = new Map<Stream, boolean>()
  const failing = new Map<Stream, { readonly why: string; readonly times: number }>()
  /** How many came in a row that nothing can be done with. */
  const unfit = new Map<Stream, number>()
  const log = RateLimitedLog.make()
  /** Of those: whose turn it may be. */
  const due = new Set<Stream>()
  const fetching = new Set<Stream>()
  const wake = Latch.makeUnsafe(false)

  const offer = (stream: Stream) => {
    due.add(stream)
    wake.openUnsafe()
  }

  const next = (): Stream | undefined => {
    for (const stream of options.order?.() ?? due) if (due.delete(stream)) return stream
    // Nobody's any more, or there is none.
    for (const stream of due) {
      due.delete(stream)
      return stream
    }
    return undefined
  }

  const fetch = Effect.fn("Snapshots.fetch")(function* (
    stream: Stream,
  ): Effect.fn.Return<void, RestError, Rest> {
    if (source === undefined) return
    const { path, weight, levels } = source.request(stream.instrument)
    const { body, receivedAt } = yield* get({ path, weight })
    // Before it is handed over: what it shows may call for another one at once.
    asked.delete(stream)
    failing.delete(stream)
    yield* options.into().offer({ snapshotOf: stream, body, receivedAt, levels })
  })

  /** Fetches it, if anybody still waits for it. When that fails: in how many milliseconds to try again. */
  const attempt = Effect.fnUntraced(function* (self: Self, stream: Stream) {
    const wanted = options.wanted(stream)
    if (!wanted) {
      asked.delete(stream)
      unfit.delete(stream)
    }
    const tried = wanted ? yield* Effect.result(fetch(stream)) : Result.void
    if (Result.isSuccess(tried)) {
      if (!wanted) failing.delete(stream)
      if (failing.size === 0) yield* self.ready
      return undefined
    }
    const { message, reason } = tried.failure
    const times = (failing.get(stream)?.times ?? 0) + 1
    failing.set(stream, { why: message, times })
    const detail = `no snapshot of ${stream.instrument.native}: ${message}`
    yield* self.degraded(detail)
    yield* log.log("Warn", reason, () => [
      `${detail}; trying again`,
      { venue: venue.name, stream: stream.key },
    ])
    const planned = Math.min(retry.maxMillis, retry.firstMillis * 2 ** (times - 1))
    return planned * (0.8 + 0.4 * (yield* Random.next))
  })

  return {
    failing,
    request: (stream, soon) => {
      const useless = soon ? 0 : (unfit.get(stream) ?? 0) + 1
      if (soon) unfit.delete(stream)
      else unfit.set(stream, useless)
      if (useless >= unfitAtMost)
        failing.set(stream, {
          why: `it came ${useless} times and does not fit its updates, or cannot be read`,
          times: failing.get(stream)?.times ?? 0,
        })
      if (asked.has(stream)) return
      asked.set(stream, !soon)
      offer(stream)
    },
    progress: () => {
      let waiting = 0
      for (const stream of asked.keys()) if (!fetching.has(stream)) waiting++
      return { waiting, fetching: fetching.size }
    },
    run: Effect.fnUntraced(function* (self) {
      yield* self.ready
      // Not by the worker: books that cannot be had must not hold up those that can.
      const later = (stream: Stream, millis: number) =>
        Effect.sleep(millis).pipe(
          Effect.map(() => offer(stream)),
          Effect.forkScoped,
        )
      const work = Effect.fnUntraced(function* (stream: Stream) {
        if (asked.get(stream) === true) {
          asked.set(stream, false)
          return yield* later(stream, againMillis * (1 + (yield* Random.next)))
        }
        fetching.add(stream)
        const wait = yield* Effect.ensuring(
          attempt(self, stream),
          Effect.sync(() => fetching.delete(stream)),
        )
        if (wait !== undefined) yield* later(stream, wait)
      })
      const turn = Effect.suspend(() => {
        const stream = next()
        if (stream !== undefined) return Effect.asVoid(work(stream))
        wake.closeUnsafe()
        return wake.await
      })
      const worker = Effect.forever(turn)
      // What was asked for while nothing ran, or was in hand when it last stopped.
      for (const stream of asked.keys()) offer(stream)
      return yield* Effect.raceAllFirst(Array.from({ length: concurrency }, () => worker))
    }, Effect.scoped),
  }
}
