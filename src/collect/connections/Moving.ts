import type { Stream } from "../../domain/Stream.ts"
import { patienceOf } from "../liveness/Rhythm.ts"
import type { StreamEntry } from "../StreamTable.ts"
import type { Handover, Move } from "./Handover.ts"
import type { Line } from "./Line.ts"

/** How long a connection that moves waits for what. Milliseconds. */
export interface MovingLimits {
  /** A stream that is silent on both sockets for so long is quiet: at least, at most. */
  readonly quiet: { readonly least: number; readonly most: number }
  /** For the old socket to come as far as the new one began. */
  readonly behind: number
  /** In all, from the acknowledgement of everything. */
  readonly inAll: number
}

/** By age there is an hour of time. */
export const atLeisure: MovingLimits = { quiet: { least: 2_000, most: 30_000 }, behind: 2_000, inAll: 60_000 }

/** The venue has said that it will close: how soon, it does not say. */
export const inHaste: MovingLimits = { quiet: { least: 1_000, most: 4_000 }, behind: 1_000, inAll: 60_000 }

/** What still keeps the old socket open. */
export interface Assessment {
  /** Not on the new socket yet, or perhaps not. */
  readonly waiting: ReadonlyArray<Stream>
  /** They come on the new socket, and the old one does not come as far: it is not waited for any more. */
  readonly late: ReadonlyArray<Stream>
}

/** The old socket gave nothing that the new one ought to have given. */
const saidNothingSince = (move: Move | undefined, acknowledgedAt: number): boolean =>
  move?.oldAt === undefined || move.oldAt <= acknowledgedAt

/** Whether nothing of a stream can be missing when the old socket ends now. */
export const hasMoved = (move: Move | undefined, acknowledgedAt: number | undefined): boolean =>
  move?.aligned === true ||
  (acknowledgedAt !== undefined && move?.newAt === undefined && saidNothingSince(move, acknowledgedAt))

/** `ageOf`: how long ago a time of the clock was, as far as it was looked at. Milliseconds. */
export const assess = (
  handover: Handover,
  line: Line,
  desired: ReadonlyMap<Stream, StreamEntry>,
  limits: MovingLimits,
  ageOf: (at: number) => number,
): Assessment => {
  const waiting: Array<Stream> = []
  const late: Array<Stream> = []
  const { least, most } = limits.quiet
  const isQuiet = (entry: StreamEntry, acknowledgedAt: number, move: Move | undefined): boolean =>
    saidNothingSince(move, acknowledgedAt) &&
    ageOf(acknowledgedAt) >= Math.min(most, patienceOf(entry.rhythm, least))
  for (const [stream, entry] of desired) {
    const acknowledgedAt = line.acknowledged.get(stream)
    if (acknowledgedAt === undefined) {
      // What the venue refuses on the new socket and did not refuse on the old one does not move.
      if (entry.refusal === undefined) waiting.push(stream)
      continue
    }
    const move = handover.moveOf(stream)
    if (move?.aligned === true || move?.loose === true) continue
    if (move?.newAt === undefined) {
      if (!isQuiet(entry, acknowledgedAt, move)) waiting.push(stream)
    } else if (ageOf(move.newAt) >= limits.behind) late.push(stream)
    else waiting.push(stream)
  }
  return { waiting, late }
}
