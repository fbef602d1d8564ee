import type { Effect } from "effect"
import type { Socket } from "../../../services/Connector.ts"
import type { VenueMetrics } from "../../../services/Metrics.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Venue } from "../../exchanges/Venue.ts"
import { type StreamEntry, unacknowledge } from "../StreamTable.ts"
import { type Line, type LineState, makeLine } from "./Line.ts"
import { acknowledgementTimeout } from "./Settings.ts"

/**
 * What a connection should carry, and the subscriptions of its socket: of both sockets while it moves from one to
 * another.
 */
export interface Subscriber {
  /** What the connection should carry. Change it, then call `changed`. */
  readonly desired: Map<Stream, StreamEntry>
  readonly changed: () => void
  /** Brings these books a new snapshot: subscribed anew, or asked for, as the venue's rule has it. */
  readonly resync: (streams: ReadonlyArray<Stream>) => void
  /** Unsubscribes these and subscribes them anew, on every socket that carries them. */
  readonly renew: (streams: ReadonlyArray<Stream>) => void
  /** The subscriptions of a new socket, none so far. `onSettled` each time that all is in line. */
  readonly line: (socket: Socket, url: string, onSettled: Effect.Effect<void>) => Line
  /** Whether a socket is still subscribed to it. */
  readonly carries: (stream: Stream) => boolean
  /** A socket is gone with its subscriptions. */
  readonly drop: (line: Line) => void
}

/** `behind`: frames wait to be decoded, and an answer may be among them. */
export const makeSubscriber = (
  venue: Venue,
  connection: string,
  metrics: VenueMetrics,
  behind: () => boolean,
  answerTimeout: number = acknowledgementTimeout,
): Subscriber => {
  const desired = new Map<Stream, StreamEntry>()
  const lines = new Map<Line, LineState>()
  let nextId = 1

  /** Whether another socket of the connection carries it. */
  const isHeldElsewhere = (stream: Stream, state: LineState | undefined): boolean => {
    for (const other of lines.values()) if (other !== state && other.subscribed.has(stream)) return true
    return false
  }

  const wake = () => {
    for (const state of lines.values()) {
      state.settled = false
      state.work.openUnsafe()
    }
  }

  const renew = (streams: ReadonlyArray<Stream>) => {
    for (const { renewed } of lines.values())
      for (const stream of streams) if (desired.has(stream)) renewed.add(stream)
    wake()
  }

  return {
    desired,
    changed: wake,
    resync: (streams) => {
      if (venue.depth?.snapshots.kind !== "asked") return renew(streams)
      // One answer is enough: the newest socket is the one that stays.
      const state = [...lines.values()].at(-1)
      for (const stream of streams) if (desired.has(stream)) state?.asked.add(stream)
      wake()
    },
    renew: (streams) => {
      for (const stream of streams) {
        const entry = desired.get(stream)
        if (entry !== undefined) unacknowledge(entry)
      }
      renew(streams)
    },
    line: (socket, url, onSettled) => {
      const { line, state } = makeLine({
        venue,
        connection,
        metrics,
        behind,
        answerTimeout,
        desired,
        socket,
        url,
        onSettled,
        nextId: () => nextId++,
        isHeldElsewhere: (stream) => isHeldElsewhere(stream, lines.get(line)),
      })
      lines.set(line, state)
      return line
    },
    carries: (stream) => isHeldElsewhere(stream, undefined),
    drop: (line) => {
      lines.delete(line)
      for (const entry of desired.values())
        if (!isHeldElsewhere(entry.stream, undefined)) unacknowledge(entry)
    },
  }
}
