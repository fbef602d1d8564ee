import { Clock, Effect, Random, Result } from "effect"
import { JournalCheckpoints } from "../../../services/JournalCheckpoints.ts"
import type { Stream } from "../../domain/Stream.ts"
import { decodeCheckpoint } from "./Checkpoint.ts"
import { makeReview } from "./Damage.ts"
import { tellLosses } from "./DamageGaps.ts"
import { type Continuity, type Findings, makeFindings, type SequenceGap } from "./Continuity.ts"
import { type BookMark, type StreamMark, streamOf } from "./Mark.ts"
import { continuityOf } from "./Marking.ts"
import { isUnsettled, leave, takeUp } from "./Settlement.ts"
import { type Collected, makeTrails, type Trails } from "./Trails.ts"

/** What a stream goes on from. */
export interface Restored {
  readonly continuity: Continuity
  readonly book: BookMark | undefined
}

/** What the last process left in the journal of every stream's continuity, for the streams of this one to go on from. */
export interface Restart {
  /**
   * What is known of a stream that is to be collected, for its one owner. `repair` takes up a gap that is pending, or
   * says that it cannot. Nothing where it was never collected, and nothing after `settled`: who subscribes a stream at
   * run time begins anew.
   */
  readonly claim: (stream: Stream, repair: (gap: SequenceGap) => boolean) => Restored | undefined
  /**
   * The streams are claimed. Gives by venue what is to be said, once, before any of them goes on: the last word on gaps
   * that are whole, and on those of streams that nobody collects any more. From now on streams are forgotten that are
   * not collected.
   */
  readonly settled: (collected: Collected) => ReadonlyMap<string, Findings>
}

/** How often reading the journal is tried. */
const attempts = 5

const follow = Effect.fnUntraced(function* (trails: Trails) {
  const checkpoints = yield* JournalCheckpoints
  let missed = 0
  for (let attempt = 1; ; attempt++) {
    const tried = yield* Effect.result(checkpoints.follow(trails.position(), trails.follower))
    if (Result.isSuccess(tried)) {
      missed += tried.success.missed
      break
    }
    const { message } = tried.failure
    if (attempt === attempts)
      return yield* Effect.logError(
        `where streams stood cannot be read from the journal: ${message}. They go on from what is known so far: records that came after it may come again, and gaps begin too early. It is tried again at the next start`,
      )
    yield* Effect.logWarning(`where streams stood cannot be read from the journal: ${message}; trying again`)
    yield* Effect.sleep(100 * 2 ** attempt * (0.8 + 0.4 * (yield* Random.next)))
  }
  if (missed > 0)
    yield* Effect.logWarning(
      `${missed} records that were accepted are not in the journal any more: streams that had some of them go on from before, so these records may be fetched and come again`,
    )
})

/** Records of a stream that stand so far before a hole say where it stood. */
const margin = 20_000

/** What the disk has lost of what some sink has yet to get. */
const readLosses = Effect.gen(function* () {
  const checkpoints = yield* JournalCheckpoints
  const review = makeReview()
  const tried = yield* Effect.result(checkpoints.review(margin, review.visit))
  if (Result.isFailure(tried))
    yield* Effect.logError(
      `what the disk has lost cannot be told of every stream, only counted: ${tried.failure.message}. It is tried again at the next start`,
    )
  const losses = review.losses()
  if (losses.size > 0)
    yield* Effect.logWarning(
      `the disk has lost accepted records of ${losses.size} streams that a sink has yet to get: each has a gap`,
      { streams: [...losses.keys()].slice(0, 20) },
    )
  return new Map(losses)
})

/** What the journal's last checkpoint holds; one that is of no use is said and left out. */
const readCheckpoint = Effect.gen(function* () {
  const { lastCheckpoint } = yield* JournalCheckpoints
  const nothing = { marks: [], position: 0 }
  if (lastCheckpoint === undefined) return nothing
  const read = decodeCheckpoint(lastCheckpoint.bytes)
  if (Result.isSuccess(read)) return { marks: read.success, position: lastCheckpoint.position }
  yield* Effect.logWarning(
    `the journal's checkpoint of where streams stand is left out: ${read.failure}. What the journal still holds is read instead; a stream that has no record there begins anew, and what it missed since its last one is not named`,
  )
  return nothing
})

/**
 * Reads where every stream stood when the last process ended, and from then on keeps it up with what is accepted, for
 * the journal's checkpoints. `keepMillis`: how long a stream is remembered that is not collected any more. `givesWay`:
 * whether the journal may drop records of a stream when it is full.
 */
export const makeRestart = Effect.fn("Restart.make")(function* (options: {
  readonly keepMillis: number
  readonly givesWay?: (stream: Stream) => boolean
}) {
  const known = yield* readCheckpoint
  let collected: Collected | undefined
  const trails = makeTrails({ ...known, ...options, collected: () => collected?.() })
  yield* follow(trails)
  trails.caughtUp()
  const losses = yield* readLosses
  const at = Number((yield* Clock.currentTimeNanos) / 1000n) / 1000
  const left = new Map<string, StreamMark>()
  for (const mark of trails.marks()) left.set(streamOf(mark.stream).key, mark)
  const findings = new Map<string, Findings>()
  if (left.size > 0) yield* Effect.logInfo(`${left.size} streams are known from the journal`)

  const findingsOf = (venue: string): Findings => {
    const own = findings.get(venue) ?? makeFindings()
    findings.set(venue, own)
    return own
  }

  const restart: Restart = {
    claim: (stream, repair) => {
      const mark = left.get(stream.key)
      if (mark === undefined) return undefined
      left.delete(stream.key)
      const continuity = continuityOf(stream, mark)
      const lost = losses.get(stream.key)?.losses ?? []
      losses.delete(stream.key)
      const own = findingsOf(stream.venue)
      const isBroken = tellLosses(continuity, lost, true, at, own)
      const book = isBroken ? undefined : mark.book
      if (isUnsettled(continuity)) takeUp(continuity, book !== undefined, repair, at, own)
      return { continuity, book }
    },
    settled: (now) => {
      collected = now
      for (const [key, mark] of left) {
        const continuity = continuityOf(streamOf(mark.stream), mark)
        tellLosses(continuity, losses.get(key)?.losses ?? [], false, at, findingsOf(mark.stream.venue))
        if (isUnsettled(continuity)) leave(continuity, at, findingsOf(mark.stream.venue))
      }
      left.clear()
      losses.clear()
      const said = new Map([...findings].filter(([, { out }]) => out.length > 0))
      findings.clear()
      return said
    },
  }
  return restart
})
