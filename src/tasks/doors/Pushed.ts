import { Schema } from "effect"
import { longestInstanceName, TaskInstance } from "../../domain/TaskInstance.ts"
import { Fields, isObject, type Json } from "./Fields.ts"
import { problems, type Words } from "./Words.ts"

/**
 * The list of tasks that a control plane pushes, in any of the shapes it has been written in: `task_instances` or
 * `tasks`, at the top or under `config`, `data` or `payload`, or as the answer to a heartbeat has it.
 */

const names = ["task_instances", "tasks", "Tasks"] as const
const within = ["config", "data", "payload"] as const

const listIn = (json: Json): ReadonlyArray<unknown> | undefined => {
  for (const name of names) if (Array.isArray(json[name])) return json[name]
  return undefined
}

const listOf = (event: Json): ReadonlyArray<unknown> | undefined => {
  const own = listIn(event)
  if (own !== undefined) return own
  for (const name of within) {
    const value = event[name]
    if (isObject(value)) {
      const list = listIn(value)
      if (list !== undefined) return list
    }
    if (Array.isArray(value)) {
      const nested = value.map((each) => (isObject(each) ? listIn(each) : undefined))
      return nested.some((each) => each !== undefined) ? nested.flatMap((each) => each ?? []) : value
    }
  }
  return undefined
}

const digestOf = (event: Json): unknown => {
  for (const json of [event, ...within.map((name) => event[name])]) {
    const one = Array.isArray(json) ? (json[0] as unknown) : json
    if (isObject(one) && one["tasks_md5"] !== undefined) return one["tasks_md5"]
  }
  return undefined
}

const own = new Set<string>(Object.keys(TaskInstance.fields))

/** An older plane's spelling of fields, as Go wrote them without tags. */
const lowered = (entry: Json): Json =>
  Object.fromEntries(
    Object.entries(entry).map(([name, value]) => [
      /^[A-Z]/.test(name) ? name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase() : name,
      value,
    ]),
  )

const paramsOf = (entry: Json, given: unknown): string => {
  if (typeof given === "string") return given
  if (given !== undefined && given !== null) return JSON.stringify(given)
  const { config, ...rest } = Object.fromEntries(Object.entries(entry).filter(([name]) => !own.has(name)))
  const more = { ...rest, ...(isObject(config) ? config : config === undefined ? {} : { config }) }
  return Object.keys(more).length === 0 ? "" : JSON.stringify(more)
}

const decode = Schema.decodeUnknownResult(TaskInstance)

/** Whatever is absent is what Go makes of it: 0 or nothing. An `id` that is a text is the task's. */
const instanceOf = (value: unknown, index: number, found: Array<Words>): ReadonlyArray<TaskInstance> => {
  const where = `tasks[${index}]`
  if (!isObject(value)) {
    found.push(problems.wrongKind(where, "object", value))
    return []
  }
  const entry = lowered(value)
  const named = typeof entry["id"] === "string" && entry["task_id"] === undefined
  const id = new Fields(named ? { task_id: entry["id"] } : entry, found, `${where}.`).id(
    "task_id",
    longestInstanceName,
  )
  const instance = decode({
    id: named ? index + 1 : (entry["id"] ?? 0),
    task_id: id,
    rule_id: entry["rule_id"] ?? "",
    planned_exec_node: entry["planned_exec_node"] ?? "",
    task_params: paramsOf(named ? { ...entry, id: undefined } : entry, entry["task_params"]),
    invalid: entry["invalid"] ?? 0,
    ...(isObject(entry["extra"]) ? { extra: entry["extra"] } : {}),
  })
  if (instance._tag === "Success") return [instance.success]
  const said = instance.failure.message.replace(/\s+/g, " ")
  found.push({ zh: `${where}格式错误: ${said}`, en: `${where} is no task: ${said}` })
  return []
}

/** The instances of a push. An empty list means what it means in a heartbeat: keep, unless it says `tasks_md5: "empty"`. */
export const pushedTasks = (event: Json, found: Array<Words>) => {
  const list = listOf(event)
  if (list === undefined) found.push(problems.empty("tasks"))
  const instances = (list ?? []).flatMap((entry, index) => instanceOf(entry, index, found))
  return { instances, clear: digestOf(event) === "empty" }
}
