import type { VenueName } from "../venues/Protocol.ts"

/** A client at the door, before its WebSocket handshake is answered. */
export interface Arrival {
  readonly venue: VenueName
  /** With its query. */
  readonly url: string
  /** Counts the handshakes of this venue, from 1. */
  readonly attempt: number
}

export type Welcome =
  | { readonly type: "accept" }
  /** Answered with this HTTP status instead of 101. */
  | { readonly type: "refuse"; readonly status: number; readonly retryAfterSeconds?: number }
  /** The TCP connection is reset without an answer. */
  | { readonly type: "reset" }

/** What a fault may do to a connection besides changing its frames. */
export interface Victim {
  readonly id: number
  readonly venue: VenueName
  readonly route: string
  /** Milliseconds on the simulator's clock, not the market's. */
  readonly openedAt: number
  /** A close frame with this code. */
  readonly close: (code: number, reason: string) => void
  /** TCP reset: no close frame. */
  readonly reset: () => void
}

/** One message before it is wrapped and framed. */
export interface Delivery {
  readonly stream: string
  readonly text: string
}

export interface RestReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * The seams at which faults enter: every handshake, every message that leaves, every REST answer passes here, and the
 * truth is written down before. None of them may throw. Without an interference the simulator is a faultless exchange.
 */
export interface Interference {
  readonly connect?: (arrival: Arrival) => Welcome
  /** May leave out, repeat, reorder, damage or add messages. */
  readonly deliver?: (victim: Victim, messages: ReadonlyArray<Delivery>) => ReadonlyArray<Delivery>
  /** `undefined` resets the connection instead of answering. */
  readonly answer?: (venue: VenueName, url: string, reply: RestReply) => RestReply | undefined
}
