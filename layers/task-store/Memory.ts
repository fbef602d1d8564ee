import { Effect, Layer } from "effect"
import { TaskStore } from "../../services/TaskStore.ts"
import { HeldTasks } from "./HeldTasks.ts"

const make = () => {
  const held = new HeldTasks()
  return TaskStore.of({
    save: (tasks) => Effect.sync(() => held.save(tasks)),
    get: (id) => Effect.sync(() => held.get(id)?.task),
    list: (filter) => Effect.sync(() => held.list(filter)),
    remove: (ids) => Effect.sync(() => held.remove(ids)),
    versions: (id) => Effect.sync(() => held.get(id)?.versions ?? []),
    saveCheckpoint: (checkpoint) => Effect.sync(() => held.saveCheckpoint(checkpoint)),
    checkpoint: (taskId) => Effect.sync(() => held.get(taskId)?.checkpoint),
    removeCheckpoint: (taskId) => Effect.sync(() => held.removeCheckpoint(taskId)),
    sweep: (before) =>
      Effect.sync(() => {
        const ids = held.expired(before)
        held.remove(ids)
        return ids.length
      }),
  })
}

/** As long as the process: for embedded collectors and tests. */
export const layer: Layer.Layer<TaskStore> = Layer.sync(TaskStore, make)
