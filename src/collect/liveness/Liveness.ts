import { Clock, Effect, Result } from "effect"
import type { Rest } from "../../../services/Rest.ts"
import type { Stream } from "../../domain/Stream.ts"
import { pollRoute, type Progress, type Venue } from "../../exchanges/Venue.ts"
import type { Self } from "../../runtime/Actor.ts"
import * as RateLimitedLog from "../../runtime/RateLimitedLog.ts"
import type { Pool } from "../connections/Pool.ts"
import { deliveredBy, stateOf, type StreamEntry } from "../StreamTable.ts"
import { makeVenueRest, type VenueRestOptions } from "../VenueRest.ts"
import { makeLosses } from "./Losses.ts"
import { excuse, observe } from "./Rhythm.ts"
import { appease, hasMoved, isNew, postpone, renewed, suspect, type Suspicion } from "./Suspicion.ts"

/** Questions at once; the weight budget decides the rest. */
const concurrency = 4
/** Questions leave so much of the weight to snapshots and repairs. */
const reserved = 0.5
/** What REST knows may be on its way: so long at most, and a quarter of a heartbeat. */
const graceMillis = 3_000
/** Of a connection on which nothing comes so many streams found dead stand for all. */
const deadForAll = 2

export interface LivenessOptions extends VenueRestOptions {
  readonly venue: Venue
  readonly table: ReadonlyMap<Stream, StreamEntry>
  readonly pool: Pick<Pool, "renew" | "abandon" | "isPaused">
  readonly heartbeat: number
  /** A stream that nobody can be asked about is named when it has delivered nothing for so long. */
  readonly silentAfter: number
  /** Frames that wait to be decoded: what is among them is no silence of the venue. */
  readonly behind: () => number
  /** Says that these are interrupted since before `at`: milliseconds, microseconds as the fraction. */
  readonly lasting: (streams: ReadonlyArray<Stream>, at: number) => Effect.Effect<unknown>
}

/**
 * Finds streams that are dead on a connection that lives: they were acknowledged and never come, or come no more. How
 * often each one delivers is learned; one that is silent far beyond that is suspected, REST is asked whether anything
 * has happened, and what ought to have come and did not is subscribed anew. When nothing comes on the whole connection,
 * it is left. A market about which REST has nothing new is quiet, and left alone.
 */
export interface Liveness {
  readonly run: (self: Self) => Effect.Effect<never, never, Rest>
}

export const makeLiveness = (options: LivenessOptions): Liveness => {
  const { venue, table, pool, heartbeat, metrics, budget } = options
  const rule = venue.progress
  const get = makeVenueRest(options)
  const log = RateLimitedLog.make()
  const suspicions = new Map<StreamEntry, Suspicion>()
  const everyMillis = Math.min(1_000, Math.max(10, heartbeat / 20))
  let decoded = 0
  let due: Array<readonly [StreamEntry, Suspicion]> = []

  const losses = makeLosses({
    venue,
    table,
    heartbeat,
    declare: (streams) =>
      Effect.flatMap(Clock.currentTimeNanos, (nanos) =>
        options.lasting(streams, Number(nanos / 1000n) / 1000),
      ),
  })

  /** Frames wait, and none was decoded since the last look: we are held up ourselves. */
  const isHeldUp = (): boolean => {
    const now = metrics.framesDecoded.value() + metrics.framesControl.value()
    const stuck = options.behind() > 0 && now === decoded
    decoded = now
    return stuck
  }

  const onRecords = (entry: StreamEntry) => {
    if (suspicions.get(entry)?.verdictAt !== undefined) metrics.streamProbes("late").add(1)
    suspicions.delete(entry)
    entry.silent = false
    entry.dead = false
  }

  /** One that nobody can be asked about: it is said once. */
  const name = (entry: StreamEntry) => {
    if (entry.silent || !isNew(entry) || entry.rhythm.silence < options.silentAfter) return Effect.void
    entry.silent = true
    const seconds = Math.round(entry.rhythm.silence / 1000)
    return Effect.logWarning(
      `${entry.stream.wire} was acknowledged ${seconds} s ago and has delivered nothing: a quiet market, or a name or route that the venue does not serve`,
    ).pipe(Effect.annotateLogs({ venue: venue.name, stream: entry.stream.key }))
  }

  /** Those whose time to be asked about has come, the most overdue by its own measure last. */
  const arrange = () => {
    const overdue = ([entry, suspicion]: readonly [StreamEntry, Suspicion]): number =>
      entry.rhythm.silence / suspicion.askAt
    due = [...suspicions]
      .filter((each) => !each[1].busy && each[1].verdictAt === undefined && overdue(each) >= 1)
      .toSorted((left, right) => overdue(left) - overdue(right))
  }

  const pick = (): readonly [StreamEntry, Suspicion] | undefined => {
    for (;;) {
      const next = due.pop()
      if (next === undefined) return undefined
      const [entry, suspicion] = next
      if (!suspicion.busy && suspicions.get(entry) === suspicion && stateOf(entry) !== "pending") return next
    }
  }

  const carriedBy = (connection: string | undefined): ReadonlyArray<StreamEntry> =>
    [...table.values()].filter((entry) => entry.connection === connection && stateOf(entry) !== "pending")

  const abandon = (mates: ReadonlyArray<StreamEntry>, dead: ReadonlyArray<StreamEntry>) => {
    for (const mate of mates) excuse(mate.rhythm, deliveredBy(mate))
    const [first] = dead
    pool.abandon(
      first!.connection!,
      `${dead.length} of ${mates.length} streams do not come, and REST knows of news, the first is ${first!.stream.wire}: the connection is dead although it is open`,
    )
  }

  /** Others of the connection are asked about at once: one that is dead as a whole is better left than mended. */
  const hurry = (mates: ReadonlyArray<StreamEntry>) => {
    for (const mate of mates) {
      const suspicion = suspicions.get(mate)
      if (suspicion !== undefined) suspicion.askAt = Math.min(suspicion.askAt, mate.rhythm.silence)
    }
  }

  /** Leaves the whole connection where nothing comes on it, or much of it is dead; else renews the stream alone. */
  const revive = Effect.fnUntraced(function* (entry: StreamEntry, suspicion: Suspicion) {
    const { connection, stream } = entry
    const mates = carriedBy(connection)
    const dead = mates.filter((each) => each.dead)
    const flows = mates.some(({ rhythm }) => rhythm.since < heartbeat / 2)
    const many = flows ? Math.max(3, mates.length / 2) : Math.min(deadForAll, mates.length)
    if (dead.length >= many) {
      renewed(suspicion, heartbeat)
      return abandon(mates, dead)
    }
    if (!flows && suspicion.verdicts < 2) {
      hurry(mates)
      return postpone(entry, suspicion, heartbeat)
    }
    renewed(suspicion, heartbeat)
    excuse(entry.rhythm, deliveredBy(entry))
    metrics.streamRenewals.add(1)
    yield* Effect.logWarning(
      `${stream.wire} does not come, and REST knows of news: it is subscribed anew`,
    ).pipe(Effect.annotateLogs({ venue: venue.name, connection, stream: stream.key }))
    return yield* pool.renew([stream])
  })

  /** What REST knew of has not come. */
  const condemn = Effect.fnUntraced(function* (entry: StreamEntry, suspicion: Suspicion) {
    metrics.streamProbes("dead").add(1)
    entry.dead = true
    suspicion.verdictAt = undefined
    suspicion.verdicts++
    yield* revive(entry, suspicion)
  })

  const judge = (entry: StreamEntry, suspicion: Suspicion, before: number, progress: Progress) => {
    if (deliveredBy(entry) !== before || suspicions.get(entry) !== suspicion || stateOf(entry) === "pending")
      return metrics.streamProbes("late").add(1)
    if (hasMoved(entry, suspicion, progress)) {
      suspicion.verdictAt = entry.rhythm.silence + Math.min(graceMillis, heartbeat / 4)
      return
    }
    entry.dead = false
    appease(entry, suspicion, progress, heartbeat)
    metrics.streamProbes("quiet").add(1)
  }

  const look = Effect.fnUntraced(function* (elapsed: number) {
    const heldUp = isHeldUp()
    for (const entry of suspicions.keys()) if (table.get(entry.stream) !== entry) suspicions.delete(entry)
    for (const entry of table.values()) {
      if (entry.stream.route === pollRoute) continue
      const { connection, rhythm } = entry
      const suspicion = suspicions.get(entry)
      const ours = heldUp || connection === undefined || pool.isPaused(connection)
      if (stateOf(entry) === "pending" || ours) {
        excuse(rhythm, deliveredBy(entry), elapsed)
        if (suspicion !== undefined) suspicion.verdictAt = undefined
        // Of one that is not acknowledged nothing is expected; how often it was renewed in vain is kept.
        if (!ours && suspicion?.renewals === 0) suspicions.delete(entry)
        continue
      }
      if (observe(rhythm, deliveredBy(entry), elapsed)) onRecords(entry)
      else if (suspicion === undefined) {
        if (rhythm.silence >= heartbeat / 2) suspicions.set(entry, suspect(entry, heartbeat))
      } else if (suspicion.verdictAt !== undefined && rhythm.silence >= suspicion.verdictAt)
        yield* condemn(entry, suspicion)
      yield* name(entry)
    }
    arrange()
    yield* losses(elapsed)
  })

  /** `false`: there is no weight for it now. */
  const ask = Effect.fnUntraced(function* (entry: StreamEntry, suspicion: Suspicion) {
    const request = rule!.request(entry.stream)
    if (request === undefined) {
      suspicions.delete(entry)
      return true
    }
    if ((yield* budget.used) + request.weight > budget.limit * reserved) return false
    const before = deliveredBy(entry)
    const tried = yield* Effect.result(get(request))
    const progress = Result.isSuccess(tried) ? rule!.read(tried.success.body, entry.stream) : undefined
    if (progress !== undefined) {
      judge(entry, suspicion, before, progress)
      return true
    }
    metrics.streamProbes("unknown").add(1)
    postpone(entry, suspicion, heartbeat)
    const why = Result.isFailure(tried) ? tried.failure.message : "its answer cannot be read"
    yield* log.log("Warn", "unknown", () => [
      `REST cannot say whether ${entry.stream.wire} is quiet or dead: ${why}; it is asked again`,
      { venue: venue.name, stream: entry.stream.key },
    ])
    return true
  })

  const worker = Effect.gen(function* () {
    for (;;) {
      const picked = rule === undefined ? undefined : pick()
      let asked = false
      if (picked !== undefined) {
        const [entry, suspicion] = picked
        suspicion.busy = true
        asked = yield* Effect.ensuring(
          ask(entry, suspicion),
          Effect.sync(() => {
            suspicion.busy = false
          }),
        )
      }
      if (!asked) yield* Effect.sleep(everyMillis)
    }
  })

  const looker = Effect.gen(function* () {
    let last = yield* Clock.currentTimeMillis
    for (;;) {
      yield* Effect.sleep(everyMillis)
      const now = yield* Clock.currentTimeMillis
      // A clock that is set, or a process that was stopped, is no silence.
      yield* look(Math.min(Math.max(0, now - last), 3 * everyMillis))
      last = now
    }
  })

  return {
    run: Effect.fnUntraced(function* (self) {
      for (const suspicion of suspicions.values()) suspicion.busy = false
      yield* self.ready
      return yield* Effect.raceAllFirst([looker, ...Array.from({ length: concurrency }, () => worker)])
    }),
  }
}
