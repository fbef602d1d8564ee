import { Effect, Layer } from "effect"
import {
  isExpired,
  type TaskFilter,
  TaskStore,
  type TaskVersion,
  versionsKept,
} from "../../services/TaskStore.ts"
import type { Task, TaskCheckpoint } from "../../src/domain/Task.ts"
import { searchWords, wordsMatch, wordsOf } from "../../src/domain/TaskSearch.ts"

interface Kept {
  readonly task: Task
  readonly words: ReadonlyArray<string>
  /** Newest first. */
  readonly versions: ReadonlyArray<TaskVersion>
  readonly checkpoint?: TaskCheckpoint
}

const passes =
  ({ origin, projectId, state, text }: TaskFilter) =>
  ({ task, words }: Kept): boolean =>
    (projectId === undefined || task.spec.projectId === projectId) &&
    (state === undefined || task.state === state) &&
    (origin === undefined || task.origin === origin) &&
    (text === undefined || wordsMatch(words, searchWords(text)))

const versionsOf = (known: Kept | undefined, task: Task): ReadonlyArray<TaskVersion> => {
  const versions = known?.versions ?? []
  if (versions.some(({ revision }) => revision === task.revision)) return versions
  const version = { revision: task.revision, task, savedAt: task.updatedAt }
  return [version, ...versions]
    .toSorted((left, right) => right.revision - left.revision)
    .slice(0, versionsKept)
}

const make = () => {
  const rows = new Map<string, Kept>()
  return TaskStore.of({
    save: (tasks) =>
      Effect.sync(() => {
        for (const task of tasks) {
          const known = rows.get(task.spec.id)
          rows.set(task.spec.id, {
            ...known,
            task,
            words: wordsOf(task),
            versions: versionsOf(known, task),
          })
        }
      }),
    get: (id) => Effect.sync(() => rows.get(id)?.task),
    list: (filter = {}) =>
      Effect.sync(() => {
        const { limit = Infinity, offset = 0 } = filter
        return [...rows.values()]
          .filter(passes(filter))
          .map(({ task }) => task)
          .toSorted((left, right) => (left.spec.id < right.spec.id ? -1 : 1))
          .slice(offset, offset + limit)
      }),
    remove: (ids) => Effect.sync(() => ids.forEach((id) => rows.delete(id))),
    versions: (id) => Effect.sync(() => rows.get(id)?.versions ?? []),
    saveCheckpoint: (checkpoint) =>
      Effect.sync(() => {
        const known = rows.get(checkpoint.taskId)
        if (known !== undefined) rows.set(checkpoint.taskId, { ...known, checkpoint })
      }),
    checkpoint: (taskId) => Effect.sync(() => rows.get(taskId)?.checkpoint),
    removeCheckpoint: (taskId) =>
      Effect.sync(() => {
        const known = rows.get(taskId)
        if (known === undefined) return
        const { checkpoint: _, ...kept } = known
        rows.set(taskId, kept)
      }),
    sweep: (before) =>
      Effect.sync(() => {
        let swept = 0
        for (const [id, { task }] of rows) if (isExpired(task, before) && rows.delete(id)) swept++
        return swept
      }),
  })
}

/** As long as the process: for embedded collectors and tests. */
export const layer: Layer.Layer<TaskStore> = Layer.sync(TaskStore, make)
