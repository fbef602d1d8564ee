import type { TaskInstance } from "../domain/TaskInstance.ts"
import type { TriggerEvent } from "../domain/TriggerEvent.ts"
import { paramsOf } from "./PluginRows.ts"

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null

/** A symbol whatever its spelling. */
const plain = (symbol: unknown): string =>
  typeof symbol === "string" ? symbol.toUpperCase().replace(/[^A-Z0-9]/g, "") : ""

/** What the event asked for: what is due, else everything that is to be run. */
const askedBy = ({ jobs = [], tasks }: Pick<TriggerEvent, "jobs" | "tasks">): ReadonlyArray<TaskInstance> =>
  jobs.length === 0
    ? tasks.filter(({ invalid }) => invalid === 0)
    : [...new Set(jobs.map(({ task }) => task))]

/** Tasks by their symbols; of a symbol that two have, nothing. */
const bySymbol = (tasks: ReadonlyArray<TaskInstance>): ReadonlyMap<string, string | undefined> => {
  const known = new Map<string, string | undefined>()
  for (const { task_id, task_params } of tasks) {
    const { symbol, symbols } = paramsOf(task_params)
    for (const each of new Set([symbol, ...(Array.isArray(symbols) ? symbols : [])].map(plain)))
      if (each !== "") known.set(each, known.has(each) ? undefined : task_id)
  }
  return known
}

/**
 * Whose row one of a plugin's is: of the task that it names as `task_id`, else of the only one that the event asked for,
 * else of the only one that asked for its symbol. A name that is no task of the event says nothing.
 */
export const taskOfRows = (
  rows: ReadonlyArray<unknown>,
  event: Pick<TriggerEvent, "jobs" | "tasks">,
): ((index: number) => string | undefined) => {
  const asked = askedBy(event)
  const named = new Set(event.tasks.map(({ task_id }) => task_id))
  const only = asked.length === 1 ? asked[0]!.task_id : undefined
  const symbols = asked.length > 1 ? bySymbol(asked) : undefined
  return (index) => {
    const row = rows[index]
    if (!isFields(row)) return only
    const { native, symbol, task_id } = row
    if (typeof task_id === "string" && named.has(task_id)) return task_id
    return only ?? symbols?.get(plain(symbol)) ?? symbols?.get(plain(native))
  }
}
