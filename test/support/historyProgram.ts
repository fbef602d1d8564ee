import { NodeServices } from "@effect/platform-node"
import { Clock, Effect, Layer } from "effect"
import { readFileSync } from "node:fs"
import * as TaskStoreLayer from "../../layers/task-store/Sqlite.ts"
import { Collection } from "../../services/Collection.ts"
import { TaskStore } from "../../services/TaskStore.ts"
import * as Millrace from "../../src/app/Millrace.ts"
import type { ConfigInput } from "../../src/config/Sections.ts"
import { noStatistics, type Task, type TaskSpec } from "../../src/domain/Task.ts"
import { makeVenueRunner } from "../../src/tasks/history/VenueRunner.ts"

/**
 * A collector that runs one task to its end, from its checkpoint if there is one, and says what became of it. Its
 * argument is a file with the configuration, the task, and where its store is.
 */
const { config, spec, store } = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as {
  readonly config: ConfigInput
  readonly spec: TaskSpec
  readonly store: string
}

const program = Effect.gen(function* () {
  const tasks = yield* TaskStore
  const runner = yield* makeVenueRunner
  const now = yield* Clock.currentTimeMillis
  const checkpoint = yield* tasks.checkpoint(spec.id)
  const task: Task = {
    spec,
    origin: "api",
    revision: 1,
    state: "running",
    createdAt: now,
    updatedAt: now,
    statistics: noStatistics,
  }
  if (checkpoint === undefined) yield* tasks.save([task])
  const report = yield* runner.run({
    task,
    startedAt: checkpoint?.runStartedAt ?? now,
    checkpoint,
    saveCheckpoint: tasks.saveCheckpoint,
    progress: () => Effect.void,
    trouble: () => Effect.void,
  })
  const { accounts } = yield* Collection
  return { report, checkpoint: yield* tasks.checkpoint(spec.id), accounts: yield* accounts }
}).pipe(
  Effect.provide(
    Layer.mergeAll(
      Millrace.layer({ config }),
      TaskStoreLayer.layer({ path: store }).pipe(Layer.provide(NodeServices.layer)),
    ),
  ),
)

const said = await Effect.runPromise(Effect.scoped(program))
process.stdout.write(`${JSON.stringify(said)}\n`)
process.exit(0)
