import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { startControl } from "../../support/fleet.ts"
import { sharedKafka } from "../../support/kafka.ts"
import { readAll } from "../../support/kafkaReader.ts"
import { startNode } from "../../support/nodes.ts"
import { eventually, freePort, request, temporaryFolder } from "../../support/process.ts"
import { parsePrometheus } from "../../support/prometheus.ts"
import { freshSeed } from "../../support/seed.ts"
import { absent } from "../../support/servers.ts"

const kafka = sharedKafka()

const pythonAbsent = ((): boolean => {
  const found = spawnSync("python3", ["--version"]).status === 0
  if (!found) absent("python3", "no python3 on the PATH")
  return !found
})()

const guidesPlugin = fileURLToPath(new URL("../../support/documentPlugin.py", import.meta.url))

interface NodeOptions {
  readonly name: string
  readonly plane: number
  /** What it says that it can do. */
  readonly capability: string
  readonly script: string
  readonly topic: string
}

/** A node with a plugin in Python, which is called each second, and with Kafka. */
const pythonNode = Effect.fnUntraced(function* ({ capability, name, plane, script, topic }: NodeOptions) {
  const port = yield* freePort
  const node = yield* startNode({
    plane,
    triggers: [{ name: "my-timer", type: "timer", settings: { cron: "* * * * * * *" } }],
    more: {
      heartbeat: { server_ip: "127.0.0.1", server_port: plane, interval: 1 },
      adapter: {
        name: "my-python-plugin",
        url: `http://127.0.0.1:${port}`,
        heartbeatExtra: { capabilities: [capability] },
        command: ["python3", "-u", script, String(port)],
      },
      sinks: [{ name: "kafka", type: "kafka", brokers: kafka!.brokers, topic }],
      telemetry: { logLevel: "debug" },
    },
    env: { SCF_FUNCTIONNAME: name, PLUGIN_PORT: String(port) },
  })
  return {
    ...node,
    counted: (metric: string, labels: Readonly<Record<string, string>>) =>
      eventually(
        `${metric} of ${JSON.stringify(labels)}`,
        Effect.map(request(`${node.apiUrl}/metrics`), ({ text }) => {
          const samples = parsePrometheus(text).get(metric)?.samples ?? []
          return samples.find((sample) =>
            Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
          )?.value
        }),
      ),
  }
})

const task = { action: "create_task", project_id: "p", dataset: "d", source: "example", frequency: "1m" }

describe.skipIf(kafka === undefined || pythonAbsent)("one id", { timeout: 240_000 }, () => {
  it.live("goes from create_task through heartbeat and plugin into Kafka, metrics, log and status", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const template = join(folder, "plugin.py")
      writeFileSync(template, readFileSync("templates/plugin/python/plugin.py", "utf8"))
      const topic = `trace-${process.pid}-${freshSeed()}.{type}.{exchange}.{symbol}`
      const control = yield* startControl()
      const plane = control.port
      const rows = yield* pythonNode({
        name: "rows-1",
        plane,
        capability: "index_price",
        script: template,
        topic,
      })
      const guide = yield* pythonNode({
        name: "guide-1",
        plane,
        capability: "kline",
        script: guidesPlugin,
        topic,
      })

      // Two tasks on one node: which row is whose is told by its symbol.
      const ids = { "trace-a": "BTC-USD", "trace-b": "ETH-USD" }
      for (const [task_id, symbol] of Object.entries(ids))
        yield* control.task({
          ...task,
          task_id,
          data_type: "index_price",
          symbols: [symbol],
          frequency: "@daily",
        })
      yield* control.task({
        ...task,
        task_id: "trace-guide",
        data_type: "kline",
        symbols: ["BTC-USD"],
        frequency: "@daily",
      })

      const found = yield* eventually(
        "records of both tasks in Kafka",
        Effect.map(
          readAll(kafka!, (name) => name.startsWith(topic.split(".")[0]!)),
          (all) => {
            const own = all.filter(({ headers }) => headers["task"] !== undefined)
            return new Set(own.map(({ headers }) => headers["task"])).size === 2 ? own : undefined
          },
        ),
        "2 minutes",
      )
      for (const { headers, key, value } of found) {
        const symbol = ids[headers["task"] as keyof typeof ids]
        assert.strictEqual(key, `${symbol}-INDEX`)
        // The record itself is as the contract has it, and known by the same id as without a task.
        assert.strictEqual(headers["id"], (JSON.parse(value) as { id: string }).id)
        assert.notInclude(value, "trace-")
      }

      for (const task of Object.keys(ids)) {
        assert.isAbove(yield* rows.counted("millrace_task_records_total", { task }), 0)
        assert.isAbove(yield* rows.counted("millrace_task_results_total", { task, outcome: "completed" }), 0)
        const line = yield* rows.says(new RegExp(`^plugin my-python-plugin has done ${task}$`))
        assert.deepInclude(line, { task, nodeID: "rows-1", version: "v1.0.0" })
      }
      // The guide's plugin brings results and no rows.
      const outcome = "completed"
      assert.isAbove(yield* guide.counted("millrace_task_results_total", { task: "trace-guide", outcome }), 0)
      const line = yield* guide.says(/^plugin my-python-plugin has done trace-guide$/)
      assert.deepInclude(line, { task: "trace-guide", nodeID: "guide-1" })

      const instances = yield* eventually(
        "each instance is reported",
        Effect.map(control.instances, (all) =>
          all.length === 3 && all.every(({ outcome }) => outcome?.status === 2) ? all : undefined,
        ),
      )
      assert.deepStrictEqual(
        instances.map(({ id, outcome, owner }) => [id, owner, outcome!.node]).toSorted(),
        [
          ["trace-a", "rows-1", "rows-1"],
          ["trace-b", "rows-1", "rows-1"],
          ["trace-guide", "guide-1", "guide-1"],
        ],
      )
      for (const node of [rows, guide])
        assert.deepStrictEqual(new Set(node.log().map(({ nodeID }) => nodeID)).size, 1)
    }).pipe(Effect.scoped),
  )
})
