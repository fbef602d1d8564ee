import { Clock, Deferred, Effect, Layer, Option } from "effect"
import type { IncomingMessage } from "node:http"
import type { Socket as NetSocket } from "node:net"
import WebSocket from "ws"
import { type ConnectOptions, ConnectionError, Connector, type Socket } from "../../services/Connector.ts"
import { monotonicMillisOf } from "../../src/runtime/Monotonic.ts"
import { proxyAgent } from "../support/ProxyAgent.ts"
import { type Ingest, makeIngest } from "./Ingest.ts"
import { listen } from "./Messages.ts"

/** How long closing may take: handing over what was read, then the closing handshake. */
const handOverDeadline = "5 seconds"
const closeDeadline = "1 second"

const errorOf = (url: string, error: Error & { readonly code?: string }): ConnectionError => {
  if (error.message.includes("handshake has timed out"))
    return new ConnectionError({
      reason: "handshake_timeout",
      url,
      detail: "the WebSocket handshake took too long",
    })
  if (error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH")
    return new ConnectionError({
      reason: "too_large",
      url,
      detail: `a message is larger than the limit: ${error.message}`,
    })
  const reason = error.code === "ECONNRESET" || error.code === "EPIPE" ? "reset" : "refused"
  return new ConnectionError({
    reason,
    url,
    detail: error.message === "" ? (error.code ?? "unknown error") : error.message,
  })
}

const rejectionOf = (url: string, response: IncomingMessage): ConnectionError => {
  const retryAfter = Number(response.headers["retry-after"])
  return new ConnectionError({
    reason: "handshake_rejected",
    url,
    code: response.statusCode ?? 0,
    ...(Number.isFinite(retryAfter) ? { retryAfterMillis: retryAfter * 1000 } : {}),
    detail: `the server answered ${response.statusCode} instead of switching to WebSocket`,
  })
}

/** An open WebSocket, and the socket that it was upgraded from. */
interface Opened {
  readonly socket: WebSocket
  readonly raw: NetSocket | undefined
}

/** Opens the socket and leaves no listener of its own behind. */
const shake = (
  options: ConnectOptions,
  onSocket: (socket: WebSocket) => void,
): Effect.Effect<Opened, ConnectionError> =>
  Effect.callback((resume) => {
    let raw: NetSocket | undefined
    const socket = new WebSocket(options.url, {
      // Compression costs 20 times the processor time of a message, and a compressed stream cannot be paused cheaply.
      perMessageDeflate: false,
      handshakeTimeout: options.handshakeTimeoutMillis,
      maxPayload: options.maxFrameBytes,
      // Bytes that are no text are one bad frame, which the decoder counts: no reason to end the connection.
      skipUTF8Validation: true,
      ...(options.proxy === undefined ? {} : { agent: proxyAgent(options.proxy) }),
    })
    onSocket(socket)
    const onOpen = () => {
      socket.off("error", onError)
      socket.off("unexpected-response", onRejected)
      // Frames may follow at once, before the fiber that listens to them runs.
      socket.pause()
      resume(Effect.succeed({ socket, raw }))
    }
    const onError = (error: Error) => resume(Effect.fail(errorOf(options.url, error)))
    const onRejected = (_request: unknown, response: IncomingMessage) => {
      socket.terminate()
      resume(Effect.fail(rejectionOf(options.url, response)))
    }
    socket.once("upgrade", (response) => {
      raw = response.socket
    })
    socket.once("open", onOpen)
    // Stays until the socket is open: terminating a connecting socket emits one more error.
    socket.on("error", onError)
    socket.once("unexpected-response", onRejected)
  })

/**
 * The handshake as a whole has its time: `ws` counts the silence alone, and a peer that says one byte now and then is
 * never silent. An opening that fails or is interrupted is torn down.
 */
const open = (options: ConnectOptions): Effect.Effect<Opened, ConnectionError> =>
  Effect.suspend(() => {
    const { handshakeTimeoutMillis, url } = options
    let socket: WebSocket | undefined
    return shake(options, (made) => {
      socket = made
    }).pipe(
      Effect.timeoutOrElse({
        duration: handshakeTimeoutMillis,
        orElse: () => {
          const detail = `the WebSocket handshake took longer than ${handshakeTimeoutMillis / 1000} s`
          return Effect.fail(new ConnectionError({ reason: "handshake_timeout", url, detail }))
        },
      }),
      Effect.onError(() => Effect.sync(() => socket?.terminate())),
    )
  })

const close = Effect.fnUntraced(function* (socket: WebSocket, ingest: Ingest, url: string) {
  const refused = yield* Effect.timeoutOption(ingest.finish, handOverDeadline)
  if (Option.isNone(refused))
    yield* Effect.logWarning(
      `${ingest.pending()} frames read from ${url} still wait for room after ${handOverDeadline}: what takes them is held up`,
    )
  else if (refused.value > 0)
    yield* Effect.logWarning(`${refused.value} frames read from ${url} are lost: nothing takes them any more`)
  const closed = Effect.callback<void>((resume) => {
    if (socket.readyState === WebSocket.CLOSED) return resume(Effect.void)
    socket.once("close", () => resume(Effect.void))
    socket.close(1000)
    return undefined
  })
  yield* Effect.timeoutOption(closed, closeDeadline)
  socket.terminate()
})

const connect = Effect.fnUntraced(function* (options: ConnectOptions) {
  const { url } = options
  const clock = yield* Clock.Clock
  const ended = Deferred.makeUnsafe<never, ConnectionError>()
  const { raw, socket } = yield* Effect.acquireRelease(
    open(options),
    (opened) => Effect.sync(() => opened.socket.terminate()),
    // A handshake must not hold up a stop.
    { interruptible: true },
  )
  const ingest = yield* makeIngest(options, socket)
  let lastActivity = monotonicMillisOf(clock)
  const active = () => {
    lastActivity = monotonicMillisOf(clock)
  }
  const end = (error: ConnectionError) => void Deferred.doneUnsafe(ended, Effect.fail(error))
  const stopListening = listen(socket, raw, {
    onMessage: ingest.onFrame,
    onRead: active,
    maxFrameBytes: options.maxFrameBytes,
  })
  socket.on("error", (error) => end(errorOf(url, error)))
  socket.on("close", (code, reason) => {
    const said = reason.toString("utf8").slice(0, 200)
    const detail = `the connection was closed (${code}${said === "" ? "" : `: ${said}`})`
    end(new ConnectionError({ reason: code === 1006 ? "reset" : "closed", url, code, detail }))
  })
  yield* Effect.addFinalizer(() => {
    stopListening()
    return close(socket, ingest, url)
  })
  socket.resume()

  const attempt = (what: string, act: (done: (error?: Error | null) => void) => void) =>
    Effect.callback<void, ConnectionError>((resume) => {
      if (socket.readyState !== WebSocket.OPEN)
        return resume(
          Effect.fail(
            new ConnectionError({ reason: "closed", url, detail: `cannot ${what}: the socket is closed` }),
          ),
        )
      act((error) =>
        resume(
          error
            ? Effect.fail(
                new ConnectionError({
                  reason: "send_failed",
                  url,
                  detail: `cannot ${what}: ${error.message}`,
                }),
              )
            : Effect.void,
        ),
      )
    })

  return {
    send: (text) => attempt("send", (done) => socket.send(text, done)),
    ping: attempt("ping", (done) => socket.ping(undefined, undefined, done)),
    closed: Deferred.await(ended),
    stats: () => ({
      frames: ingest.counts.frames,
      bytes: ingest.counts.bytes,
      pauses: ingest.counts.pauses,
      pausedMillis:
        ingest.counts.pausedMillis +
        (ingest.counts.pausedSince === undefined
          ? 0
          : clock.currentTimeMillisUnsafe() - ingest.counts.pausedSince),
      paused: ingest.counts.pausedSince !== undefined,
      lastActivity,
    }),
  } satisfies Socket
})

/** Exchange sockets on `ws`: the one client here that can stop reading, which is what backpressure down to TCP needs. */
export const layer: Layer.Layer<Connector> = Layer.succeed(Connector, Connector.of({ connect }))
