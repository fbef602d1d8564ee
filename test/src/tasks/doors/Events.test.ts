import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { catalog } from "../../../../services/MetricCatalog.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import { NodeControl } from "../../../../services/NodeControl.ts"
import { Actors } from "../../../../src/runtime/Actors.ts"
import { observability } from "../../../support/edge.ts"
import { createTask, openDoor } from "../../../support/door.ts"

/** A node that says what it was asked. */
const makeNode = () => {
  const probes: Array<unknown> = []
  let inits = 0
  const layer = Layer.succeed(
    NodeControl,
    NodeControl.of({
      probe: (body) =>
        Effect.sync(() => {
          probes.push(JSON.parse(body))
          return { status: 200, body: { success: true, message: "probe handled successfully" } }
        }),
      init: Effect.sync(() => ({ status: 200, body: { success: true, data: { inits: ++inits } } })),
    }),
  )
  return { layer, probes }
}

const instances = [
  { id: 1, task_id: "task-001", rule_id: "r", planned_exec_node: "n", task_params: "{}", invalid: 0 },
  { id: 2, task_id: "task-bad", rule_id: "r", planned_exec_node: "n", task_params: "{}", invalid: 0 },
  { id: 3, task_id: "task-off", rule_id: "r", planned_exec_node: "n", task_params: "{}", invalid: 1 },
]
const digest = "470b4be03aa24ebbf89de25a060eed2a"

describe("the unified handler", () => {
  it.effect("routes by action and by type to the same handlers", () =>
    Effect.gen(function* () {
      const node = makeNode()
      const door = yield* openDoor({}, node.layer)
      for (const event of [{ action: "health_check" }, { type: "health" }])
        assert.deepInclude((yield* door.ask(event))["data"], { status: "healthy" })
      const probe = { source: "moox", server_ip: "10.0.0.1", server_port: 8080 }
      for (const event of [
        { action: "heartbeat_probe", ...probe },
        { type: "heartbeat", ...probe },
        { type: "heartbeat", action: "probe", ...probe },
        { type: "heartbeat", data: probe },
      ]) {
        assert.strictEqual((yield* door.ask(event))["message"], "probe handled successfully")
        assert.deepInclude(node.probes.pop() as object, probe)
      }
      for (const event of [
        { action: "config_sync", task_instances: instances },
        { type: "config", tasks: instances },
      ])
        assert.deepStrictEqual(yield* door.ask(event), {
          success: true,
          data: { tasks: 3, tasks_md5: digest, message: "配置同步成功" },
        })
      for (const count of [1, 2])
        assert.deepStrictEqual((yield* door.ask({ type: "init" }))["data"], { inits: count })
    }),
  )

  it.effect("a task event carries an action on tasks, beside its type or within", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      const events = [
        { ...createTask, type: "task", task_id: "a" },
        { type: "task", data: { ...createTask, task_id: "b" } },
        { type: "task", payload: JSON.stringify({ ...createTask, task_id: "c" }) },
        { type: "task", action: "create_task", task: { ...createTask, task_id: "d" } },
      ]
      for (const [index, event] of events.entries())
        assert.deepStrictEqual((yield* door.ask(event))["data"], {
          task_id: "abcd"[index],
          status: "running",
          message: "任务创建成功",
        })
      assert.strictEqual((yield* door.ask({ type: "task" }))["error"], "action不能为空")
      assert.match(
        (yield* door.ask({ type: "task", data: { action: "make_task" } }))["error"],
        /^ErrUnknownEventType: action="make_task"/,
      )
    }),
  )

  it.effect("refuses every other event by name", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      const error = (event: unknown) =>
        Effect.map(door.ask(event), (body) => {
          assert.deepStrictEqual(Object.keys(body), ["success", "message", "error"])
          assert.isFalse(body["success"])
          assert.strictEqual(body["message"], "未知的事件类型")
          return body["error"] as string
        })
      assert.match(yield* error({ action: "creat_task" }), /^ErrUnknownEventType.*是否为"create_task"\?$/)
      assert.match(
        yield* error({ type: "config_sync" }),
        /^ErrUnknownEventType: type="config_sync", 可选值: "init"/,
      )
      assert.match(yield* error({ action: 7 }), /^ErrUnknownEventType: action=a number/)
      assert.match(yield* error({ action: "constructor" }), /^ErrUnknownEventType/)
      assert.strictEqual(yield* error({}), "ErrUnknownEventType: 缺少action或type")
      assert.strictEqual(yield* error({ __proto__: null }), "ErrUnknownEventType: 缺少action或type")
    }),
  )

  it.effect("a process that is no node says so to a probe, and is healthy", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      assert.deepStrictEqual(yield* door.ask({ action: "heartbeat_probe" }), {
        success: false,
        message: "心跳探测失败",
        error: "本进程未启用节点功能",
      })
      assert.deepInclude((yield* door.ask({ action: "health_check" }))["data"], { status: "healthy" })
    }),
  )
})

describe("the figures of events", () => {
  it.effect("count each by what it asked for and what came of it", () =>
    Effect.gen(function* () {
      const metrics = yield* Layer.build(observability)
      const { series } = Context.get(metrics, Metrics)
      const door = yield* Effect.provideContext(openDoor(), metrics)
      yield* door.ask(createTask)
      yield* door.ask(createTask)
      yield* door.ask({ ...createTask, source: "" })
      yield* door.ask({ action: "list_tasks" })
      yield* door.receive("{")
      door.tasks.fillDisk()
      yield* door.ask({ ...createTask, task_id: "other" })
      const counts = series
        .values(catalog.taskEvents)
        .map(([{ outcome, type }, count]) => [type, outcome, count])
      assert.deepStrictEqual(counts, [
        ["create", "ok", 1],
        ["create", "refused", 1],
        ["unknown", "refused", 1],
        ["list", "ok", 1],
        ["unreadable", "refused", 1],
        ["create", "error", 1],
      ])
    }),
  )
})

describe("health", () => {
  it.effect("is degraded while an actor is, and says which and why", () =>
    Effect.gen(function* () {
      const actors = yield* Layer.build(Actors.layer)
      const actor = yield* Effect.provideContext(
        Effect.flatMap(Actors, ({ register }) => register("millrace/core/work/sinks/kafka", "worker")),
        actors,
      )
      const self = yield* actor.begin(() => {})
      const door = yield* openDoor()
      const ask = Effect.map(Effect.provideContext(door.ask({ type: "health" }), actors), ({ data }) => data)
      yield* self.ready
      assert.deepStrictEqual(yield* ask, { status: "healthy", reasons: [] })
      yield* self.degraded("the broker is away")
      assert.deepStrictEqual(yield* ask, {
        status: "degraded",
        reasons: ["millrace/core/work/sinks/kafka is degraded: the broker is away"],
      })
    }),
  )
})

describe("a pushed configuration", () => {
  const sync = (event: object) => ({ action: "config_sync", ...event })

  it.effect("is found wherever it stands, and is the list that a heartbeat would have brought", () =>
    Effect.gen(function* () {
      for (const event of [
        { task_instances: instances },
        { config: { tasks: instances } },
        { data: { task_instances: instances } },
        { data: instances },
        { data: [{ package_version: "v1", task_instances: instances }] },
        { config: { Version: "1", NodeID: "n", Tasks: instances } },
      ]) {
        const door = yield* openDoor()
        assert.strictEqual((yield* door.ask(sync(event)))["data"].tasks_md5, digest, JSON.stringify(event))
        assert.deepStrictEqual(door.tasks.plane(), instances)
      }
    }),
  )

  it.effect(
    "fields that are absent are what Go makes of them; a task of the older form becomes an instance",
    () =>
      Effect.gen(function* () {
        const door = yield* openDoor()
        yield* door.ask(
          sync({
            tasks: [
              { task_id: "bare" },
              { task_id: "loose", source: "okx", symbols: ["BTC-USDT"] },
              { ID: "old", Type: "kline", Symbol: "BTCUSDT", Interval: "1m", Config: { limit: 5 } },
            ],
          }),
        )
        const plain = { id: 0, rule_id: "", planned_exec_node: "", invalid: 0 }
        assert.deepStrictEqual(door.tasks.plane(), [
          { ...plain, task_id: "bare", task_params: "" },
          { ...plain, task_id: "loose", task_params: '{"source":"okx","symbols":["BTC-USDT"]}' },
          {
            ...plain,
            id: 3,
            task_id: "old",
            task_params: '{"type":"kline","symbol":"BTCUSDT","interval":"1m","limit":5}',
          },
        ])
      }),
  )

  it.effect("an empty list keeps what there is, unless it says that empty is meant", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      yield* door.ask(sync({ tasks: instances }))
      assert.strictEqual((yield* door.ask(sync({ tasks: [] })))["data"].tasks_md5, digest)
      assert.strictEqual(
        (yield* door.ask(sync({ tasks: [], tasks_md5: "empty" })))["data"].tasks_md5,
        "empty",
      )
    }),
  )

  it.effect("is refused whole where one of its tasks is none", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      assert.strictEqual((yield* door.ask(sync({})))["error"], "tasks不能为空")
      const wrong = [7, { rule_id: "r" }, { task_id: "x", invalid: "no" }]
      const { error } = yield* door.ask(sync({ tasks: [...instances, ...wrong] }))
      assert.match(
        error,
        /tasks\[3\]类型错误: 应为对象, 实际为数字; tasks\[4\]\.task_id不能为空; tasks\[5\]格式错误/,
      )
      assert.deepStrictEqual(door.tasks.plane(), [])
    }),
  )
})
