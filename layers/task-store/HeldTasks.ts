import { isExpired, type TaskFilter, type TaskVersion, versionsKept } from "../../services/TaskStore.ts"
import type { Task, TaskCheckpoint } from "../../src/domain/Task.ts"
import { searchWords, wordsMatch, wordsOf } from "../../src/domain/TaskSearch.ts"

/** A task with all that is kept of it. Replaced when something of it changes, never changed. */
export interface HeldTask {
  readonly task: Task
  /** Newest first. */
  readonly versions: ReadonlyArray<TaskVersion>
  readonly checkpoint?: TaskCheckpoint
}

const passes = ({ origin, projectId, state, text }: TaskFilter): ((task: Task) => boolean) => {
  const wanted = text === undefined ? [] : searchWords(text)
  return (task) =>
    (projectId === undefined || task.spec.projectId === projectId) &&
    (state === undefined || task.state === state) &&
    (origin === undefined || task.origin === origin) &&
    (wanted.length === 0 || wordsMatch(wordsOf(task), wanted))
}

const versionsOf = (known: HeldTask | undefined, task: Task): ReadonlyArray<TaskVersion> => {
  const versions = known?.versions ?? []
  if (versions.some(({ revision }) => revision === task.revision)) return versions
  const version = { revision: task.revision, task, savedAt: task.updatedAt }
  return [version, ...versions]
    .toSorted((left, right) => right.revision - left.revision)
    .slice(0, versionsKept)
}

/** What a store of tasks holds, in memory, by the rules of the port. */
export class HeldTasks {
  private readonly rows = new Map<string, HeldTask>()

  save(tasks: ReadonlyArray<Task>): void {
    for (const task of tasks) {
      const known = this.rows.get(task.spec.id)
      this.rows.set(task.spec.id, { ...known, task, versions: versionsOf(known, task) })
    }
  }

  /** As it was held elsewhere. */
  put(held: HeldTask): void {
    this.rows.set(held.task.spec.id, held)
  }

  get(id: string): HeldTask | undefined {
    return this.rows.get(id)
  }

  list(filter: TaskFilter = {}): ReadonlyArray<Task> {
    const { limit = Infinity, offset = 0 } = filter
    return [...this.rows.values()]
      .map(({ task }) => task)
      .filter(passes(filter))
      .toSorted((left, right) => (left.spec.id < right.spec.id ? -1 : 1))
      .slice(offset, offset + limit)
  }

  /** As they are now; what changes later is not seen in it. */
  all(): ReadonlyArray<HeldTask> {
    return [...this.rows.values()]
  }

  remove(ids: ReadonlyArray<string>): void {
    for (const id of ids) this.rows.delete(id)
  }

  saveCheckpoint(checkpoint: TaskCheckpoint): void {
    const known = this.rows.get(checkpoint.taskId)
    if (known !== undefined) this.rows.set(checkpoint.taskId, { ...known, checkpoint })
  }

  removeCheckpoint(id: string): void {
    const known = this.rows.get(id)
    if (known === undefined) return
    const { checkpoint: _, ...kept } = known
    this.rows.set(id, kept)
  }

  /** The tasks that a sweep takes. */
  expired(before: number): ReadonlyArray<string> {
    return [...this.rows.values()]
      .filter(({ task }) => isExpired(task, before))
      .map(({ task }) => task.spec.id)
  }
}
