import { NodeServices } from "@effect/platform-node"
import { Effect, Layer, Logger } from "effect"
import { HttpApiClient } from "effect/http-api"
import { join } from "node:path"
import * as LocalSecrets from "../../layers/secrets/Local.ts"
import { layer as controlLayer } from "../../src/app/Control.ts"
import { ControlApi } from "../../src/app/ControlApi.ts"
import { AppConfig } from "../../src/config/AppConfig.ts"
import type { ConfigInput } from "../../src/config/Sections.ts"
import { heartbeatPath, statusPath } from "./nodePeers.ts"
import { eventually, freePort, request, temporaryFolder } from "./process.ts"
import { parsePrometheus } from "./prometheus.ts"

/** A control plane in this process, and what it is asked. */
export const startControl = Effect.fnUntraced(function* (
  control: ConfigInput["control"] = {},
  more: ConfigInput = {},
) {
  const port = yield* freePort
  const path = join(yield* temporaryFolder, "control")
  yield* Layer.build(
    controlLayer({ version: "1.2.3" }).pipe(
      Layer.provide(AppConfig.layerFrom({ server: { port }, control: { path, ...control }, ...more })),
      Layer.provide(LocalSecrets.layer),
      Layer.provide(NodeServices.layer),
      Layer.provide(Logger.layer([])),
    ),
  )
  const url = `http://127.0.0.1:${port}`
  const post = (to: string, body: unknown): Effect.Effect<unknown> =>
    Effect.map(request(`${url}${to}`, "POST", body), ({ text }) => JSON.parse(text) as unknown)
  const client = yield* HttpApiClient.make(ControlApi, { baseUrl: url })
  yield* eventually("it answers", client.health())
  return {
    url,
    client,
    post,
    beat: (node: string, md5: string, fields: object = {}) =>
      post(heartbeatPath, { node_id: node, node_type: "scf", tasks_md5: md5, ...fields }),
    report: (node: string, id: string, status: number, result = "") =>
      post(statusPath, { id, node_id: node, status, result }),
    metric: Effect.fnUntraced(function* (name: string) {
      const family = parsePrometheus((yield* request(`${url}/metrics`)).text).get(`millrace_${name}`)
      return Object.fromEntries(
        (family?.samples ?? []).map(({ labels, value }) => [Object.values(labels).join(" "), value]),
      )
    }),
  }
})

export type Control = Effect.Success<ReturnType<typeof startControl>>
