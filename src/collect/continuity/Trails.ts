import type { Position } from "../../../services/Journal.ts"
import type { Follower } from "../../../services/JournalCheckpoints.ts"
import type { Envelope } from "../../domain/Envelope.ts"
import { intakeRoute, type Stream } from "../../domain/Stream.ts"
import * as Ledger from "../../runtime/Ledger.ts"
import { encodeCheckpoint } from "./Checkpoint.ts"
import { makeContinuity } from "./Continuity.ts"
import { type StreamMark, streamOf } from "./Mark.ts"
import { continuityOf, markOf } from "./Marking.ts"
import { bookOf, makeTrail, maxHoles, note, readBookKey, type Trail } from "./Trail.ts"

/** The keys of the streams that are collected now; one that is not is forgotten after the retention. */
export type Collected = () => ReadonlySet<string>

/** The continuity of all streams, as a function of everything accepted. */
export interface Trails {
  readonly follower: Follower
  /** Everything before it is known. */
  readonly position: () => Position
  readonly marks: () => ReadonlyArray<StreamMark>
  /** All that earlier processes left is known: what is accepted from now on is this one's. */
  readonly caughtUp: () => void
}

const trailOf = (mark: StreamMark): Trail => {
  const stream = streamOf(mark.stream)
  const trail = makeTrail(continuityOf(stream, mark), maxHoles)
  if (mark.book !== undefined)
    trail.bookKey = mark.book.joining ? `snapshot::${mark.book.last}` : String(mark.book.last)
  for (const [first, last] of mark.holes ?? []) Ledger.lose(trail.holes, { first, last })
  return trail
}

const markOfTrail = (trail: Trail): StreamMark => {
  const mark = markOf(trail.continuity, bookOf(trail))
  const { missing } = trail.holes
  return missing.length === 0
    ? mark
    : { ...mark, holes: missing.map(({ first, last }) => [first, last] as const) }
}

/**
 * Begins with what a checkpoint had, if there is one. `keepMillis`: how long after its last record a stream is
 * remembered that is not collected any more, by the receive times of what is accepted. `givesWay`: whether the journal
 * may drop records of a stream when it is full; of each unless given. Only then does a gap name numbers below some that
 * have come: of other streams no hole is kept once all that earlier processes left is known.
 */
export const makeTrails = (options: {
  readonly marks: ReadonlyArray<StreamMark>
  readonly position: Position
  readonly keepMillis: number
  /** `undefined`: that is not known yet, and nothing is forgotten. */
  readonly collected: () => ReadonlySet<string> | undefined
  readonly givesWay?: (stream: Stream) => boolean
}): Trails => {
  const byKey = new Map<string, Trail>()
  /** Streams are compared by identity where they can be: what is read from the disk may have objects of its own. */
  const byStream = new Map<Stream, Trail>()
  let { position } = options
  let receivedAt = 0
  let isCaughtUp = false

  const holesOf = (stream: Stream): number =>
    isCaughtUp && options.givesWay?.(stream) === false ? 0 : maxHoles

  for (const mark of options.marks) {
    const trail = trailOf(mark)
    byKey.set(trail.continuity.stream.key, trail)
    receivedAt = Math.max(receivedAt, mark.newest?.receivedAt ?? 0)
  }

  const find = (stream: Stream): Trail => {
    const known = byStream.get(stream)
    if (known !== undefined) return known
    const trail = byKey.get(stream.key) ?? makeTrail(makeContinuity(stream), holesOf(stream))
    byKey.set(stream.key, trail)
    byStream.set(stream, trail)
    return trail
  }

  const books: Array<Trail> = []
  const accepted = (envelopes: ReadonlyArray<Envelope>, next: Position): void => {
    let stream: Stream | undefined
    let trail: Trail | undefined
    for (const envelope of envelopes) {
      if (envelope.stream !== stream) {
        stream = envelope.stream
        // Without a name on the wire its definition was damaged, and it may be another stream's.
        trail = stream.wire === "" || stream.route === intakeRoute ? undefined : find(stream)
      }
      if (trail !== undefined) note(trail, envelope, books)
    }
    for (const book of books) readBookKey(book)
    books.length = 0
    const last = envelopes.at(-1)
    if (last !== undefined && last.receivedAt > receivedAt) receivedAt = last.receivedAt
    position = next
  }

  const forget = () => {
    const collected = options.collected()
    if (collected === undefined) return
    let forgotten = 0
    for (const [key, { continuity }] of byKey) {
      if (collected.has(key)) continue
      if ((continuity.newest?.receivedAt ?? 0) >= receivedAt - options.keepMillis) continue
      byKey.delete(key)
      forgotten++
    }
    if (forgotten > 0) byStream.clear()
  }

  const marks = () => [...byKey.values()].map(markOfTrail)

  return {
    follower: {
      accepted,
      checkpoint: () => {
        forget()
        return encodeCheckpoint(marks())
      },
    },
    position: () => position,
    marks,
    caughtUp: () => {
      isCaughtUp = true
      for (const trail of byKey.values())
        if (holesOf(trail.continuity.stream) === 0) trail.holes = Ledger.make(0)
    },
  }
}
