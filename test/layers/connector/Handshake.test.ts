import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { createHash } from "node:crypto"
import { type AddressInfo, createServer, type Socket as TcpSocket } from "node:net"
import * as Ws from "../../../layers/connector/Ws.ts"
import { Connector } from "../../../services/Connector.ts"
import { heartbeat } from "../../../src/collect/connections/Heartbeat.ts"
import type { FrameBatch } from "../../../src/domain/Frame.ts"
import * as Mailbox from "../../../src/runtime/Mailbox.ts"
import { until } from "../../support/webSocketServer.ts"

/** A TCP server on loopback that does what it likes with what it hears. */
const tcpServer = (onText: (socket: TcpSocket, text: string) => void) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly sockets: ReadonlyArray<TcpSocket> }>((resume) => {
      const sockets: Array<TcpSocket> = []
      const server = createServer((socket) => {
        sockets.push(socket)
        socket.on("error", () => {})
        socket.on("data", (data) => onText(socket, data.toString("latin1")))
      })
      server.listen(0, "127.0.0.1", () =>
        resume(Effect.succeed({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets })),
      )
    }),
    ({ sockets }) =>
      Effect.sync(() => {
        for (const socket of sockets) socket.destroy()
      }),
  )

const answerTo = (request: string): string => {
  const key = /sec-websocket-key: (\S+)/i.exec(request)?.[1] ?? ""
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64")
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`
}

const connect = Effect.fnUntraced(function* (url: string, handshakeTimeoutMillis: number) {
  const into = yield* Mailbox.make<FrameBatch>({ name: "frames", capacity: { items: 8, bytes: 1 << 20 } })
  const connector = yield* Connector
  return yield* connector.connect({
    connection: "test/1",
    url,
    handshakeTimeoutMillis,
    maxFrameBytes: 1 << 20,
    into,
  })
})

const live = (name: string, test: Effect.Effect<unknown, unknown, Connector | Scope.Scope>) =>
  it.live(name, () => Effect.scoped(test).pipe(Effect.provide(Ws.layer)))

describe("a server that", () => {
  live(
    "takes the connection and never answers is given up when the handshake's time is over",
    Effect.gen(function* () {
      const server = yield* tcpServer(() => {})
      const error = yield* Effect.flip(connect(server.url, 200))
      assert.strictEqual(error.reason, "handshake_timeout")
      yield* until("it is torn down", () => server.sockets[0]?.destroyed === true)
    }),
  )

  live(
    "answers byte by byte is given up when the handshake's time is over, though it is never silent",
    Effect.gen(function* () {
      // A machine that is held up for the whole time hears nothing of it: it is given more.
      for (let limit = 300, said = 0, length = 0; said < 2; limit *= 5) {
        const server = yield* tcpServer((socket, request) => {
          const answer = answerTo(request)
          length = answer.length
          const timer = setInterval(() => {
            if (socket.destroyed || said === length - 1) clearInterval(timer)
            else socket.write(answer[said++]!)
          }, limit / 15)
        })
        const error = yield* Effect.flip(connect(server.url, limit))
        assert.strictEqual(error.reason, "handshake_timeout")
        assert.isTrue(said === 0 || said < length - 1, "it never was silent")
        yield* until("it is torn down", () => server.sockets[0]?.destroyed === true)
      }
    }),
  )

  live(
    "answers slowly but in time is let in",
    Effect.gen(function* () {
      const server = yield* tcpServer((socket, request) => {
        const answer = answerTo(request)
        const half = answer.length >> 1
        socket.write(answer.slice(0, half))
        setTimeout(() => socket.write(answer.slice(half)), 100)
      })
      const socket = yield* connect(server.url, 30_000)
      assert.isFalse(socket.stats().paused)
    }),
  )

  live(
    "has not answered yet does not hold up a stop",
    Effect.gen(function* () {
      const server = yield* tcpServer(() => {})
      const scope = yield* Scope.make()
      const connecting = yield* Effect.forkChild(connect(server.url, 60_000).pipe(Scope.provide(scope)))
      yield* until("it is there", () => server.sockets.length === 1)
      yield* Fiber.interrupt(connecting)
      yield* Scope.close(scope, Exit.void)
      yield* until("it is torn down", () => server.sockets[0]!.destroyed)
    }),
  )

  live(
    "reads nothing and says nothing more is found by the heartbeat, with the cause that it stalled",
    Effect.gen(function* () {
      const server = yield* tcpServer((socket, request) => {
        if (!request.startsWith("GET")) return
        socket.write(answerTo(request))
        socket.pause()
      })
      const socket = yield* connect(server.url, 30_000)
      const error = yield* Effect.flip(heartbeat(socket, server.url, 200))
      assert.deepStrictEqual([error.reason, error.interruption], ["closed", "stall"])
    }),
  )

  live(
    "sends half of a frame and no more is found as well",
    Effect.gen(function* () {
      const server = yield* tcpServer((socket, request) => {
        if (!request.startsWith("GET")) return
        socket.write(answerTo(request))
        // A text of 125 bytes begins, and does not end.
        socket.write(Buffer.concat([Buffer.from([0x81, 125]), Buffer.alloc(50, "x")]))
      })
      const socket = yield* connect(server.url, 30_000)
      const error = yield* Effect.flip(heartbeat(socket, server.url, 200))
      assert.strictEqual(error.interruption, "stall")
    }),
  )
})
