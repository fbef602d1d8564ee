import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as Ws from "../../../layers/connector/Ws.ts"
import { Connector } from "../../../services/Connector.ts"
import { type FrameBatch, maxFrames } from "../../../src/domain/Frame.ts"
import * as Mailbox from "../../../src/runtime/Mailbox.ts"
import { until, webSocketServer } from "../../support/webSocketServer.ts"

const mailbox = (items = 1000, bytes = 1 << 20) =>
  Mailbox.make<FrameBatch>({ name: "frames", capacity: { items, bytes }, sizeOf: (batch) => batch.bytes })

const options = (url: string, into: Mailbox.Mailbox<FrameBatch>) => ({
  connection: "test/1",
  url,
  handshakeTimeoutMillis: 30_000,
  maxFrameBytes: 1 << 20,
  into,
})

const connect = (url: string, into: Mailbox.Mailbox<FrameBatch>, more = {}) =>
  Effect.flatMap(Connector, (connector) => connector.connect({ ...options(url, into), ...more }))

const texts = (batches: ReadonlyArray<FrameBatch>) =>
  batches.flatMap(({ frames }) =>
    Array.from({ length: frames.length }, (_, index) => frames.at(index)!.toString()),
  )

/** Takes until so many frames have come. */
const takeFrames = Effect.fnUntraced(function* (into: Mailbox.Mailbox<FrameBatch>, count: number) {
  const batches: Array<FrameBatch> = []
  while (texts(batches).length < count) batches.push(...(yield* into.takeAll))
  return batches
})

const live = (name: string, test: Effect.Effect<unknown, unknown, Connector | Scope.Scope>) =>
  it.live(name, () => Effect.scoped(test).pipe(Effect.provide(Ws.layer)))

describe("Ws", () => {
  live(
    "frames sent right behind the handshake are delivered, in order, stamped when they were read",
    Effect.gen(function* () {
      const server = yield* webSocketServer((socket) => {
        for (let n = 0; n < 1000; n++) socket.send(String(n))
      })
      const into = yield* mailbox()
      // The product's own clock: it may be off the system's where that was set meanwhile.
      const before = Number((yield* Clock.currentTimeNanos) / 1000n) / 1000
      const socket = yield* connect(server.url, into)
      const batches = yield* takeFrames(into, 1000)
      assert.deepStrictEqual(
        texts(batches),
        Array.from({ length: 1000 }, (_, n) => String(n)),
      )
      for (const batch of batches) {
        assert.isAtMost(batch.frames.length, maxFrames)
        assert.strictEqual(batch.receivedAt.length, batch.frames.length)
        assert.isAtLeast(batch.receivedAt[0]!, before)
      }
      assert.strictEqual(socket.stats().frames, 1000)
    }),
  )

  live(
    "messages of any size, whole and in fragments, with pings between, come in the order they were sent",
    Effect.gen(function* () {
      const sizes = [0, 1, 125, 126, 3000, 65_535, 65_536, 200_000]
      const expected: Array<string> = []
      let pongs = 0
      const server = yield* webSocketServer((peer) => {
        peer.on("pong", () => pongs++)
        for (let n = 0; n < 400; n++) {
          const message = `${n}:${"x".repeat(sizes[n % sizes.length]!)}`
          expected.push(message)
          if (n % 7 === 0) peer.ping()
          if (n % 5 > 0) peer.send(message)
          else {
            peer.send(message.slice(0, 2), { fin: false })
            peer.ping()
            peer.send(message.slice(2), { fin: true })
          }
        }
        peer.send("")
        expected.push("")
      })
      const into = yield* mailbox(1000, 1 << 26)
      yield* connect(server.url, into)
      assert.deepStrictEqual(texts(yield* takeFrames(into, expected.length)), expected)
      yield* until("each ping is answered", () => pongs === 80 + 58)
    }),
  )

  live(
    "a full mailbox pauses the socket down to TCP, and nothing is lost when it empties",
    Effect.gen(function* () {
      const count = 20_000
      const payload = "x".repeat(1000)
      let sent = 0
      const server = yield* webSocketServer((peer) => {
        const send = (): void => {
          while (sent < count && peer.bufferedAmount < 1 << 16) peer.send(`${sent++}:${payload}`)
          if (sent < count) setTimeout(send, 1)
        }
        send()
      })
      const into = yield* mailbox(4, 64 * 1024)
      const socket = yield* connect(server.url, into)
      yield* until("the socket is paused", () => socket.stats().paused)
      // Until the buffers of both systems are full.
      for (let before = -1; before < sent;) {
        before = sent
        yield* Effect.sleep(300)
      }
      assert.isBelow(sent, count, "the sender is held back by TCP")
      const all = texts(yield* takeFrames(into, count))
      assert.strictEqual(all.length, count)
      all.forEach((text, n) => assert.isTrue(text.startsWith(`${n}:`)))
      assert.isAbove(socket.stats().pauses, 0)
      assert.isAbove(socket.stats().pausedMillis, 0)
    }),
  )

  // On the test's clock, which stands: a peer that is held up for a second would be closed without its goodbye.
  it.effect("closing hands over what was read, then says goodbye with 1000", () =>
    Effect.gen(function* () {
      let closeCode = 0
      const server = yield* webSocketServer((socket) => socket.on("close", (code) => (closeCode = code)))
      const into = yield* mailbox(1)
      const scope = yield* Scope.make()
      yield* connect(server.url, into).pipe(Scope.provide(scope))
      const peer = yield* TestClock.withLive(server.socket(0))
      for (let n = 0; n < 3000; n++) peer.send(String(n))
      yield* TestClock.withLive(until("some are waiting", () => into.stats().waitingOffers > 0))
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      const received: Array<string> = []
      const reader = yield* Effect.forkChild(
        Effect.forever(Effect.map(Effect.orDie(into.takeAll), (batches) => received.push(...texts(batches)))),
      )
      yield* Fiber.join(closing)
      yield* TestClock.withLive(until("the goodbye", () => closeCode !== 0))
      yield* Fiber.interrupt(reader)
      assert.strictEqual(closeCode, 1000)
      assert.isAbove(received.length, 0)
      received.forEach((text, n) => assert.strictEqual(text, String(n)))
    }).pipe(Effect.scoped, Effect.provide(Ws.layer)),
  )

  live(
    "a close by the peer fails with its code and words",
    Effect.gen(function* () {
      const server = yield* webSocketServer()
      const socket = yield* connect(server.url, yield* mailbox())
      ;(yield* server.socket(0)).close(1008, "too many requests")
      const error = yield* Effect.flip(socket.closed)
      assert.strictEqual(error.reason, "closed")
      assert.strictEqual(error.code, 1008)
      assert.include(error.message, "too many requests")
    }),
  )

  live(
    "a reset fails as a reset",
    Effect.gen(function* () {
      const server = yield* webSocketServer()
      const socket = yield* connect(server.url, yield* mailbox())
      ;(yield* server.socket(0)).terminate()
      assert.strictEqual((yield* Effect.flip(socket.closed)).reason, "reset")
    }),
  )

  live(
    "a message over the limit ends the connection and says so",
    Effect.gen(function* () {
      const server = yield* webSocketServer((socket) => socket.send("x".repeat(2000)))
      const socket = yield* connect(server.url, yield* mailbox(), { maxFrameBytes: 1000 })
      assert.strictEqual((yield* Effect.flip(socket.closed)).reason, "too_large")
    }),
  )

  live(
    "a rejected handshake carries the status and Retry-After",
    Effect.gen(function* () {
      const server = yield* webSocketServer()
      server.http.removeAllListeners("upgrade")
      server.http.on("upgrade", (_request, socket) => {
        socket.end("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n")
      })
      const error = yield* Effect.flip(connect(server.url, yield* mailbox()))
      assert.strictEqual(error.reason, "handshake_rejected")
      assert.strictEqual(error.code, 429)
      assert.strictEqual(error.retryAfterMillis, 7000)
    }),
  )

  live(
    "a handshake without an answer is given up",
    Effect.gen(function* () {
      const server = yield* webSocketServer()
      server.http.removeAllListeners("upgrade")
      server.http.on("upgrade", () => {})
      const given = connect(server.url, yield* mailbox(), { handshakeTimeoutMillis: 300 })
      assert.strictEqual((yield* Effect.flip(given)).reason, "handshake_timeout")
    }),
  )

  live(
    "a port where nobody listens is refused",
    Effect.gen(function* () {
      const error = yield* Effect.flip(connect("ws://127.0.0.1:1", yield* mailbox()))
      assert.strictEqual(error.reason, "refused")
      assert.include(error.message, "ws://127.0.0.1:1")
    }),
  )

  live(
    "texts and pings reach the peer; both sides' pings count as activity",
    Effect.gen(function* () {
      const heard: Array<string> = []
      const server = yield* webSocketServer((peer) => {
        peer.on("message", (text) => heard.push(String(text)))
        peer.on("ping", () => heard.push("ping"))
      })
      const socket = yield* connect(server.url, yield* mailbox())
      yield* socket.send("hello")
      yield* socket.ping
      yield* until("both", () => heard.length === 2)
      assert.deepStrictEqual(heard, ["hello", "ping"])
      const before = socket.stats().lastActivity
      yield* Effect.sleep(20)
      const peer = yield* server.socket(0)
      let pongs = 0
      peer.on("pong", () => pongs++)
      peer.ping()
      yield* until("the pong", () => pongs === 1)
      assert.isAbove(socket.stats().lastActivity, before)
    }),
  )
})
