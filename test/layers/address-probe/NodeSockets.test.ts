import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { createServer as createTlsServer } from "node:https"
import { type AddressInfo, createServer, type Server } from "node:net"
import { join } from "node:path"
import * as NodeSockets from "../../../layers/address-probe/NodeSockets.ts"
import { AddressProbe, type ProbeTarget } from "../../../services/AddressProbe.ts"
import { startPeer } from "../../support/nodePeers.ts"
import { freePort, temporaryFolder } from "../../support/process.ts"

const probe = (
  target: Omit<ProbeTarget, "address" | "timeoutMillis"> & { readonly timeoutMillis?: number },
) =>
  Effect.flatMap(AddressProbe, ({ probe }) =>
    probe({ address: "127.0.0.1", timeoutMillis: 30_000, ...target }),
  ).pipe(
    Effect.match({ onFailure: ({ detail }) => detail, onSuccess: () => "it serves" }),
    Effect.provide(NodeSockets.layer),
  )

const listening = (server: Server) =>
  Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed((server.address() as AddressInfo).port)))
    }),
    () => Effect.promise(() => new Promise((resolve) => server.close(resolve))),
  )

const asked = { secure: false, host: "api.example", method: "GET", path: "/ping?x=1", expectedStatus: 200 }

describe("a probe", () => {
  it.live("by a connection says whether one is taken", () =>
    Effect.gen(function* () {
      const port = yield* listening(createServer((socket) => socket.destroy()))
      assert.strictEqual(yield* probe({ port }), "it serves")
      assert.include(yield* probe({ port: yield* freePort }), "ECONNREFUSED")
    }).pipe(Effect.scoped),
  )

  it.live("by a request asks in the name's own words, and only the expected status counts", () =>
    Effect.gen(function* () {
      const peer = yield* startPeer(({ path }) => ({ status: path === "/ping?x=1" ? 200 : 503 }))
      assert.strictEqual(yield* probe({ port: peer.port, request: asked }), "it serves")
      assert.strictEqual(peer.heard()[0]?.headers.host, "api.example")
      assert.strictEqual(
        yield* probe({ port: peer.port, request: { ...asked, path: "/else" } }),
        "GET /else answered 503, not 200",
      )
    }).pipe(Effect.scoped),
  )

  it.live("ends at its limit, and leaves no connection behind", () =>
    Effect.gen(function* () {
      let open = 0
      const silent = createServer((socket) => {
        open++
        socket.on("close", () => open--)
        socket.on("error", () => {}).resume()
      })
      const port = yield* listening(silent)
      assert.strictEqual(yield* probe({ port, timeoutMillis: 200, request: asked }), "no answer in 200 ms")
      while (open > 0) yield* Effect.sleep("10 millis")
    }).pipe(Effect.scoped),
  )

  it.live("with TLS wants a certificate of the name that this machine trusts", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")]
      execFileSync(
        "openssl",
        [
          "req",
          "-x509",
          "-newkey",
          "ec",
          "-pkeyopt",
          "ec_paramgen_curve:prime256v1",
          "-nodes",
          "-days",
          "1",
        ].concat([
          "-subj",
          "/CN=api.example",
          "-addext",
          "subjectAltName=DNS:api.example",
          "-keyout",
          key,
          "-out",
          cert,
        ]),
        { stdio: "ignore" },
      )
      const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) =>
        response.end(),
      )
      const port = yield* listening(server)
      assert.include(yield* probe({ port, request: { ...asked, secure: true } }), "self-signed certificate")
    }).pipe(Effect.scoped),
  )
})
