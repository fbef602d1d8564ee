import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, describe, it } from "@effect/vitest"
import { ByteSize, Effect } from "effect"
import { HttpIncomingMessage, HttpServer } from "effect/http"
import { createServer } from "node:http"
import type { Draft } from "../../../../src/nodes/Dispatch.ts"
import { httpRoute } from "../../../../src/nodes/triggers/Http.ts"

describe("a trigger of HTTP", () => {
  it.live("refuses a body that is larger than is read, says so to the node, and takes the next one", () =>
    Effect.gen(function* () {
      const fired: Array<Draft> = []
      const unread: Array<string> = []
      const { handle } = httpRoute(
        { name: "hook", path: "/hook", method: "POST" },
        (draft) =>
          Effect.sync(() => {
            fired.push(draft)
            return { task_results: [], data_points: [], write_groups: [], records: [] }
          }),
        (error) => Effect.sync(() => void unread.push(error)),
      )
      const server = yield* NodeHttpServer.make(createServer, { host: "127.0.0.1", port: 0 })
      yield* server
        .serve(handle)
        .pipe(Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.mebibytes(1)))
      const url = HttpServer.formatAddress(server.address)
      const post = (body: string) =>
        Effect.promise(() =>
          fetch(url, { method: "POST", body }).then(async (answer) => ({
            status: answer.status,
            body: (await answer.json()) as { readonly error?: string },
          })),
        )
      const large = yield* post("x".repeat(2 * 1024 * 1024))
      assert.strictEqual(large.status, 413)
      assert.match(large.body.error ?? "", /larger than 1 MiB/)
      assert.deepStrictEqual(unread, [`trigger hook: ${large.body.error}`])
      assert.deepStrictEqual(fired, [])
      assert.strictEqual((yield* post('{"n":7}')).status, 200)
      assert.deepStrictEqual(fired[0]?.message, { n: 7 })
    }).pipe(Effect.scoped),
  )
})
