import type { TaskFilter } from "../../services/TaskStore.ts"
import { type Task, type TaskState, taskStates } from "../domain/Task.ts"
import { searchWords, wordsOf } from "../domain/TaskSearch.ts"

interface Row {
  task: Task
  /** Its words, a space before each: made when someone searches. */
  words: string | undefined
}

/** The tasks of this process, in memory: what is seen, listed and searched. */
export class Rows {
  readonly #rows = new Map<string, Row>()
  readonly #counts = new Map<TaskState, number>(taskStates.map((state) => [state, 0]))
  /** By id, until one comes or goes. */
  #sorted: ReadonlyArray<Row> | undefined

  get size(): number {
    return this.#rows.size
  }

  get(id: string): Task | undefined {
    return this.#rows.get(id)?.task
  }

  has(id: string): boolean {
    return this.#rows.has(id)
  }

  /** As they stand now, in the order in which they came. */
  tasks(): ReadonlyArray<Task> {
    return Array.from(this.#rows.values(), ({ task }) => task)
  }

  set(task: Task): void {
    const { id } = task.spec
    const row = this.#rows.get(id)
    if (row === undefined) {
      this.#rows.set(id, { task, words: undefined })
      this.#sorted = undefined
    } else {
      this.#count(row.task.state, -1)
      if (row.task.spec !== task.spec || row.task.lastError !== task.lastError) row.words = undefined
      row.task = task
    }
    this.#count(task.state, 1)
  }

  delete(id: string): Task | undefined {
    const row = this.#rows.get(id)
    if (row === undefined) return undefined
    this.#rows.delete(id)
    this.#sorted = undefined
    this.#count(row.task.state, -1)
    return row.task
  }

  /** How many are in a state. */
  count(state: TaskState): number {
    return this.#counts.get(state) ?? 0
  }

  list({
    limit = Infinity,
    offset = 0,
    origin,
    projectId,
    state,
    text,
  }: TaskFilter = {}): ReadonlyArray<Task> {
    const wanted = text === undefined ? [] : searchWords(text).map((word) => ` ${word}`)
    this.#sorted ??= [...this.#rows.values()].sort((left, right) =>
      left.task.spec.id < right.task.spec.id ? -1 : 1,
    )
    const listed: Array<Task> = []
    let passed = 0
    for (const row of this.#sorted) {
      if (listed.length >= limit) break
      const { task } = row
      if (projectId !== undefined && task.spec.projectId !== projectId) continue
      if (state !== undefined && task.state !== state) continue
      if (origin !== undefined && task.origin !== origin) continue
      if (wanted.length > 0) {
        const words = (row.words ??= ` ${wordsOf(task).join(" ")}`)
        if (!wanted.every((beginning) => words.includes(beginning))) continue
      }
      if (passed++ >= offset) listed.push(task)
    }
    return listed
  }

  #count(state: TaskState, change: number): void {
    this.#counts.set(state, this.count(state) + change)
  }
}
