import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import * as Ws from "../../../layers/connector/Ws.ts"
import * as NodeHttp from "../../../layers/rest/NodeHttp.ts"
import { Connector } from "../../../services/Connector.ts"
import { Rest } from "../../../services/Rest.ts"
import type { FrameBatch } from "../../../src/domain/Frame.ts"
import * as Mailbox from "../../../src/runtime/Mailbox.ts"
import { httpProxy, socksProxy } from "../../support/proxies.ts"
import { webSocketServer } from "../../support/webSocketServer.ts"

const httpServer = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; readonly server: Server }>((resume) => {
    const server = createServer((_request, response) => response.end("[1,2,3]"))
    server.listen(0, "127.0.0.1", () =>
      resume(Effect.succeed({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server })),
    )
  }),
  ({ server }) =>
    Effect.sync(() => {
      server.close()
      server.closeAllConnections()
    }),
)

const layers = Layer.merge(Ws.layer, NodeHttp.layer)

describe("proxies", () => {
  for (const [name, make] of [
    ["http", httpProxy],
    ["socks5", socksProxy],
  ] as const) {
    it.live(`a socket through an ${name} proxy carries frames`, () =>
      Effect.gen(function* () {
        const proxy = yield* make
        const server = yield* webSocketServer((socket) => socket.send("through"))
        const into = yield* Mailbox.make<FrameBatch>({ name: "frames", capacity: { items: 10, bytes: 1000 } })
        const connector = yield* Connector
        yield* connector.connect({
          connection: "test/1",
          url: server.url,
          proxy: proxy.url,
          handshakeTimeoutMillis: 30_000,
          maxFrameBytes: 1000,
          into,
        })
        const batch = yield* into.take
        assert.strictEqual(batch.frames.at(0)!.toString(), "through")
        assert.deepStrictEqual(proxy.asked, [server.url.slice("ws://".length)])
      }).pipe(Effect.scoped, Effect.provide(layers)),
    )

    it.live(`a REST request through an ${name} proxy is answered`, () =>
      Effect.gen(function* () {
        const proxy = yield* make
        const { url } = yield* httpServer
        const rest = yield* Rest
        const { body } = yield* rest.get({ url, proxy: proxy.url, timeoutMillis: 30_000 })
        assert.strictEqual(body.toString(), "[1,2,3]")
        assert.deepStrictEqual(proxy.asked, [url.slice("http://".length)])
      }).pipe(Effect.scoped, Effect.provide(layers)),
    )
  }

  it.live("a proxy that is away is said by the connection that needed it", () =>
    Effect.gen(function* () {
      const rest = yield* Rest
      const error = yield* Effect.flip(
        rest.get({ url: "http://127.0.0.1:9/x", proxy: "http://127.0.0.1:1", timeoutMillis: 30_000 }),
      )
      assert.strictEqual(error.reason, "unreachable")
      assert.include(error.message, "127.0.0.1:1")
    }).pipe(Effect.provide(layers)),
  )
})
