import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createTask, openDoor, without } from "../../../support/door.ts"

describe("update_task", () => {
  const update = { action: "update_task", task_id: "task_001" }

  it.effect("merges symbols and frequency from under config, as its callers write them", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      yield* door.ask({ ...createTask, config: { ...createTask.config, mine: 1, theirs: 2 } })
      const before = door.tasks.get("task_001")!.spec
      const config = { symbols: ["BTCUSDT", "ETHUSDT", "BNBUSDT"], frequency: "1h" }
      assert.deepStrictEqual(yield* door.ask({ ...update, config }), {
        success: true,
        data: { task_id: "task_001", status: "pending", revision: 2, message: "任务更新成功" },
      })
      assert.deepStrictEqual(door.tasks.get("task_001")!.spec, {
        ...before,
        symbols: ["BTC-USDT", "ETH-USDT", "BNB-USDT"],
        frequency: "1h",
        schedule: { kind: "interval", interval: "1h" },
      })
    }),
  )

  it.effect("merges what stands at the top, and takes away what is null", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      yield* door.ask({ ...createTask, data_type: "kline_1m", config: { batch_size: 7, mine: 1, theirs: 2 } })
      yield* door.ask({
        ...update,
        frequency: "@daily",
        end_time: null,
        data_type: "kline_5m",
        config: { theirs: null, batch_size: 9 },
      })
      const { spec } = door.tasks.get("task_001")!
      assert.strictEqual(spec.frequency, "@daily")
      assert.deepStrictEqual(spec.window, { start: Date.UTC(2024, 0, 1) })
      assert.deepStrictEqual(spec.params, { interval: "5m", mine: 1 })
      assert.strictEqual(spec.batchSize, 9)
      assert.deepStrictEqual(spec.symbols, ["BTC-USDT", "ETH-USDT"])
    }),
  )

  it.effect("refuses a change that would leave no valid task, and leaves it as it was", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      yield* door.ask(createTask)
      const error = (change: object) =>
        Effect.map(door.ask({ ...update, ...change }), (body) => {
          assert.strictEqual(body["success"], false)
          return `${body["message"]}: ${body["error"]}`
        })
      assert.strictEqual(yield* error({}), "任务信令验证失败: 没有可更新的字段")
      assert.strictEqual(yield* error({ config: { symbols: [] } }), "任务信令验证失败: symbols不能为空")
      assert.strictEqual(yield* error({ frequency: null }), "任务信令验证失败: frequency不能为空")
      assert.match(yield* error({ config: { frequency: "5 minutes" } }), /missing field\(s\)/)
      assert.match(yield* error({ end_time: "2023-01-01T00:00:00Z" }), /end_time必须晚于start_time/)
      assert.match(yield* error({ config: "1h" }), /config类型错误: 应为对象, 实际为字符串/)
      assert.match(yield* error({ source: "binanse" }), /^任务更新失败: .*"binanse" is not known/)
      assert.strictEqual(
        yield* error({ task_id: "other", frequency: "1h" }),
        "任务更新失败: 任务不存在: other",
      )
      assert.strictEqual(door.tasks.get("task_001")!.revision, 1)
    }),
  )
})

describe("the other actions", () => {
  it.effect("list_tasks filters by project and status", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      for (const [task_id, project_id] of [
        ["a", "p1"],
        ["b", "p1"],
        ["c", "p2"],
      ])
        yield* door.ask({ ...createTask, task_id, project_id })
      yield* door.tasks.set("b", { state: "running" })
      const ids = (filter: object) =>
        Effect.map(door.ask({ action: "list_tasks", ...filter }), ({ data }) =>
          data.tasks.map((task: { task_id: string }) => task.task_id),
        )
      assert.deepStrictEqual(yield* ids({}), ["a", "b", "c"])
      assert.deepStrictEqual(yield* ids({ project_id: "p1" }), ["a", "b"])
      assert.deepStrictEqual(yield* ids({ project_id: "p1", status: "running" }), ["b"])
      assert.deepStrictEqual(yield* ids({ status: "failed" }), [])
      assert.deepStrictEqual(yield* ids({ limit: 1, offset: 1 }), ["b"])
      const { data } = yield* door.ask({ action: "list_tasks", project_id: "p2" })
      assert.include(data.tasks[0], { task_id: "c", project_id: "p2", status: "pending" })
      const bad = yield* door.ask({ action: "list_tasks", status: "runing" })
      assert.deepStrictEqual(bad, {
        success: false,
        message: "任务信令验证失败",
        error: 'status无效: "runing", 是否为"running"?',
      })
    }),
  )

  it.effect("get_task_status gives the status and the last error, until the task is deleted", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      const status = door.ask({ action: "get_task_status", task_id: "task_001" })
      yield* door.ask(createTask)
      assert.deepInclude((yield* status)["data"], { task_id: "task_001", status: "pending", error: "" })
      yield* door.tasks.set("task_001", {
        state: "failed",
        lastError: "HTTP 500 of binance",
        nextRun: Date.UTC(2026, 0, 1),
      })
      const { data } = yield* status
      assert.deepInclude(data, { status: "failed", error: "HTTP 500 of binance" })
      assert.strictEqual(data.next_run, "2026-01-01T00:00:00Z")
      assert.strictEqual(data.statistics.runs, 0)
      assert.deepStrictEqual(yield* door.ask({ action: "delete_task", task_id: "task_001" }), {
        success: true,
        data: { task_id: "task_001", message: "任务删除成功" },
      })
      assert.deepStrictEqual(yield* status, {
        success: false,
        message: "任务查询失败",
        error: "任务不存在: task_001",
      })
      const again = yield* door.ask({ action: "delete_task", task_id: "task_001" })
      assert.strictEqual(again["error"], "任务不存在: task_001")
    }),
  )

  it.effect("stop, start, versions and rollback, for people", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      const task = (action: string, more: object = {}) => door.ask({ action, task_id: "task_001", ...more })
      yield* door.ask(createTask)
      yield* task("update_task", { frequency: "1h" })
      assert.strictEqual((yield* task("stop_task"))["data"].status, "stopped")
      assert.strictEqual((yield* task("start_task"))["data"].status, "pending")
      const { versions } = (yield* task("list_task_versions"))["data"]
      assert.deepStrictEqual(
        versions.map((each: { revision: number; frequency: string }) => [each.revision, each.frequency]),
        [
          [2, "1h"],
          [1, "5m"],
        ],
      )
      assert.strictEqual((yield* task("rollback_task"))["error"], "revision不能为空")
      assert.strictEqual((yield* task("rollback_task", { revision: 1 }))["data"].revision, 3)
      assert.strictEqual(door.tasks.get("task_001")!.spec.frequency, "5m")
      assert.match((yield* task("rollback_task", { revision: 9 }))["error"], /no revision 9/)
      assert.strictEqual((yield* task("run_task"))["data"].status, "completed")
    }),
  )

  it.effect("answers in English where it is asked to", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      const english = { ...createTask, language: "en" }
      assert.strictEqual((yield* door.ask(english))["data"].message, "task created")
      assert.deepStrictEqual(yield* door.ask(without(english, "data_type")), {
        success: false,
        message: "the event is not valid",
        error: "data_type is required",
      })
    }),
  )

  it.effect("a store that is full is named, and the event is worth another try", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      door.tasks.fillDisk()
      assert.deepStrictEqual(yield* door.answer(createTask), {
        status: 503,
        body: {
          success: false,
          message: "任务创建失败",
          error: "task store full: no space left on /data",
        },
      })
    }),
  )

  it.effect("a defect behind the door is an answer too", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      door.tasks.breakDown()
      const { body, status } = yield* door.answer(createTask)
      assert.strictEqual(status, 500)
      assert.deepStrictEqual(body, {
        success: false,
        message: "内部错误",
        error: "Error: a table that breaks, 详见日志",
      })
    }),
  )
})
