import { writeInstant } from "../../domain/Instant.ts"
import type { TaskSpec } from "../../domain/Task.ts"
import { usualHistoryDays } from "./DataTypes.ts"
import { Fields, isObject, type Json } from "./Fields.ts"
import { dataTypeOf, type Reading, scheduleOf, sourceOf, symbolsOf, windowOf } from "./TaskFields.ts"
import { problems, type Words } from "./Words.ts"

/**
 * A task as the actions write it. What a task is made of may stand at the top or under `config`: callers create with
 * `symbols` at the top and update them under `config`. What stands at the top wins. Whatever else is in `config` is
 * kept as the task's parameters.
 */

/** In the order in which they are asked for. */
export const requiredFields = [
  "project_id",
  "dataset",
  "data_type",
  "source",
  "symbols",
  "frequency",
] as const

const known: ReadonlyArray<string> = [
  ...requiredFields,
  "schedule",
  "start_time",
  "end_time",
  "batch_size",
  "history_days",
]

/** What a data type's word says besides the type. */
const ofDataType: ReadonlyArray<string> = ["interval", "kind"]

const usualBatchSize = 100
const mostRows = 100_000
const mostDays = 36_500

const configOf = (event: Json): Json => (isObject(event["config"]) ? event["config"] : {})

const pick = (json: Json, names: ReadonlyArray<string>): Json =>
  Object.fromEntries(names.flatMap((name) => (Object.hasOwn(json, name) ? [[name, json[name]]] : [])))

const omit = (json: Json, names: ReadonlyArray<string>): Json =>
  Object.fromEntries(Object.entries(json).filter(([name]) => !names.includes(name)))

/** Its parts in one object, and the parameters in another. */
const partsOf = (event: Json): { readonly fields: Json; readonly params: Json } => {
  const config = configOf(event)
  return { fields: { ...pick(config, known), ...pick(event, known) }, params: omit(config, known) }
}

const present = (params: Json): Json =>
  Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null && value !== undefined))

/** The spec that a document means. What is wrong is added to `found`; the spec is then not to be used. */
export const specOf = (
  id: string,
  document: Json,
  reading: Reading,
  found: Array<Words>,
  required: ReadonlyArray<string> = requiredFields,
): TaskSpec => {
  const parts = partsOf(document)
  const fields = new Fields(parts.fields, found)
  const text = (name: string): string =>
    required.includes(name) ? fields.requiredText(name) : (fields.text(name) ?? "")
  const projectId = text("project_id")
  const dataset = text("dataset")
  const word = text("data_type")
  const source = sourceOf(text("source"))
  const type = word === "" ? { dataType: "", params: {} } : dataTypeOf(source, word, found)
  const before = found.length
  const symbols = fields.names("symbols") ?? []
  if (symbols.length === 0 && found.length === before && required.includes("symbols"))
    found.push(problems.empty("symbols"))
  const frequency = text("frequency")
  const written = fields.text("schedule")
  const when = written ?? frequency
  const schedule =
    when === ""
      ? { kind: "once" as const }
      : scheduleOf(written === undefined ? "frequency" : "schedule", when, reading, found)
  new Fields(document, found).object("config")
  return {
    id,
    projectId,
    dataset,
    dataType: type.dataType,
    source,
    symbols: symbolsOf(source, symbols),
    frequency,
    schedule,
    window: windowOf(fields.time("start_time"), fields.time("end_time"), found),
    batchSize: fields.whole("batch_size", 1, mostRows) ?? usualBatchSize,
    historyDays: fields.whole("history_days", 0, mostDays) ?? usualHistoryDays(type.dataType),
    params: {
      ...type.params,
      ...present(parts.params),
      ...(written === undefined ? {} : { schedule: written }),
    },
  }
}

/** The document that a task would be created with. */
const documentOf = (spec: TaskSpec): { readonly fields: Json; readonly params: Json } => ({
  fields: {
    project_id: spec.projectId,
    dataset: spec.dataset,
    data_type: spec.dataType,
    source: spec.source,
    symbols: spec.symbols,
    frequency: spec.frequency,
    schedule: spec.params["schedule"],
    start_time: spec.window.start === undefined ? undefined : writeInstant(spec.window.start),
    end_time: spec.window.end === undefined ? undefined : writeInstant(spec.window.end),
    batch_size: spec.batchSize,
    history_days: spec.historyDays,
  },
  params: omit(spec.params, ["schedule"]),
})

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right)

/** Whether an event that is a patch has anything of a task in it. */
export const changesAnything = (patch: Json): boolean => {
  const { fields, params } = partsOf(patch)
  return Object.keys(fields).length + Object.keys(params).length > 0 || Object.hasOwn(patch, "config")
}

/**
 * What a patch changes of a task: a merge, in which null takes away what may be absent. A new data type's word takes
 * its own interval or kind along.
 */
export const patchOf = (
  current: TaskSpec,
  patch: Json,
  reading: Reading,
  found: Array<Words>,
): Partial<Omit<TaskSpec, "id">> => {
  const before = documentOf(current)
  const change = partsOf(patch)
  const params = Object.hasOwn(change.fields, "data_type") ? omit(before.params, ofDataType) : before.params
  const document = {
    ...before.fields,
    ...change.fields,
    config: { ...params, ...change.params },
  }
  if (Object.hasOwn(patch, "config") && !isObject(patch["config"])) new Fields(patch, found).object("config")
  const required = requiredFields.filter((name) => Object.hasOwn(change.fields, name))
  const next = specOf(current.id, document, reading, found, required)
  const changed = Object.entries(next).filter(
    ([name, value]) => !same(value, current[name as keyof TaskSpec]),
  )
  const gone = Object.keys(current.params).filter((name) => !Object.hasOwn(next.params, name))
  return {
    ...Object.fromEntries(changed),
    ...(gone.length === 0
      ? {}
      : { params: { ...next.params, ...Object.fromEntries(gone.map((name) => [name, null])) } }),
  }
}
