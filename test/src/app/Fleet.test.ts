import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { FetchHttpClient } from "effect/http"
import { Environment } from "../../../services/Environment.ts"
import { type ConfigInput, MillraceNode, NativePlugin } from "../../../src/index.ts"
import { startControl } from "../../support/control.ts"
import { eventually, freePort } from "../../support/process.ts"

/** A node of its own plugin, which fails at its first task. */
const startNode = Effect.fnUntraced(function* (name: string, plane: string, gateway: number) {
  let calls = 0
  const plugin = NativePlugin.layer({
    name: "native",
    heartbeatExtra: Effect.succeed({ capabilities: ["kline"] }),
    onTrigger: ({ tasks }) =>
      Effect.sync(() => ({
        task_results: tasks
          .filter(({ invalid }) => invalid === 0)
          .map(({ task_id }) =>
            ++calls === 1
              ? { task_id, status: 4, result: "upstream 429" }
              : { task_id, status: 2, result: "" },
          ),
      })),
  })
  const { hostname, port } = new URL(plane)
  const config: ConfigInput = {
    system: { version: "v1" },
    gateway: { port: gateway },
    heartbeat: { server_ip: hostname, server_port: Number(port), interval: 1 },
    triggers: [{ name: "each-second", type: "timer", settings: { cron: "* * * * * * *" } }],
    journal: { kind: "memory" },
    sinks: [],
  }
  yield* Layer.build(MillraceNode.layer({ config, plugin }).pipe(Layer.provide(Logger.layer([])))).pipe(
    Effect.provideService(Environment, { SCF_FUNCTIONNAME: name }),
  )
})

describe("a node under a control plane", { timeout: 120_000 }, () => {
  it.live("is listed with how it fares, and its task with what went wrong until it works", () =>
    Effect.gen(function* () {
      const gateway = yield* freePort
      const { client, post, url } = yield* startControl({
        nodes: [{ id: "n1", url: `http://127.0.0.1:${gateway}` }],
      })
      yield* startNode("n1", url, gateway)
      yield* post("/task", {
        action: "create_task",
        task_id: "t1",
        project_id: "p",
        dataset: "d",
        data_type: "kline",
        source: "binance",
        symbols: ["BTCUSDT"],
        frequency: "1m",
      })
      const node = yield* eventually(
        "it says how it fares, and holds its list",
        Effect.map(client.nodes(), ([first]) =>
          first?.metrics?.["error_count"] === 1 && first.current ? first : undefined,
        ),
      )
      const { metrics = {} } = node
      assert.deepStrictEqual([node.nodeId, node.capabilities, node.instances], ["n1", ["kline"], 1])
      assert.strictEqual(node.measuredBy, "heartbeat")
      assert.isAbove(Number(metrics["cpu_usage"]), 0)
      assert.isAbove(Number(metrics["memory_usage"]), 0)
      assert.isBelow(Number(metrics["success_rate"]), 1)
      assert.deepInclude(metrics, { task_count: 1, error_count: 1, last_error: "t1: upstream 429" })
      yield* eventually(
        "its task has no error any more",
        Effect.map(client.getTask({ params: { id: "t1" } }), ({ lastError, state }) =>
          lastError === undefined && state === "running" ? true : undefined,
        ),
      )
    }).pipe(Effect.provide(FetchHttpClient.layer), Effect.scoped),
  )
})
