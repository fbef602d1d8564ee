import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { TaskDoor } from "../../../../services/TaskDoor.ts"
import { Tasks } from "../../../../services/Tasks.ts"
import * as Door from "../../../../src/tasks/doors/Door.ts"
import { type Body, createTask } from "../../../support/door.ts"
import { noon } from "../../../support/tasks.ts"
import { fine, memoryStore, pass, scriptedRunner, settle, startTable } from "../../../support/taskTable.ts"

/** The doors over the table itself, with runs that do as they are told. */
const setUp = Effect.fnUntraced(function* (
  options: Parameters<typeof startTable>[2] = {},
  script?: Parameters<typeof scriptedRunner>[0],
) {
  yield* TestClock.setTime(noon)
  const runner = scriptedRunner(script)
  const table = yield* startTable(yield* memoryStore, runner, options)
  const context = yield* Layer.build(Door.layer().pipe(Layer.provide(Layer.succeed(Tasks, table))))
  const door = Context.get(context, TaskDoor)
  const ask = (event: unknown) => Effect.map(door.handle(event), ({ body }): Body => body)
  const status = (task_id = "task_001") =>
    Effect.map(ask({ action: "get_task_status", task_id }), ({ data }) => data)
  return { ask, status, runner }
})

const open = { ...createTask, start_time: undefined, end_time: undefined }

describe("the doors over the task table", () => {
  it.effect("a window in the past is run at once, and completed", () =>
    Effect.gen(function* () {
      const { ask, status } = yield* setUp()
      assert.strictEqual((yield* ask(createTask))["data"].status, "running")
      yield* settle
      yield* pass(1000)
      assert.deepInclude(yield* status(), { status: "completed", error: "" })
      const { statistics } = yield* status()
      assert.deepInclude(statistics, { runs: 1, succeeded: 1, records: 10, requests: 2 })
    }),
  )

  it.effect("an update changes the running task, also where it takes something away", () =>
    Effect.gen(function* () {
      const { ask, runner, status } = yield* setUp()
      yield* ask({ ...createTask, config: { mine: 1, theirs: 2 } })
      yield* pass(1000)
      yield* ask({
        action: "update_task",
        task_id: "task_001",
        end_time: null,
        start_time: null,
        config: { symbols: ["BNBUSDT"], frequency: "1h", theirs: null },
      })
      const { config, end_time, next_run, revision, start_time, symbols } = yield* status()
      assert.deepStrictEqual([start_time, end_time, revision], [undefined, undefined, 2])
      assert.deepStrictEqual(symbols, ["BNB-USDT"])
      assert.deepStrictEqual(config, { batch_size: 100, history_days: 30, mine: 1 })
      assert.isString(next_run)
      yield* pass(1000)
      assert.deepStrictEqual(runner.began.at(-1)!.run.task.spec.symbols, ["BNB-USDT"])
      assert.strictEqual((yield* status())["next_run"], "2026-01-05T13:00:00Z")
    }),
  )

  it.effect("a run that failed is told, its schedule goes on, and a task that is deleted is gone", () =>
    Effect.gen(function* () {
      const broken = { outcome: "failed" as const, records: 0, requests: 1, error: "HTTP 500 of binance" }
      const { ask, runner, status } = yield* setUp({}, () => Effect.succeed(broken))
      yield* ask({ ...open, config: { history_days: 1 } })
      yield* pass(120_000)
      assert.strictEqual((yield* status())["error"], "HTTP 500 of binance")
      yield* ask({ action: "delete_task", task_id: "task_001" })
      const runs = runner.began.length
      yield* pass(900_000, 10_000)
      assert.strictEqual(runner.began.length, runs)
      const gone = yield* ask({ action: "get_task_status", task_id: "task_001" })
      assert.strictEqual(gone["error"], "任务不存在: task_001")
    }),
  )

  it.effect("says when a task ran last and runs next, and what its runs came to, as the clock has it", () =>
    Effect.gen(function* () {
      const { ask, status } = yield* setUp({}, () => Effect.as(Effect.sleep("2 seconds"), fine))
      yield* ask(open)
      yield* pass(1000)
      assert.deepInclude(yield* status(), {
        status: "running",
        schedule: { kind: "interval", interval: "5m" },
      })
      yield* pass(10.5 * 60_000)
      const { last_run, next_run, statistics } = yield* status()
      assert.deepStrictEqual(
        { last_run, next_run, statistics },
        {
          last_run: "2026-01-05T12:10:00Z",
          next_run: "2026-01-05T12:15:00Z",
          statistics: { runs: 3, succeeded: 3, failed: 0, records: 30, requests: 6, run_millis: 6000 },
        },
      )
    }),
  )

  it.effect("without timers only events start work: one of the cloud's timer runs what is due", () =>
    Effect.gen(function* () {
      const { ask, runner, status } = yield* setUp({ timers: false }, () => Effect.succeed(fine))
      yield* ask(open)
      yield* pass(3_600_000, 60_000)
      assert.strictEqual(runner.began.length, 0)
      const answer = yield* ask({ Type: "Timer", TriggerName: "minutely", Time: "", Message: "" })
      assert.deepStrictEqual(answer["data"].tasks, [{ task_id: "task_001", status: "pending" }])
      assert.strictEqual(runner.began.length, 1)
      assert.strictEqual((yield* status())["next_run"], "2026-01-05T13:05:00Z")
    }),
  )

  it.effect("what the control plane pushed is seen by every door, and is changed by none but its own", () =>
    Effect.gen(function* () {
      const { ask } = yield* setUp()
      const task_params = JSON.stringify({ data_source: "binance", symbol: "BTC-USDT", intervals: ["1m"] })
      yield* ask({ action: "config_sync", task_instances: [{ id: 1, task_id: "task-001", task_params }] })
      const { tasks } = (yield* ask({ action: "list_tasks", origin: "plane" }))["data"]
      assert.deepInclude(tasks[0], { task_id: "task-001", origin: "plane", status: "pending" })
      const refused = yield* ask({ action: "delete_task", task_id: "task-001" })
      assert.match(refused["error"], /belongs to the control plane/)
      const update = yield* ask({ action: "update_task", task_id: "task-001", frequency: "1h" })
      assert.match(update["error"], /belongs to the control plane/)
    }),
  )
})
