import { Context, Effect, Layer, type Scope } from "effect"
import { TestClock } from "effect/testing"
import * as Memory from "../../layers/task-store/Memory.ts"
import { Metrics } from "../../services/Metrics.ts"
import { type RunReport, type TaskRun, TaskRunner } from "../../services/TaskRunner.ts"
import { Tasks } from "../../services/Tasks.ts"
import { TaskStore } from "../../services/TaskStore.ts"
import { utc } from "../../src/domain/cron/TimeZone.ts"
import type { TaskSpec } from "../../src/domain/Task.ts"
import { Actors } from "../../src/runtime/Actors.ts"
import { layer, type TaskTableOptions } from "../../src/tasks/TaskTable.ts"
import { day, noon } from "./tasks.ts"

export const tableOptions: TaskTableOptions = {
  concurrency: 16,
  perSource: 16,
  timers: true,
  zone: utc,
  retentionMillis: 30 * day,
  file: [],
  plane: { runs: false, heldAtStart: true },
}

export const fine: RunReport = { outcome: "completed", records: 10, requests: 2 }

export interface ScriptedRunner {
  /** When each run began, since noon, and of what. */
  readonly began: Array<{ readonly id: string; readonly at: number; readonly run: TaskRun }>
  /** The sources of runs that go on. */
  readonly running: Set<TaskRun>
  readonly most: () => number
  readonly forgotten: Array<string>
  readonly service: TaskRunner["Service"]
}

/** Does what the script says; without one, every run is fine at once. */
export const scriptedRunner = (
  script: (run: TaskRun, call: number) => Effect.Effect<RunReport> = () => Effect.succeed(fine),
  check: TaskRunner["Service"]["check"] = () => Effect.void,
): ScriptedRunner => {
  const began: ScriptedRunner["began"] = []
  const running = new Set<TaskRun>()
  const forgotten: Array<string> = []
  let most = 0
  return {
    began,
    running,
    most: () => most,
    forgotten,
    service: TaskRunner.of({
      check,
      sourceOf: (spec: TaskSpec) => spec.source,
      forget: (id) => Effect.sync(() => void forgotten.push(id)),
      run: (run) =>
        Effect.suspend(() => {
          began.push({ id: run.task.spec.id, at: run.startedAt - noon, run })
          running.add(run)
          most = Math.max(most, running.size)
          return script(run, began.length)
        }).pipe(Effect.ensuring(Effect.sync(() => running.delete(run)))),
    }),
  }
}

/** A store that outlives the tables that are built on it. */
export const memoryStore: Effect.Effect<TaskStore["Service"], never, Scope.Scope> = Effect.map(
  Layer.build(Memory.layer),
  (context) => Context.get(context, TaskStore),
)

/** A table at work, until the scope closes. */
export const startTable = (
  store: TaskStore["Service"],
  runner: ScriptedRunner,
  options: Partial<TaskTableOptions> = {},
): Effect.Effect<Tasks["Service"], never, Scope.Scope> =>
  Effect.map(
    Layer.build(
      layer({ ...tableOptions, ...options }).pipe(
        Layer.provide(Layer.succeed(TaskStore, store)),
        Layer.provide(Layer.succeed(TaskRunner, runner.service)),
        Layer.provide(Metrics.layer),
        Layer.provide(Actors.layer),
      ),
    ),
    (context) => Context.get(context, Tasks),
  )

/** Lets other fibers do what they can do now. */
export const settle = Effect.gen(function* () {
  for (let turn = 0; turn < 200; turn++) yield* Effect.yieldNow
})

/** Lets time pass in steps, and everyone do what there is to do after each: what sleeps several times in a row sleeps on time. */
export const pass = (millis: number, step = 1000): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let left = millis; left > 0; left -= step) {
      yield* TestClock.adjust(Math.min(left, step))
      for (let turn = 0; turn < 40; turn++) yield* Effect.yieldNow
    }
  })

/** A table in memory, whose runs are all fine. */
export const memoryTable: Layer.Layer<Tasks> = layer(tableOptions).pipe(
  Layer.provide([
    Memory.layer,
    Layer.succeed(TaskRunner, scriptedRunner().service),
    Metrics.layer,
    Actors.layer,
  ]),
)
