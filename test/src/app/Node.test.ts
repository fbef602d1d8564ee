import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { Environment } from "../../../services/Environment.ts"
import type { TriggerEvent } from "../../../src/domain/TriggerEvent.ts"
import { type ConfigInput, MillraceNode, NativePlugin } from "../../../src/index.ts"
import { at, good, heartbeatPath, startPeer, statusPath } from "../../support/nodePeers.ts"
import { freePort, request, untilTrue } from "../../support/process.ts"

const task = {
  id: 1,
  task_id: "t1",
  rule_id: "r",
  planned_exec_node: "node-1",
  task_params: "{}",
  invalid: 0,
}

describe("a node in an application, with its own plugin", () => {
  it.live(
    "beats with what the plugin adds, calls it, and reports; a plugin that throws is an error and no end",
    () =>
      Effect.gen(function* () {
        const plane = yield* startPeer(({ path }) =>
          path === heartbeatPath ? good([{ package_version: "v1", task_instances: [task] }]) : good(),
        )
        const events: Array<TriggerEvent> = []
        let beats = 0
        const plugin = NativePlugin.layer({
          name: "native",
          heartbeatExtra: Effect.sync(() => ({ beat: ++beats })),
          onTrigger: (event) =>
            Effect.sync(() => {
              events.push(event)
              if (events.length === 1) throw new Error("not yet")
              return { task_results: event.tasks.map(({ task_id }) => ({ task_id, status: 2, result: "" })) }
            }),
        })
        const port = yield* freePort
        const config: ConfigInput = {
          system: { version: "v1" },
          gateway: { port },
          heartbeat: { server_ip: "127.0.0.1", server_port: plane.port, interval: 1 },
          triggers: [{ name: "each-second", type: "timer", settings: { cron: "* * * * * * *" } }],
          journal: { kind: "memory" },
          sinks: [],
        }
        yield* Effect.gen(function* () {
          yield* untilTrue("a result is reported", () => plane.to(statusPath).length > 0)
          assert.deepStrictEqual(plane.to(statusPath)[0]!.body, {
            id: "t1",
            node_id: "node-1",
            status: 2,
            result: "",
          })
          yield* untilTrue("two heartbeats", () => plane.to(heartbeatPath).length >= 2)
          assert.deepStrictEqual(
            plane
              .to(heartbeatPath)
              .slice(0, 2)
              .map(({ body }) => at(body, "beat")),
            [1, 2],
          )
          const probe = yield* request(`http://127.0.0.1:${port}/probe`, "POST", {})
          const metrics = at(JSON.parse(probe.text), "data", "details", "metrics")
          assert.deepInclude(metrics, { task_count: 1, error_count: 1, last_error: "plugin native: not yet" })
          // It is not reached by HTTP.
          assert.strictEqual((yield* request(`http://127.0.0.1:${port}/x`)).status, 404)
        }).pipe(
          Effect.provide(MillraceNode.layer({ config, plugin }).pipe(Layer.provide(Logger.layer([])))),
          Effect.provideService(Environment, { SCF_FUNCTIONNAME: "node-1" }),
        )
      }).pipe(Effect.scoped),
  )
})
