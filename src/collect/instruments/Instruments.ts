import { Clock, Effect, Option, Random, Result } from "effect"
import type { InstrumentsStatus } from "../../../services/Collection.ts"
import { InstrumentStore } from "../../../services/InstrumentStore.ts"
import type { Rest } from "../../../services/Rest.ts"
import type { ListedInstrument } from "../../domain/ListedInstrument.ts"
import type { Venue } from "../../exchanges/Venue.ts"
import type { Self } from "../../runtime/Actor.ts"
import { monotonicMillis } from "../../runtime/Monotonic.ts"
import * as RateLimitedLog from "../../runtime/RateLimitedLog.ts"
import type { VenueRestOptions } from "../VenueRest.ts"
import type { Subscriptions } from "../venue/Subscriptions.ts"
import { makeChangeLog } from "./ChangeLog.ts"
import { makeDirectory } from "./Directory.ts"
import { makeFetching } from "./Fetching.ts"
import type { Known } from "./Meaning.ts"

/** A list that cannot be had is asked for again, with jitter: doubling up to the longest, for ever. */
const retry = { firstMillis: 1_000, maxMillis: 60_000 }
/** How often it is looked whether streams of instruments that are gone can be forgotten. */
const sweepMillis = 1_000
/** A list from an earlier process is good enough to begin with. */
const firstWithinMillis = 2_000
/** A list that has lost more than half of so many instruments is believed once the venue says so twice. */
const believable = { least: 20, share: 0.5 }

export interface InstrumentsOptions extends VenueRestOptions {
  readonly venue: Venue
  readonly refreshMillis: number
  readonly subscriptions: Pick<Subscriptions, "align" | "departures" | "refused">
}

/** A venue's list of instruments, kept up to date, and its streams in line with it. */
export interface Instruments {
  readonly known: () => Known | undefined
  readonly status: () => InstrumentsStatus
  /** Why it is not ready: something waits for the list. */
  readonly unready: () => string | undefined
  /** Takes over the list that an earlier process kept, before anything is subscribed. */
  readonly recall: Effect.Effect<void>
  /** Never ends by itself: a list that cannot be had makes it degraded. */
  readonly run: (self: Self) => Effect.Effect<never, never, Rest>
}

export const makeInstruments = (options: InstrumentsOptions): Instruments => {
  const { venue, subscriptions } = options
  const fetch = makeFetching(options)
  const log = RateLimitedLog.make()
  const changes = makeChangeLog(venue.name)
  let known: Known | undefined
  let refreshedAt: number | undefined
  let lastError: string | undefined
  let tries = 0
  let kept = ""
  /** How many instruments the list had that was not believed. */
  let doubted: number | undefined

  const store = Effect.serviceOption(InstrumentStore)

  const recall = Effect.gen(function* () {
    const found = yield* store
    if (Option.isNone(found)) return
    const loaded = yield* Effect.result(found.value.load(venue.name))
    if (Result.isFailure(loaded))
      return yield* Effect.logWarning(
        `${loaded.failure.message}; names are read by their letters until the venue gives its list`,
      )
    // What a simulator listed is nothing to go by on the exchange.
    if (loaded.success?.endpoint !== options.restEndpoint) return
    known = { directory: makeDirectory(venue, loaded.success.instruments), isFresh: false }
    refreshedAt = loaded.success.at
    yield* subscriptions.align(known)
  }).pipe(Effect.annotateLogs({ venue: venue.name }))

  const keep = Effect.fnUntraced(function* (instruments: ReadonlyArray<ListedInstrument>, at: number) {
    const found = yield* store
    const text = JSON.stringify(instruments)
    if (Option.isNone(found) || text === kept) return
    const saved = yield* Effect.result(
      found.value.save(venue.name, { endpoint: options.restEndpoint, at, instruments }),
    )
    if (Result.isSuccess(saved)) kept = text
    else
      yield* log.log("Warn", "keep", () => [
        `${saved.failure.message}; the next process begins without it`,
        { venue: venue.name },
      ])
  })

  const isBelievable = (count: number): boolean => {
    const before = known?.directory.listed.length ?? 0
    const isPoor = before >= believable.least && count < before * believable.share
    if (!isPoor || (doubted !== undefined && Math.abs(count - doubted) <= doubted * believable.share)) {
      doubted = undefined
      return true
    }
    doubted = count
    return false
  }

  const take = Effect.fnUntraced(function* (
    instruments: ReadonlyArray<ListedInstrument>,
    unreadable: ReadonlyArray<string>,
  ) {
    const now = yield* Clock.currentTimeMillis
    if (unreadable.length > 0)
      yield* log.log("Warn", "unreadable", () => [
        `${unreadable.length} entries of the list of instruments cannot be read and are left out, such as ${unreadable[0]}`,
        { venue: venue.name },
      ])
    const before = known
    known = { directory: makeDirectory(venue, instruments), isFresh: true }
    refreshedAt = now
    const changed = yield* subscriptions.align(known)
    yield* changes.note(before, known, changed, now)
    yield* keep(instruments, now)
  })

  /** In how many milliseconds to ask again. */
  const refresh = Effect.fnUntraced(function* (self: Self) {
    const fetched = yield* Effect.result(fetch())
    const listed = Result.isSuccess(fetched) ? fetched.success : undefined
    const before = known?.directory.listed.length ?? 0
    const random = yield* Random.next
    if (listed !== undefined && isBelievable(listed.instruments.length)) {
      tries = 0
      lastError = undefined
      yield* take(listed.instruments, listed.unreadable)
      yield* self.ready
      return options.refreshMillis * (0.9 + 0.2 * random)
    }
    tries++
    lastError = Result.isFailure(fetched)
      ? "detail" in fetched.failure
        ? fetched.failure.detail
        : String(fetched.failure)
      : `it lists ${listed!.instruments.length} instruments instead of ${before}, which is not believed until it says so again`
    const meanwhile =
      known === undefined
        ? "names are read by their letters, and patterns select nothing"
        : "the last list is in use"
    const detail = `the list of instruments cannot be had: ${lastError}; ${meanwhile}`
    yield* self.degraded(detail)
    yield* log.log("Warn", "fetch", () => [`${detail}; it is asked for again`, { venue: venue.name }])
    const planned = Math.min(retry.maxMillis, retry.firstMillis * 2 ** (tries - 1))
    return Math.min(planned, options.refreshMillis) * (0.8 + 0.4 * random)
  })

  return {
    known: () => known,
    status: () => ({
      state: known === undefined ? "absent" : known.isFresh ? "current" : "kept",
      listed: known?.directory.listed.length ?? 0,
      ...(refreshedAt === undefined ? {} : { refreshedAt }),
      ...(lastError === undefined ? {} : { lastError }),
      changes: changes.latest(),
    }),
    unready: () => {
      const waiting = known === undefined ? subscriptions.refused().filter((each) => each.waiting) : []
      if (waiting.length === 0) return undefined
      const why = lastError === undefined ? "" : ` (${lastError})`
      return `venue ${venue.name}: "${waiting[0]!.symbol}" waits for the list of instruments${why}`
    },
    recall,
    run: Effect.fnUntraced(function* (self) {
      yield* self.ready
      const { departures } = subscriptions
      let dueAt = yield* monotonicMillis
      if (known !== undefined && !known.isFresh) dueAt += firstWithinMillis * (yield* Random.next)
      for (;;) {
        const now = yield* monotonicMillis
        if (departures.sweep() && known !== undefined) yield* subscriptions.align(known)
        if (now >= dueAt) dueAt = (yield* monotonicMillis) + (yield* refresh(self))
        const wait = dueAt - (yield* monotonicMillis)
        yield* Effect.sleep(Math.max(1, departures.size() > 0 ? Math.min(wait, sweepMillis) : wait))
      }
    }),
  }
}
