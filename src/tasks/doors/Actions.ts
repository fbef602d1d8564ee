import { taskStates } from "../../domain/Task.ts"
import { nearestName } from "../../domain/NearestName.ts"
import type { Command, TaskCommand } from "./Command.ts"
import { Fields, type Json } from "./Fields.ts"
import { changesAnything, specOf } from "./TaskDocument.ts"
import type { Reading } from "./TaskFields.ts"
import { problems, type Words } from "./Words.ts"

type Decode = (event: Json, reading: Reading, found: Array<Words>) => Command

const byId =
  (kind: TaskCommand): Decode =>
  (event, _, found) => ({ kind, id: new Fields(event, found).id("task_id") })

const create: Decode = (event, reading, found) => {
  const id = new Fields(event, found).id("task_id")
  return { kind: "create", spec: specOf(id, event, reading, found) }
}

const update: Decode = (event, _, found) => {
  const id = new Fields(event, found).id("task_id")
  if (!changesAnything(event)) found.push(problems.nothingToChange)
  return { kind: "update", id, patch: event }
}

const rollback: Decode = (event, _, found) => {
  const fields = new Fields(event, found)
  const id = fields.id("task_id")
  const before = found.length
  const revision = fields.whole("revision", 1, Number.MAX_SAFE_INTEGER)
  if (revision === undefined && found.length === before) found.push(problems.empty("revision"))
  return { kind: "rollback", id, revision: revision ?? 0 }
}

const origins = ["api", "plane", "file"] as const

const list: Decode = (event, _, found) => {
  const fields = new Fields(event, found)
  const oneOf = <A extends string>(name: string, known: ReadonlyArray<A>): A | undefined => {
    const value = fields.text(name)
    const meant = known.find((each) => each === value)
    if (value !== undefined && meant === undefined)
      found.push(problems.notOneOf(name, value, known, nearestName(value, known)))
    return meant
  }
  const given = {
    projectId: fields.text("project_id"),
    state: oneOf("status", taskStates),
    origin: oneOf("origin", origins),
    text: fields.text("text"),
    limit: fields.whole("limit", 1, 100_000),
    offset: fields.whole("offset", 0, Number.MAX_SAFE_INTEGER),
  }
  const filter = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return { kind: "list", filter }
}

/** The actions on tasks: the five that callers have always had, and what else a table can do. */
export const taskActions: ReadonlyMap<string, Decode> = new Map([
  ["create_task", create],
  ["update_task", update],
  ["delete_task", byId("remove")],
  ["list_tasks", list],
  ["get_task_status", byId("status")],
  ["stop_task", byId("stop")],
  ["start_task", byId("start")],
  ["run_task", byId("run")],
  ["list_task_versions", byId("versions")],
  ["rollback_task", rollback],
])
