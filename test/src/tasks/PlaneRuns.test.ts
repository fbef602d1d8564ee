import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { TestClock } from "effect/testing"
import type { RunReport } from "../../../services/TaskRunner.ts"
import { TaskRefused } from "../../../services/Tasks.ts"
import type { TaskInstance } from "../../../src/domain/TaskInstance.ts"
import { checkpointOf, minute, noon, specOf } from "../../support/tasks.ts"
import { memoryStore, pass, scriptedRunner, settle, startTable } from "../../support/taskTable.ts"

const atNoon = <A, E>(body: Effect.Effect<A, E, Scope.Scope>) =>
  Effect.scoped(Effect.andThen(TestClock.setTime(noon), body))

const instance = (
  task_id: string,
  params: object | string = {},
  change: Partial<TaskInstance> = {},
): TaskInstance => ({
  id: 1,
  task_id,
  rule_id: "rule-7",
  planned_exec_node: "node-abc",
  task_params:
    typeof params === "string"
      ? params
      : JSON.stringify({ data_source: "binance", symbol: "BTCUSDT", data_type: "kline", ...params }),
  invalid: 0,
  ...change,
})

const plane = { runs: true, heldAtStart: false }
const idsOf = ({ began }: ReturnType<typeof scriptedRunner>) => began.map(({ id }) => id)

describe("tasks of a control plane that this process runs itself", () => {
  it.effect("are read as create_task reads its own, in the words of either generation", () =>
    atNoon(
      Effect.gen(function* () {
        const runner = scriptedRunner(() => Effect.never)
        const tasks = yield* startTable(yield* memoryStore, runner, { plane })
        yield* tasks.replacePlane([
          instance("older", `{"data_source":"binance","symbol":"BTC/USDT","intervals":["1m","1h"]}`),
          instance("swap", { inst_type: "SWAP", frequency: "5m", history_days: 3, batch_size: 7 }),
          instance("okx", { data_source: "okx", market: "perpetual", frequency: "once", interval: "1m" }),
        ])
        yield* settle
        const shown = (yield* tasks.list()).map(({ spec }) =>
          [spec.id, spec.source, spec.dataType, spec.symbols.join(), spec.frequency, spec.schedule.kind].join(
            " ",
          ),
        )
        assert.deepStrictEqual(shown, [
          "okx okx kline BTC-USDT-PERP once once",
          "older@1h binance kline BTC-USDT 1h interval",
          "older@1m binance kline BTC-USDT 1m interval",
          "swap binance-usdm kline BTC-USDT 5m interval",
        ])
        const [, , , swap] = yield* tasks.list()
        assert.deepInclude(swap!.spec, { historyDays: 3, batchSize: 7, projectId: "rule-7" })
        assert.deepStrictEqual(idsOf(runner).toSorted(), ["okx", "older@1h", "older@1m", "swap"])
        // Each as it was given, and once: the digest is of these.
        assert.deepStrictEqual(
          (yield* tasks.instances).map(({ task_id }) => task_id),
          ["older", "swap", "okx"],
        )
      }),
    ),
  )

  it.effect("that cannot be run say why, to the table and to the control plane", () =>
    atNoon(
      Effect.gen(function* () {
        const runner = scriptedRunner(undefined, (spec) =>
          spec.source === "nowhere"
            ? new TaskRefused({ reason: "invalid", taskId: spec.id, detail: `"nowhere" is no source` })
            : Effect.void,
        )
        const tasks = yield* startTable(yield* memoryStore, runner, { plane })
        yield* tasks.replacePlane([
          instance("garbage", "no JSON"),
          instance("nothing", `{"data_source":"binance"}`),
          instance("nowhere", { data_source: "nowhere", frequency: "1m" }),
          instance("never", { frequency: "0 0 30 2 *" }),
          instance("off", { data_source: "nowhere" }, { invalid: 1 }),
        ])
        yield* settle
        const shown = (yield* tasks.list()).map(({ lastError, spec, state }) => [
          spec.id,
          state,
          lastError ?? "",
        ])
        const errors = Object.fromEntries(shown.map(([id, state, error]) => [id, `${state} ${error}`]))
        assert.match(errors["garbage"]!, /^failed task_params is no JSON object/)
        assert.match(errors["nothing"]!, /^failed data_type is required; symbols is required/)
        assert.strictEqual(errors["nowhere"], `failed "nowhere" is no source`)
        assert.match(errors["never"]!, /^failed .*never/)
        assert.strictEqual(errors["off"], "stopped ")
        assert.deepStrictEqual(
          (yield* tasks.planeResults).map(({ status, task_id }) => [task_id, status]),
          [
            ["garbage", 4],
            ["nothing", 4],
            ["nowhere", 4],
            ["never", 4],
          ],
        )
        assert.deepStrictEqual(runner.began, [])
      }),
    ),
  )

  it.effect("tell what a run came to once it is not tried again", () =>
    atNoon(
      Effect.gen(function* () {
        const failed: RunReport = { outcome: "failed", records: 0, requests: 1, error: "HTTP 418" }
        const runner = scriptedRunner((_, call) =>
          Effect.succeed(call < 3 ? failed : { outcome: "completed", records: 1, requests: 1 }),
        )
        const tasks = yield* startTable(yield* memoryStore, runner, { plane })
        yield* tasks.replacePlane([instance("flaky", { frequency: "once", interval: "1m" })])
        yield* settle
        assert.strictEqual((yield* tasks.get("flaky"))!.lastError, "HTTP 418")
        yield* pass(10_000)
        assert.deepStrictEqual(yield* tasks.planeResults, [{ task_id: "flaky", status: 2, result: "" }])
      }),
    ),
  )

  it.effect("stop when they are let go, and go on from their checkpoint when the list has them again", () =>
    atNoon(
      Effect.gen(function* () {
        const runner = scriptedRunner((run) =>
          Effect.andThen(Effect.orDie(run.saveCheckpoint(checkpointOf("long"))), Effect.never),
        )
        const store = yield* memoryStore
        const tasks = yield* startTable(store, runner, { plane })
        const list = [instance("long", { frequency: "once", interval: "1m" }, { extra: { epoch: 1 } })]
        yield* tasks.replacePlane(list)
        yield* settle
        assert.strictEqual(runner.running.size, 1)
        yield* tasks.releasePlane
        assert.deepStrictEqual(yield* tasks.instances, [])
        yield* pass(10 * minute, minute)
        assert.strictEqual(runner.running.size, 0)
        assert.strictEqual(runner.began.length, 1)
        yield* tasks.replacePlane(list)
        yield* settle
        assert.strictEqual(runner.running.size, 1)
        assert.deepStrictEqual(runner.began[1]!.run.checkpoint, checkpointOf("long"))
        // What is not in the list any more is gone, with all that it had come to.
        yield* tasks.replacePlane([])
        assert.strictEqual(runner.running.size, 0)
        assert.deepStrictEqual(yield* tasks.list(), [])
        assert.isUndefined(yield* store.checkpoint("long"))
      }),
    ),
  )

  it.effect("wait for the list after a restart: another node may have them by now", () =>
    atNoon(
      Effect.gen(function* () {
        const store = yield* memoryStore
        const list = [instance("long", { frequency: "once", interval: "1m" })]
        const first = scriptedRunner(() => Effect.never)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const tasks = yield* startTable(store, first, { plane })
            yield* tasks.replacePlane(list)
            yield* settle
          }),
        )
        assert.strictEqual(first.began.length, 1)
        const second = scriptedRunner(() => Effect.never)
        const tasks = yield* startTable(store, second, { plane })
        yield* pass(10 * minute, minute)
        assert.deepStrictEqual(yield* tasks.instances, [])
        assert.strictEqual(second.began.length, 0)
        yield* tasks.replacePlane(list)
        yield* settle
        assert.strictEqual(second.began.length, 1)
        assert.deepStrictEqual(yield* tasks.instances, list)
      }),
    ),
  )

  it.effect("begin where the node before them had come to, and tell where they are", () =>
    atNoon(
      Effect.gen(function* () {
        const symbols = { "BTC-USDT": { next: "1767614400000", done: false } }
        const place = { task_id: "long", row: "long", run_started_at: noon - minute, symbols }
        const runner = scriptedRunner(({ saveCheckpoint, task }) =>
          Effect.andThen(
            Effect.orDie(saveCheckpoint(checkpointOf(task.spec.id, { runStartedAt: noon }))),
            Effect.never,
          ),
        )
        const tasks = yield* startTable(yield* memoryStore, runner, { plane })
        const params = { frequency: "once", interval: "1m" }
        yield* tasks.replacePlane([
          instance("long", params, { extra: { epoch: 2, checkpoints: [place] } }),
          instance("other", params),
        ])
        yield* settle
        const began = new Map(runner.began.map(({ id, run }) => [id, run]))
        assert.deepInclude(began.get("long")!.checkpoint, { symbols, runStartedAt: noon - minute })
        assert.isUndefined(began.get("other")!.checkpoint)
        const told = (most: number) =>
          Effect.map(tasks.planeCheckpoints(most), (all) => all.map(({ row }) => row))
        assert.sameMembers([...(yield* told(1)), ...(yield* told(1))], ["long", "other"])
        // All of it again, for a control plane that has not heard it.
        assert.sameMembers([...(yield* told(10))], ["long", "other"])
        assert.strictEqual((yield* tasks.planeCheckpoints(1))[0]!.run_started_at, noon)
      }),
    ),
  )

  it.effect("keep their runs when only the list around them changes, and go on anew when they change", () =>
    atNoon(
      Effect.gen(function* () {
        const runner = scriptedRunner(() => Effect.never)
        const tasks = yield* startTable(yield* memoryStore, runner, { plane })
        yield* tasks.create(specOf("mine", { schedule: { kind: "once" } }), "api")
        yield* tasks.replacePlane([instance("a", { frequency: "1m" })])
        yield* settle
        yield* tasks.replacePlane([
          instance("a", { frequency: "1m" }, { id: 9, extra: { epoch: 1 } }),
          instance("b", { frequency: "1m" }),
        ])
        yield* settle
        assert.deepStrictEqual(idsOf(runner), ["mine", "a", "b"])
        yield* tasks.replacePlane([instance("a", { frequency: "1m", symbol: "ETHUSDT" })])
        yield* settle
        assert.deepStrictEqual(idsOf(runner), ["mine", "a", "b", "a"])
        assert.deepStrictEqual([...runner.running].map(({ task }) => task.spec.symbols.join()).toSorted(), [
          "BTC-USDT,ETH-USDT",
          "ETH-USDT",
        ])
        const changed = (yield* tasks.get("a"))!
        assert.deepStrictEqual([changed.revision, changed.state], [2, "running"])
      }),
    ),
  )
})
