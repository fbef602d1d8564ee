import { Effect } from "effect"
import type { TaskStoreError } from "../../services/TaskStore.ts"
import type { TaskRefused } from "../../services/Tasks.ts"
import type { Task, TaskSpec } from "../domain/Task.ts"
import type { Rows } from "./Rows.ts"

type Change<A> = (what: A) => Effect.Effect<Task, TaskRefused | TaskStoreError>

/** The rows of the configuration become what it says now. A task that cannot be had is said, and holds up no other. */
export const replaceFile = Effect.fnUntraced(function* (
  file: ReadonlyArray<TaskSpec>,
  rows: Rows,
  {
    change,
    create,
    remove,
  }: {
    readonly create: Change<TaskSpec>
    readonly change: Change<TaskSpec>
    readonly remove: Change<string>
  },
) {
  const wanted = new Set(file.map(({ id }) => id))
  const gone = rows.tasks().filter(({ origin, spec }) => origin === "file" && !wanted.has(spec.id))
  for (const { spec } of gone) yield* Effect.ignore(remove(spec.id))
  for (const [index, spec] of file.entries()) {
    const there = rows.get(spec.id)
    const made = there?.origin === "file" ? change(spec) : create(spec)
    yield* made.pipe(
      Effect.catch((error) =>
        Effect.logError(`tasks.list[${index}], task "${spec.id}": ${error.message}; the others go on`),
      ),
    )
  }
})
