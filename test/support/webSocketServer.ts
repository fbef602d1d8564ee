import { Effect, Schedule } from "effect"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { type WebSocket, WebSocketServer } from "ws"

const pollSchedule = Schedule.spaced("5 millis")

export interface TestServer {
  readonly url: string
  readonly http: Server
  readonly sockets: ReadonlyArray<WebSocket>
  /** The n-th connection, from 0, once it is there. */
  readonly socket: (n: number) => Effect.Effect<WebSocket>
}

/** A real WebSocket server on loopback, closed with the scope. */
export const webSocketServer = (onSocket: (socket: WebSocket) => void = () => {}) =>
  Effect.acquireRelease(
    Effect.callback<TestServer>((resume) => {
      const http = createServer()
      const server = new WebSocketServer({ server: http, perMessageDeflate: false })
      const sockets: Array<WebSocket> = []
      server.on("connection", (socket) => {
        socket.on("error", () => {})
        sockets.push(socket)
        onSocket(socket)
      })
      http.listen(0, "127.0.0.1", () =>
        resume(
          Effect.succeed({
            url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`,
            http,
            sockets,
            socket: (n) =>
              Effect.suspend(() =>
                sockets[n] === undefined ? Effect.fail("not yet" as const) : Effect.succeed(sockets[n]),
              ).pipe(Effect.retry({ schedule: pollSchedule }), Effect.orDie),
          }),
        ),
      )
    }),
    ({ http, sockets }) =>
      Effect.sync(() => {
        for (const socket of sockets) socket.terminate()
        http.close()
        http.closeAllConnections()
      }),
  )

/** Waits until something holds, looking every few milliseconds; fails the test when it never does. */
export const until = (what: string, holds: () => boolean) =>
  Effect.suspend(() => (holds() ? Effect.void : Effect.fail("not yet" as const))).pipe(
    Effect.retry({ schedule: pollSchedule }),
    Effect.timeout("60 seconds"),
    Effect.catch(() => Effect.die(new Error(`never happened: ${what}`))),
  )
