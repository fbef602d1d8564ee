import { Context, type Effect, Schema, type Scope } from "effect"
import type { FrameBatch } from "../src/domain/Frame.ts"
import type { Mailbox } from "../src/runtime/Mailbox.ts"

/** A socket that could not be opened, or that ended. Always worth another try. */
export class ConnectionError extends Schema.TaggedError<ConnectionError>()("ConnectionError", {
  reason: Schema.Literals([
    "refused",
    "handshake_timeout",
    "handshake_rejected",
    "closed",
    "reset",
    "too_large",
    "send_failed",
  ]),
  url: Schema.String,
  /** The close code of the WebSocket, or the HTTP status of a rejected handshake, where there is one. */
  code: Schema.optionalKey(Schema.Number),
  /** `Retry-After` of a rejected handshake, in milliseconds. */
  retryAfterMillis: Schema.optionalKey(Schema.Number),
  /** Why the streams were interrupted, where it is more than a peer that is gone: it was silent, or it was left. */
  interruption: Schema.optionalKey(Schema.Literals(["stall", "rotation"])),
  detail: Schema.String,
}) {
  override get message(): string {
    return `${this.url}: ${this.detail}`
  }
}

export interface ConnectOptions {
  /** Names the frames' origin: `binance/connections/1`. */
  readonly connection: string
  /** What the frames say of where they came in, for venues whose messages do not. */
  readonly route?: string
  readonly url: string
  /** `http://…` or `socks5://…`. */
  readonly proxy?: string
  readonly handshakeTimeoutMillis: number
  /** A larger message ends the connection with `too_large`. */
  readonly maxFrameBytes: number
  /**
   * Where frames go, one batch per socket read. When it has no room the socket is paused (down to TCP) until the
   * waiting batch fits. When it has ended, frames are no longer read.
   */
  readonly into: Pick<Mailbox<FrameBatch>, "offer" | "offerUnsafe">
}

export interface SocketStats {
  readonly frames: number
  readonly bytes: number
  /** How often, and for how many milliseconds in all, the socket was paused because the mailbox was full. */
  readonly pauses: number
  readonly pausedMillis: number
  readonly paused: boolean
  /** When the last bytes of any kind came, ping and pong included: milliseconds of the clock that nobody sets (`monotonicMillis`). */
  readonly lastActivity: number
}

export interface Socket {
  /** Sends a text message; fails with `send_failed` or `closed`. */
  readonly send: (text: string) => Effect.Effect<void, ConnectionError>
  /** Sends a ping frame; the answer counts as activity. Server pings are answered by the implementation at once. */
  readonly ping: Effect.Effect<void, ConnectionError>
  /** Fails when the socket ends, whoever ended it. Frames read before are already in the mailbox or waiting to be. */
  readonly closed: Effect.Effect<never, ConnectionError>
  readonly stats: () => SocketStats
}

/** Opens exchange sockets. Closing the scope stops reading, hands over what was read, then closes (code 1000). */
export class Connector extends Context.Service<
  Connector,
  {
    readonly connect: (options: ConnectOptions) => Effect.Effect<Socket, ConnectionError, Scope.Scope>
  }
>()("millrace/services/Connector") {}
