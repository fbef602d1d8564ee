import { Effect, type Scope } from "effect"
import type { AddressInfo } from "node:net"
import { WebSocket, WebSocketServer } from "ws"

export interface Frame {
  readonly data: Buffer
  readonly binary: boolean
}

export interface ExchangeProxy {
  readonly wsEndpoint: string
  /** Messages of the exchange that were passed on. */
  readonly passedOn: () => number
  /** Sent to the client between the exchange's messages, one after each `every`-th. Completes when all are sent. */
  readonly inject: (frames: ReadonlyArray<Frame>, every: number) => Effect.Effect<void>
}

/** Stands between a client and an exchange's WebSocket server and passes on what both say, and whatever a test adds. */
export const exchangeProxy = (exchange: string): Effect.Effect<ExchangeProxy, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<ExchangeProxy & { readonly close: () => void }>((resume) => {
      const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false })
      const sockets = new Set<WebSocket>()
      let passedOn = 0
      let pending: ReadonlyArray<Frame> = []
      let every = 1
      let sent = () => {}

      const injectInto = (client: WebSocket) => {
        const [next, ...rest] = pending
        if (next === undefined || passedOn % every !== 0) return
        pending = rest
        client.send(next.data, { binary: next.binary })
        if (rest.length === 0) sent()
      }

      server.on("connection", (client, request) => {
        const upstream = new WebSocket(exchange + (request.url ?? ""), { perMessageDeflate: false })
        const early: Array<string> = []
        for (const socket of [client, upstream]) {
          sockets.add(socket)
          socket.on("error", () => {})
        }
        client.on("message", (data: Buffer) => {
          const text = data.toString("utf8")
          if (upstream.readyState === WebSocket.OPEN) upstream.send(text)
          else early.push(text)
        })
        upstream.on("open", () => {
          for (const text of early.splice(0)) upstream.send(text)
        })
        upstream.on("message", (data: Buffer) => {
          passedOn++
          client.send(data, { binary: false })
          injectInto(client)
        })
        client.on("close", () => upstream.terminate())
        upstream.on("close", () => client.terminate())
      })
      server.on("listening", () =>
        resume(
          Effect.succeed({
            wsEndpoint: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
            passedOn: () => passedOn,
            inject: (frames, each) =>
              Effect.callback((done) => {
                pending = frames
                every = each
                sent = () => done(Effect.void)
              }),
            close: () => {
              for (const socket of sockets) socket.terminate()
              server.close()
            },
          }),
        ),
      )
    }),
    ({ close }) => Effect.sync(close),
  )
