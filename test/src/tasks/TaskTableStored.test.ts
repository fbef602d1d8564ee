import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Scope } from "effect"
import { TestClock } from "effect/testing"
import { TaskStoreError } from "../../../services/TaskStore.ts"
import { checkpointOf, hour, minute, noon, specOf, taskOf } from "../../support/tasks.ts"
import { fine, memoryStore, scriptedRunner, pass, settle, startTable } from "../../support/taskTable.ts"

const atNoon = <A, E>(body: Effect.Effect<A, E, Scope.Scope>) =>
  Effect.scoped(Effect.andThen(TestClock.setTime(noon), body))

const once = { schedule: { kind: "once" as const }, frequency: "" }

describe("the task table and what stands behind it", () => {
  it.effect(
    "outlives its process: what ran goes on from its checkpoint, what was missed is made up for once",
    () =>
      atNoon(
        Effect.gen(function* () {
          const store = yield* memoryStore
          const first = yield* Scope.make()
          const script = scriptedRunner((run) =>
            run.task.spec.id === "long"
              ? Effect.andThen(Effect.orDie(run.saveCheckpoint(checkpointOf("long"))), Effect.never)
              : Effect.succeed(fine),
          )
          const before = yield* Scope.provide(startTable(store, script), first)
          yield* before.create(specOf("long", once), "api")
          yield* before.create(specOf("done", once), "api")
          yield* before.create(specOf("regular"), "api")
          yield* before.create(specOf("halted"), "api")
          yield* settle
          yield* before.stop("halted")
          yield* Scope.close(first, Exit.void)
          // As after kill -9: nobody had said that the run is over.
          yield* store.save([{ ...(yield* store.get("long"))!, state: "running" }])
          yield* pass(hour)

          const runner = scriptedRunner()
          const after = yield* startTable(store, runner)
          yield* settle
          assert.deepStrictEqual(runner.began.map(({ id, run }) => [id, run.checkpoint?.taskId]).sort(), [
            ["long", "long"],
            ["regular", undefined],
          ])
          const states = (yield* after.list()).map(({ spec, state }) => `${spec.id} ${state}`)
          assert.deepStrictEqual(states, [
            "done completed",
            "halted stopped",
            "long completed",
            "regular pending",
          ])
          assert.isUndefined(yield* store.checkpoint("long"), "what is done needs none")
        }),
      ),
  )

  it.effect("a stop of the process ends its runs, and they go on with the next", () =>
    atNoon(
      Effect.gen(function* () {
        const store = yield* memoryStore
        const scope = yield* Scope.make()
        const runner = scriptedRunner(() => Effect.never)
        const tasks = yield* Scope.provide(startTable(store, runner), scope)
        yield* tasks.create(specOf("a", { schedule: { kind: "stream" } }), "api")
        yield* settle
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(runner.running.size, 0)
        const left = yield* store.get("a")
        assert.deepStrictEqual([left?.state, left?.nextRun, left?.lastError], ["pending", noon, undefined])
      }),
    ),
  )

  it.effect("the configuration's tasks are as it says, from start to start", () =>
    atNoon(
      Effect.gen(function* () {
        const store = yield* memoryStore
        const during = (file: ReadonlyArray<ReturnType<typeof specOf>>) =>
          Effect.scoped(
            Effect.gen(function* () {
              const tasks = yield* startTable(store, scriptedRunner(), { file })
              yield* settle
              return (yield* tasks.list()).map(
                ({ origin, revision, spec, state }) => `${spec.id} ${origin} ${revision} ${state}`,
              )
            }),
          )
        yield* store.save([taskOf("mine", { state: "stopped" })])
        assert.deepStrictEqual(
          yield* during([
            specOf("x", once),
            specOf("y", { schedule: { kind: "interval", interval: "0m" } }),
            specOf("mine"),
          ]),
          ["mine api 1 stopped", "x file 1 completed"],
        )
        assert.deepStrictEqual(yield* during([specOf("x", { ...once, batchSize: 3 }), specOf("z", once)]), [
          "mine api 1 stopped",
          "x file 2 completed",
          "z file 1 completed",
        ])
        assert.deepStrictEqual(yield* during([]), ["mine api 1 stopped"])
      }),
    ),
  )

  it.effect(
    "where the store is full, a new task is refused and not there, and what happens is stored later",
    () =>
      atNoon(
        Effect.gen(function* () {
          const memory = yield* memoryStore
          let full = false
          const store: typeof memory = {
            ...memory,
            save: (rows) =>
              Effect.suspend(() =>
                full
                  ? Effect.fail(new TaskStoreError({ reason: "full", detail: "no room" }))
                  : memory.save(rows),
              ),
          }
          const released = yield* Deferred.make<void>()
          const runner = scriptedRunner(() => Effect.as(Deferred.await(released), fine))
          const tasks = yield* startTable(store, runner)
          yield* tasks.create(specOf("a", once), "api")
          yield* settle
          full = true
          const refused = yield* Effect.flip(tasks.create(specOf("b", once), "api"))
          assert.deepStrictEqual([refused._tag, refused.reason], ["TaskStoreError", "full"])
          yield* Deferred.succeed(released, undefined)
          yield* settle
          assert.deepStrictEqual(
            (yield* tasks.list()).map(({ spec, state }) => [spec.id, state]),
            [["a", "completed"]],
          )
          assert.strictEqual((yield* memory.get("a"))?.state, "running")
          full = false
          yield* pass(minute)
          assert.strictEqual((yield* memory.get("a"))?.state, "completed")
        }),
      ),
  )

  it.effect("lets go of what ended long ago", () =>
    atNoon(
      Effect.gen(function* () {
        const store = yield* memoryStore
        const tasks = yield* startTable(store, scriptedRunner(), {
          retentionMillis: 10 * minute,
          timers: false,
        })
        yield* tasks.create(specOf("once", once), "api")
        yield* settle
        yield* tasks.runDue(noon + minute)
        yield* tasks.create(specOf("regular"), "api")
        yield* pass(3 * hour, minute)
        assert.deepStrictEqual(
          (yield* tasks.list()).map(({ spec }) => spec.id),
          ["regular"],
        )
        assert.lengthOf(yield* store.list(), 1)
      }),
    ),
  )

  it.effect("a list of the control plane counts at once, also where the store cannot be read yet", () =>
    atNoon(
      Effect.gen(function* () {
        const memory = yield* memoryStore
        const instance = (id: string) => ({
          id: 1,
          task_id: id,
          rule_id: "rule",
          planned_exec_node: "node",
          task_params: "{}",
          invalid: 0,
        })
        yield* memory.save([taskOf("old", { origin: "plane", instance: instance("old") }), taskOf("mine")])
        let readable = false
        const store: typeof memory = {
          ...memory,
          list: (filter) =>
            Effect.suspend(() =>
              readable
                ? memory.list(filter)
                : Effect.fail(new TaskStoreError({ reason: "unreadable", detail: "no store of ours" })),
            ),
        }
        const tasks = yield* startTable(store, scriptedRunner())
        assert.strictEqual((yield* Effect.flip(tasks.list())).reason, "unreadable")
        assert.deepStrictEqual(yield* tasks.instances, [])
        yield* tasks.replacePlane([instance("new")])
        assert.deepStrictEqual(yield* tasks.instances, [instance("new")])
        readable = true
        yield* pass(minute)
        assert.deepStrictEqual(
          (yield* tasks.list()).map(({ spec }) => spec.id),
          ["mine", "new"],
        )
        assert.deepStrictEqual(yield* tasks.instances, [instance("new")])
        assert.isUndefined(yield* memory.get("old"))
      }),
    ),
  )
})
