import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createTask } from "../../support/door.ts"
import { send } from "../../support/edge.ts"
import { digest, good, goodPlugin, heartbeatPath, startPeer } from "../../support/nodePeers.ts"
import { startNode } from "../../support/nodes.ts"
import { eventually, untilTrue } from "../../support/process.ts"

const instance = (id: number, task_id: string, invalid: number) => ({
  id,
  task_id,
  rule_id: "rule",
  planned_exec_node: "node-abc",
  task_params: "{}",
  invalid,
})

const pushed = [instance(1, "task-001", 0), instance(2, "task-bad", 0), instance(3, "task-off", 1)]

/** Far from now, so that nothing is asked of any exchange. */
const yearly = {
  ...createTask,
  frequency: "@yearly",
  start_time: undefined,
  end_time: undefined,
  config: { interval: "1h" },
}

const wrapped = (event: object) => ({
  httpMethod: "POST",
  path: "/task",
  headers: {},
  isBase64Encoded: true,
  body: Buffer.from(JSON.stringify(event)).toString("base64"),
})

describe("POST /task of a node", () => {
  it.live(
    "is answered on the gateway and on server.port, in every form of events",
    () =>
      Effect.gen(function* () {
        const plugin = yield* startPeer(goodPlugin)
        const plane = yield* startPeer(() => good([{ package_version: "v1.0.0", task_instances: [] }]))
        const node = yield* startNode({ plugin: plugin.url })
        yield* node.says(/^gateway on /)
        yield* eventually(
          "the API and its table are there",
          Effect.flatMap(send("POST", `${node.apiUrl}/task`, { action: "list_tasks" }), ({ status }) =>
            status === 200 ? Effect.succeed(true) : Effect.fail(new Error(String(status))),
          ),
        )
        const say = (base: string, event: unknown) =>
          Effect.map(send("POST", `${base}/task`, event), (answer) => answer.json())
        /** The same answer on both, which is then looked at. */
        const both = Effect.fnUntraced(function* (event: unknown) {
          const [one, other] = [yield* say(node.gateway, event), yield* say(node.apiUrl, event)]
          assert.deepStrictEqual(one, other, JSON.stringify(event))
          return one
        })

        assert.deepStrictEqual(yield* both({ type: "init" }), {
          success: true,
          data: { node_id: "node-abc", version: "v1.0.0", state: "running" },
        })
        assert.strictEqual((yield* both({ action: "health_check" })).data.status, "healthy")

        const probe = { server_ip: "127.0.0.1", server_port: plane.port, request_id: "1" }
        for (const [base, event] of [
          [node.gateway, { action: "heartbeat_probe", ...probe }],
          [node.apiUrl, { type: "heartbeat", ...probe }],
        ] as const) {
          const answer = yield* say(base, event)
          assert.strictEqual(answer.message, "probe handled successfully")
          assert.deepInclude(answer.data.details.heartbeat_info, {
            server_ip: probe.server_ip,
            server_port: probe.server_port,
          })
        }
        const beats = () =>
          plane.to(heartbeatPath).map(({ body }) => (body as { tasks_md5: string }).tasks_md5)
        yield* untilTrue("a heartbeat", () => beats().length > 0)

        const synced = yield* both({ action: "config_sync", task_instances: pushed })
        assert.deepInclude(synced.data, { tasks: 3, tasks_md5: digest })
        yield* untilTrue("a heartbeat of the pushed list", () => beats().at(-1) === digest)

        assert.strictEqual((yield* say(node.gateway, yearly)).data.message, "任务创建成功")
        assert.strictEqual((yield* say(node.apiUrl, yearly)).error, "task_id已存在: task_001")
        const list = yield* both({ action: "list_tasks" })
        assert.deepStrictEqual(
          list.data.tasks.map((task: { task_id: string; origin: string }) => [task.task_id, task.origin]),
          [
            ["task-001", "plane"],
            ["task-bad", "plane"],
            ["task-off", "plane"],
            ["task_001", "api"],
          ],
        )
        assert.deepStrictEqual(yield* both(wrapped({ action: "list_tasks" })), list)
        const timer = { Type: "Timer", TriggerName: "t", Time: "2026-01-01T00:00:00Z", Message: "" }
        assert.deepStrictEqual((yield* both(timer)).data.tasks, [])
        assert.match((yield* both({ type: "reboot" })).error, /^ErrUnknownEventType: type="reboot"/)
        assert.strictEqual((yield* both("{")).success, false)
        // The plugin has heard of none of it.
        assert.deepStrictEqual(
          plugin.heard().filter(({ path }) => path.startsWith("/task")),
          [],
        )
        yield* node.kill("SIGTERM")
        assert.strictEqual((yield* node.ended).code, 0)
      }).pipe(Effect.scoped),
    120_000,
  )
})
