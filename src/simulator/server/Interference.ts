import type { VenueName } from "../venues/Protocol.ts"

/** A client at the door, before its WebSocket handshake is answered. */
export interface Arrival {
  readonly venue: VenueName
  /** With its query. */
  readonly url: string
  /** The streams that its path asks for. */
  readonly streams: ReadonlyArray<string>
  /** Counts the handshakes of this venue, from 1. */
  readonly attempt: number
}

export type Welcome =
  /** Answered after so long, on the simulator's clock. */
  | { readonly type: "accept"; readonly afterMillis?: number }
  /** Answered with this HTTP status instead of 101. */
  | { readonly type: "refuse"; readonly status: number; readonly retryAfterSeconds?: number }
  /** The TCP connection is reset without an answer. */
  | { readonly type: "reset" }

/** What a fault may do to a connection besides changing its frames. */
export interface Victim {
  /** Counts the connections of this venue, from 1. */
  readonly id: number
  readonly venue: VenueName
  readonly route: string
  /** Milliseconds on the simulator's clock, not the market's. */
  readonly openedAt: number
  /** The market's time when it opened. */
  readonly since: number
  /** The streams it is subscribed to now. */
  readonly streams: () => ReadonlyArray<string>
  /** Sends messages at once, past `deliver`. */
  readonly send: (messages: ReadonlyArray<Delivery>) => void
  /** A close frame with this code; a reset, where a throttled frame is still on its way. */
  readonly close: (code: number, reason: string) => void
  /** TCP reset: no close frame. */
  readonly reset: () => void
  /** At most so many bytes a second leave, control frames included; `undefined` lifts it. */
  readonly throttle: (bytesPerSecond: number | undefined) => void
  /** From now on nothing is read, answered or sent: the peer of a half-open connection. */
  readonly halt: () => void
}

/** One message before it is wrapped and framed. A character of its text is a byte. */
export interface Delivery {
  readonly stream: string
  readonly text: string
  /**
   * `payload` (unless given): wrapped with the stream's name where the connection is combined. `message`: a text frame
   * as it stands. `binary`: a binary frame. `bytes`: no frame at all, bytes on the wire.
   */
  readonly form?: "payload" | "message" | "binary" | "bytes"
  /** Nothing that the exchange has to say: faults of the schedule leave it alone. */
  readonly madeUp?: true
}

export interface RestReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** How a REST request is treated before it is answered. */
export interface RestTreatment {
  /** Read in place of the client's. */
  readonly url?: string
  /** The answer is that of the market so long ago. */
  readonly agoMillis?: number
  /** The answer comes so late, on the simulator's clock. */
  readonly afterMillis?: number
  /** In place of the exchange's own answer; `reset`: the connection is reset instead. */
  readonly reply?: RestReply | "reset"
}

/**
 * The seams at which faults enter: every handshake, every subscription, every message that leaves, every REST request
 * and its answer passes here, and the truth is written down before. None of them may throw. Without an interference
 * the simulator is a faultless exchange.
 */
export interface Interference {
  readonly connect?: ((arrival: Arrival) => Welcome) | undefined
  /** False: acknowledged, and silent. */
  readonly subscribe?: ((victim: Victim, stream: string) => boolean) | undefined
  /** May leave out, repeat, reorder, damage or add messages. */
  readonly deliver?:
    | ((victim: Victim, messages: ReadonlyArray<Delivery>) => ReadonlyArray<Delivery>)
    | undefined
  /**
   * How old a book is that is told whole on a connection, first of a stream or for the asking: 0 is as it ought to be.
   */
  readonly bookAge?: ((victim: Victim, stream: string) => number) | undefined
  /** What an answer on a connection tells of a stream. */
  readonly tell?: ((victim: Victim, stream: string, text: string) => string) | undefined
  /** For what happens by time: called for every connection every few milliseconds. */
  readonly tick?: ((victim: Victim) => void) | undefined
  readonly request?: ((venue: VenueName, url: string) => RestTreatment) | undefined
  /** `undefined` resets the connection instead of answering. */
  readonly answer?: ((venue: VenueName, url: string, reply: RestReply) => RestReply | undefined) | undefined
}
