import type { Task } from "../../src/domain/Task.ts"
import { keptText } from "../../src/domain/KeptText.ts"
import { searchWords, wordsOf } from "../../src/domain/TaskSearch.ts"

/** A task as a database keeps it: what is asked for in columns, the whole as JSON. */
export interface TaskRow {
  readonly id: string
  readonly project: string
  readonly origin: string
  readonly state: string
  readonly revision: number
  readonly updatedAt: number
  /** `null`: it will not run again by itself. */
  readonly nextRun: number | null
  /** For the full-text search, a space between them. */
  readonly words: string
  readonly body: string
}

export const rowOf = (task: Task): TaskRow => ({
  id: task.spec.id,
  project: keptText(task.spec.projectId),
  origin: task.origin,
  state: task.state,
  revision: task.revision,
  updatedAt: task.updatedAt,
  nextRun: task.nextRun ?? null,
  words: wordsOf(task).join(" "),
  body: JSON.stringify(task),
})

/** What `rowOf` wrote; the layout's number says that it is of this version. */
export const taskOf = (body: string): Task => JSON.parse(body) as Task

/** Many in one text: a thread hands over one string much faster than thousands of objects. */
export const tasksOf = (bodies: string): ReadonlyArray<Task> => JSON.parse(bodies) as ReadonlyArray<Task>

/** The words looked for; `undefined`: none, everything is found. */
export const wantedOf = (text: string | undefined): ReadonlyArray<string> | undefined => {
  const words = text === undefined ? [] : searchWords(text)
  return words.length === 0 ? undefined : words
}
