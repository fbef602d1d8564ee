import { Result } from "effect"
import { nearestName } from "../../domain/NearestName.ts"
import { taskActions } from "./Actions.ts"
import type { Command } from "./Command.ts"
import { isObject, type Json } from "./Fields.ts"
import { pushedTasks } from "./Pushed.ts"
import { invalid, type Refusal, refusal } from "./Refusal.ts"
import type { Reading } from "./TaskFields.ts"
import { messages, problems, type Words } from "./Words.ts"

type Decode = (event: Json, reading: Reading, found: Array<Words>) => Command

/** Where an event may carry what it is about, beside its `type` or `action`. */
const envelopes = ["data", "payload", "task", "params"] as const

const parsed = (value: unknown): unknown => {
  if (typeof value !== "string" || !/^\s*\{/.test(value)) return value
  try {
    return JSON.parse(value) as unknown
  } catch {
    return value
  }
}

/** The event with what it carries laid over it. */
const opened = (event: Json): Json => {
  const carried = envelopes.map((name) => parsed(event[name])).filter(isObject)
  return Object.assign({}, event, ...carried) as Json
}

const sync: Decode = (event, _, found) => ({ kind: "sync", ...pushedTasks(event, found) })
const probe: Decode = (event) => ({ kind: "probe", body: JSON.stringify(opened(event)) })
const health: Decode = () => ({ kind: "health" })
const init: Decode = () => ({ kind: "init" })

/** What a node is told by `action`. */
const nodeActions: ReadonlyMap<string, Decode> = new Map([
  ["config_sync", sync],
  ["heartbeat_probe", probe],
  ["health_check", health],
])

const unknownEvent = (field: string, value: unknown, known: Iterable<string>): Refusal => {
  const names = [...known]
  const near = typeof value === "string" ? nearestName(value, names) : undefined
  const { en, zh } = problems.unknownEvent(field, value, names)
  const meant =
    near === undefined ? { zh, en } : { zh: `${zh}, 是否为"${near}"?`, en: `${en}; did you mean "${near}"?` }
  return refusal(messages.unknownEvent, meant)
}

type Decoded = Result.Result<Command, Refusal>

const decoded = (decode: Decode, event: Json, reading: Reading): Decoded => {
  const found: Array<Words> = []
  const command = decode(event, reading, found)
  return found.length > 0 ? Result.fail(invalid(found)) : Result.succeed(command)
}

/** An event whose `type` is `task`: the action is beside it, or within what it carries. */
const taskEvent = (event: Json, reading: Reading): Decoded => {
  const whole = opened(event)
  const action = whole["action"]
  const decode = typeof action === "string" ? taskActions.get(action) : undefined
  if (decode !== undefined) return decoded(decode, whole, reading)
  if (action === undefined || action === null || action === "")
    return Result.fail(invalid([problems.empty("action")]))
  return Result.fail(unknownEvent("action", action, taskActions.keys()))
}

const types: ReadonlyMap<string, (event: Json, reading: Reading) => Decoded> = new Map([
  ["init", (event, reading) => decoded(init, event, reading)],
  ["config", (event, reading) => decoded(sync, event, reading)],
  ["heartbeat", (event, reading) => decoded(probe, event, reading)],
  ["task", taskEvent],
  ["health", (event, reading) => decoded(health, event, reading)],
])

/**
 * What an event asks for. An action on tasks says enough; else its `type` counts, and else its `action`: a probe by
 * `type` has an `action` of its own.
 */
export const decodeEvent = (event: Json, reading: Reading): Decoded => {
  const { action, type } = event
  const ofTasks = typeof action === "string" ? taskActions.get(action) : undefined
  if (ofTasks !== undefined) return decoded(ofTasks, type === "task" ? opened(event) : event, reading)
  const ofType = typeof type === "string" ? types.get(type) : undefined
  if (ofType !== undefined) return ofType(event, reading)
  const ofNode = typeof action === "string" ? nodeActions.get(action) : undefined
  if (ofNode !== undefined) return decoded(ofNode, event, reading)
  if (action !== undefined)
    return Result.fail(unknownEvent("action", action, [...taskActions.keys(), ...nodeActions.keys()]))
  if (type !== undefined) return Result.fail(unknownEvent("type", type, types.keys()))
  return Result.fail(refusal(messages.unknownEvent, problems.noEvent))
}
