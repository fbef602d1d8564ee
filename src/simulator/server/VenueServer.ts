import { createServer, type IncomingMessage, STATUS_CODES } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { Effect, type Scope } from "effect"
import { WebSocketServer } from "ws"
import type { Route, VenueName } from "../venues/Protocol.ts"
import type { Deferrals } from "./Deferrals.ts"
import type { Exchange } from "./Exchange.ts"
import type { Interference } from "./Interference.ts"
import { makeRestServer } from "./RestServer.ts"
import type { SentLog } from "./SentLog.ts"
import { makeSession, type Session, type SlowReader } from "./Session.ts"
import { SimulatorError } from "./SimulatorError.ts"
import { type RollingWindow, rollingWindow } from "./Windows.ts"

/** One venue's WebSocket and REST server: one port for both, as the paths differ. */
export interface VenueServer {
  readonly venue: VenueName
  readonly port: number
  readonly wsEndpoint: string
  readonly restEndpoint: string
  readonly sessions: ReadonlySet<Session>
  readonly counters: Counters
}

export interface Counters {
  /** WebSocket handshakes that were asked for, and those refused. */
  attempts: number
  refusals: number
  /** WebSocket connections ever. */
  accepted: number
  requests: number
  /** Messages of connections that have ended. */
  endedMessages: number
}

export interface VenueServerOptions {
  readonly exchange: Exchange
  readonly host: string
  readonly port: number
  readonly now: () => number
  readonly marketNow: () => number
  readonly deferrals: Deferrals
  readonly sent: SentLog
  readonly delivered: SentLog
  readonly interference: Interference
  readonly slowReader: SlowReader
}

const refuse = (socket: Socket, status: number, retryAfterSeconds?: number): void => {
  const retry = retryAfterSeconds === undefined ? "" : `Retry-After: ${retryAfterSeconds}\r\n`
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nConnection: close\r\n${retry}Content-Length: 0\r\n\r\n`,
  )
}

/** The door: interference first, then the limit of attempts, then the path; what passes becomes a session. */
const makeDoor = (options: VenueServerOptions, sessions: Set<Session>, counters: Counters) => {
  const { deferrals, exchange, interference, now } = options
  const { limits, protocol } = exchange
  const webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: 1024 * 1024,
    // The session answers: through its outbox, where faults hold bytes back.
    autoPong: false,
  })
  const windows = new Map<string, RollingWindow>()
  /** Handshakes whose answer is late. */
  const kept = new Set<Socket>()

  const windowOf = (address: string): RollingWindow => {
    const known = windows.get(address)
    if (known !== undefined) return known
    const made = rollingWindow(limits.attempts, limits.attemptWindowMillis)
    windows.set(address, made)
    return made
  }
  const accept = (request: IncomingMessage, socket: Socket, head: Buffer, route: Route): void =>
    webSockets.handleUpgrade(request, socket, head, (ws) => {
      const session = makeSession({ ...options, id: ++counters.accepted, ws, socket, route })
      sessions.add(session)
      ws.once("close", () => {
        sessions.delete(session)
        counters.endedMessages += session.messages()
      })
    })

  const knock = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    const url = request.url ?? "/"
    counters.attempts++
    const turnAway = (status: number, retryAfterSeconds?: number) => {
      counters.refusals++
      refuse(socket, status, retryAfterSeconds)
    }
    socket.on("error", () => {})
    const target = URL.parse(url, "http://localhost")
    const route = target === null ? undefined : protocol.route(target.pathname, target.searchParams)
    const welcome = interference.connect?.({
      venue: protocol.venue,
      url,
      streams: route?.streams ?? [],
      attempt: counters.attempts,
    }) ?? { type: "accept" }
    if (welcome.type === "refuse") return turnAway(welcome.status, welcome.retryAfterSeconds)
    if (welcome.type === "reset") {
      counters.refusals++
      return void socket.resetAndDestroy()
    }
    if (!windowOf(socket.remoteAddress ?? "").take(now()))
      return turnAway(429, Math.ceil(limits.attemptWindowMillis / 1000))
    if (route === undefined) return turnAway(404)
    kept.add(socket)
    deferrals.after(welcome.afterMillis ?? 0, () => {
      if (kept.delete(socket)) accept(request, socket, head, route)
    })
  }

  return {
    knock,
    close: () => {
      for (const socket of kept) socket.destroy()
      kept.clear()
    },
  }
}

/** Listens until the scope ends. */
export const listen = Effect.fn("Simulator.listen")(function* (
  options: VenueServerOptions,
): Effect.fn.Return<VenueServer, SimulatorError, Scope.Scope> {
  const { exchange, host, port } = options
  const { venue } = exchange.protocol
  const sessions = new Set<Session>()
  const counters: Counters = { attempts: 0, refusals: 0, accepted: 0, requests: 0, endedMessages: 0 }
  const rest = makeRestServer(options)
  const server = createServer((request, response) => {
    counters.requests++
    rest(request, response)
  })
  const door = makeDoor(options, sessions, counters)
  server.on("upgrade", (request, socket, head) => door.knock(request, socket as Socket, head))

  const bind = Effect.callback<void, SimulatorError>((resume) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const detail =
        cause.code === "EADDRINUSE"
          ? `port ${port} of ${host} is in use (for ${venue}); choose another one (--port) or stop the program that has it`
          : `cannot listen on ${host}:${port} for ${venue}: ${cause.message}`
      resume(Effect.fail(new SimulatorError({ reason: "listen", detail })))
    })
    server.listen(port, host, () => resume(Effect.void))
  })
  const close = Effect.callback<void>((resume) => {
    door.close()
    for (const session of sessions) session.end()
    server.closeAllConnections()
    server.close(() => resume(Effect.void))
  })
  yield* Effect.acquireRelease(bind, () => close)

  const bound = (server.address() as AddressInfo).port
  const shown = host.includes(":") ? `[${host}]` : host
  return {
    venue,
    port: bound,
    wsEndpoint: `ws://${shown}:${bound}`,
    restEndpoint: `http://${shown}:${bound}`,
    sessions,
    counters,
  }
})
