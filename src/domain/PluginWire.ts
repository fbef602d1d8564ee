import { Option, Schema } from "effect"
import { asNumber, parseExact } from "./ExactJson.ts"
import { type TaskInstance, TaskResult } from "./TaskInstance.ts"
import type { TriggerEvent, TriggerResponse } from "./TriggerEvent.ts"

/** What is said between a node and a plugin behind HTTP: plugins of both generations of the protocol understand it. */

/** JSON. A message stays as it came, with every digit. */
const payloadOf = (event: TriggerEvent): string => {
  if (event.text !== undefined) return event.text
  if (event.raw !== undefined) return JSON.stringify({ raw: Buffer.from(event.raw).toString("base64") })
  return JSON.stringify(event.message !== undefined ? event.message : snapshotOf(event))
}

const onTheWire = (task: TaskInstance): unknown =>
  typeof task.id === "string" ? { ...task, id: asNumber(task.id) } : task

const snapshotOf = ({ jobs, tasks, tasksMd5 }: TriggerEvent) => ({
  tasks: tasks.map(onTheWire),
  tasks_md5: tasksMd5,
  ...(jobs === undefined
    ? {}
    : { jobs: jobs.map(({ interval, task }) => ({ task: onTheWire(task), interval })) }),
})

/**
 * The body of `POST /on-trigger`. The tasks stand at the top and, where there is no message, in `payload` too: older
 * plugins look there.
 */
export const encodeEvent = (event: TriggerEvent): string => {
  const { metadata, name, type } = event
  const rest = JSON.stringify({ ...snapshotOf(event), metadata })
  return `${JSON.stringify({ type, name }).slice(0, -1)},"payload":${payloadOf(event)},${rest.slice(1)}`
}

const Point = Schema.Struct({
  times: Schema.Union([Schema.String, Schema.Finite]),
  object_id: Schema.String,
  fields: Schema.Record(Schema.String, Schema.Unknown),
})

const Group = Schema.Struct({
  write_mode: Schema.Literals(["set_data", "upsert_object"]),
  dataset_id: Schema.Union([Schema.String, Schema.Finite]),
  freq: Schema.String,
  app_key: Schema.String,
  data_points: Schema.Array(Point),
})

const parts = {
  task_results: Schema.decodeUnknownOption(TaskResult),
  data_points: Schema.decodeUnknownOption(Point),
  write_groups: Schema.decodeUnknownOption(Group),
} as const

/** A part of an answer that is not what it should be: counted and said, and its neighbours count all the same. */
export interface OddPart {
  readonly part: string
  readonly index: number
  readonly value: unknown
}

export interface ReadResponse {
  readonly response: TriggerResponse
  readonly odd: ReadonlyArray<OddPart>
}

/** Success without results: what an empty body, or one that is no JSON, stands for. */
export const noResults: TriggerResponse = { task_results: [] }

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** A value as a plugin answers it, in this process or parsed from JSON. */
export const readResponse = (value: unknown): ReadResponse => {
  if (!isObject(value)) return { response: noResults, odd: [] }
  const odd: Array<OddPart> = []
  const list = (part: string): ReadonlyArray<unknown> => {
    const all = value[part]
    if (all === undefined || all === null) return []
    if (Array.isArray(all)) return all
    odd.push({ part, index: 0, value: all })
    return []
  }
  const each = <A>(part: string, decode: (item: unknown) => Option.Option<A>): ReadonlyArray<A> =>
    list(part).flatMap((item, index) =>
      Option.match(decode(item), {
        onNone: () => {
          odd.push({ part, index, value: item })
          return []
        },
        onSome: (decoded) => [decoded],
      }),
    )
  const response: TriggerResponse = {
    task_results: each("task_results", parts.task_results),
    data_points: each("data_points", parts.data_points),
    write_groups: each("write_groups", parts.write_groups),
    records: list("records"),
  }
  return { response, odd }
}

/** The body of a plugin's answer. A number that a double does not hold is the text that stood there. */
export const decodeResponse = (body: string): ReadResponse => {
  try {
    return readResponse(parseExact(body))
  } catch {
    return { response: noResults, odd: [] }
  }
}
