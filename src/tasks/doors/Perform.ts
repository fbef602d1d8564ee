import { Clock, Duration, Effect, Option } from "effect"
import { NodeControl } from "../../../services/NodeControl.ts"
import type { DoorAnswer } from "../../../services/TaskDoor.ts"
import { type TaskRefused, Tasks } from "../../../services/Tasks.ts"
import type { TaskStoreError } from "../../../services/TaskStore.ts"
import { tasksDigest } from "../../domain/TasksDigest.ts"
import type { TimeZone } from "../../domain/cron/TimeZone.ts"
import type { Command } from "./Command.ts"
import { health } from "./Health.ts"
import { invalid, type Refusal, refusal } from "./Refusal.ts"
import { patchOf } from "./TaskDocument.ts"
import { statusView, taskView, versionView } from "./Views.ts"
import { asIs, type Language, messages, problems, type Words } from "./Words.ts"

export interface PerformOptions {
  readonly zone: TimeZone
  /** How long an event of a timer may take. */
  readonly eventBudget: Duration.Duration
  /** Whether nothing but events starts work: what one of them makes of a task that is due then is run before it is answered. */
  readonly eventsAlone: boolean
  /** What is awaited after the runs of such an event, until then at most: the process may stand still once it is answered. */
  readonly settled: (untilMillis: number) => Effect.Effect<void>
}

/** What is done, before it is put into a language. */
type Done = (language: Language) => DoorAnswer

const done =
  (data: (language: Language) => Readonly<Record<string, unknown>>): Done =>
  (language) => ({ status: 200, body: { success: true, data: data(language) } })

/** The message of what could not be done. */
const failures: Readonly<Record<Command["kind"], Words>> = {
  create: messages.createFailed,
  update: messages.updateFailed,
  remove: messages.removeFailed,
  stop: messages.stopFailed,
  start: messages.startFailed,
  run: messages.runFailed,
  rollback: messages.rollbackFailed,
  status: messages.queryFailed,
  list: messages.queryFailed,
  versions: messages.queryFailed,
  sync: messages.syncFailed,
  probe: messages.probeFailed,
  health: messages.queryFailed,
  init: messages.probeFailed,
  runDue: messages.runFailed,
}

/** A table that cannot keep what it is told is worth another try: 503. */
const explained = (message: Words, error: TaskRefused | TaskStoreError): Refusal => {
  if (error._tag === "TaskStoreError") return refusal(message, asIs(error.message), 503)
  if (error.reason === "exists") return refusal(message, problems.taskExists(error.taskId))
  if (error.reason === "unknown") return refusal(message, problems.taskUnknown(error.taskId))
  return refusal(message, asIs(error.detail))
}

const changed = (message: Words) => (task: Parameters<typeof taskView>[0]) =>
  done((language) => ({
    task_id: task.spec.id,
    status: task.state,
    revision: task.revision,
    message: message[language],
  }))

const ofNode = Effect.fnUntraced(function* (
  ask: (node: NodeControl["Service"]) => Effect.Effect<DoorAnswer>,
  without: Done | Refusal,
) {
  const node = yield* Effect.serviceOption(NodeControl)
  if (Option.isSome(node)) {
    const answer = yield* ask(node.value)
    return (): DoorAnswer => answer
  }
  return typeof without === "function" ? without : yield* Effect.fail(without)
})

const update = Effect.fnUntraced(function* (
  { id, patch }: Command & { readonly kind: "update" },
  zone: TimeZone,
) {
  const tasks = yield* Tasks
  const current = yield* tasks.get(id)
  if (current === undefined)
    return yield* Effect.fail(refusal(messages.updateFailed, problems.taskUnknown(id)))
  // It is not ours to change, which the table says better than a list of fields that it has not.
  if (current.origin === "plane") return changed(messages.updated)(yield* tasks.update(id, {}))
  const found: Array<Words> = []
  const reading = { now: yield* Clock.currentTimeMillis, zone }
  const change = patchOf(current.spec, patch, reading, found)
  if (found.length > 0) return yield* Effect.fail(invalid(found))
  return changed(messages.updated)(yield* tasks.update(id, change))
})

const sync = Effect.fnUntraced(function* ({ clear, instances }: Command & { readonly kind: "sync" }) {
  const tasks = yield* Tasks
  if (instances.length > 0 || clear) yield* tasks.replacePlane(instances)
  const held = yield* tasks.instances
  return done((language) => ({
    tasks: held.length,
    tasks_md5: tasksDigest(held),
    message: messages.synced[language],
  }))
})

const runDue = Effect.fnUntraced(function* (trigger: string, { eventBudget, settled }: PerformOptions) {
  const tasks = yield* Tasks
  const until = (yield* Clock.currentTimeMillis) + Duration.toMillis(eventBudget)
  const ran = yield* tasks.runDue(until)
  yield* settled(until)
  return done((language) => ({
    trigger,
    tasks: ran.map(({ lastError, spec, state }) => ({
      task_id: spec.id,
      status: state,
      ...(lastError === undefined ? {} : { error: lastError }),
    })),
    message: messages.ranDue[language],
  }))
})

const dispatch = Effect.fnUntraced(function* (command: Command, options: PerformOptions) {
  const tasks = yield* Tasks
  switch (command.kind) {
    case "create": {
      const task = yield* tasks.create(command.spec, "api")
      // Stored and started: what it does at this very moment is for `get_task_status` to say.
      return done((language) => ({
        task_id: task.spec.id,
        status: "running",
        message: messages.created[language],
      }))
    }
    case "update":
      return yield* update(command, options.zone)
    case "remove": {
      const task = yield* tasks.remove(command.id)
      return done((language) => ({ task_id: task.spec.id, message: messages.removed[language] }))
    }
    case "stop":
      return changed(messages.stopped)(yield* tasks.stop(command.id))
    case "start":
      return changed(messages.started)(yield* tasks.start(command.id))
    case "run": {
      const task = yield* tasks.run(command.id)
      return done((language) => ({ ...statusView(task), message: messages.ran[language] }))
    }
    case "rollback":
      return changed(messages.rolledBack)(yield* tasks.rollback(command.id, command.revision))
    case "status": {
      const task = yield* tasks.get(command.id)
      if (task === undefined)
        return yield* Effect.fail(refusal(messages.queryFailed, problems.taskUnknown(command.id)))
      return done(() => statusView(task))
    }
    case "list": {
      const found = yield* tasks.list(command.filter)
      return done(() => ({ tasks: found.map(taskView) }))
    }
    case "versions": {
      const versions = yield* tasks.versions(command.id)
      return done(() => ({ task_id: command.id, versions: versions.map(versionView) }))
    }
    case "sync":
      return yield* sync(command)
    case "probe":
      return yield* ofNode((node) => node.probe(command.body), refusal(messages.probeFailed, problems.noNode))
    case "health":
      return yield* Effect.map(health, (found) => done(() => found))
    case "init":
      return yield* ofNode(
        (node) => node.init,
        done((language) => ({ message: messages.initialised[language] })),
      )
    case "runDue":
      return yield* runDue(command.trigger, options)
  }
})

/** These may make a task due. */
const makesDue = (command: Command): string | undefined => {
  if (command.kind === "create") return command.spec.id
  const may = command.kind === "update" || command.kind === "start" || command.kind === "rollback"
  return may ? command.id : undefined
}

/** It has been stored, which is what the answer says; how its run fares is for `get_task_status` to say. */
const runAtOnce = Effect.fnUntraced(function* (id: string, { eventBudget, settled }: PerformOptions) {
  const tasks = yield* Tasks
  const until = (yield* Clock.currentTimeMillis) + Duration.toMillis(eventBudget)
  const ran = yield* tasks
    .runDue(until, id)
    .pipe(
      Effect.catch((error) =>
        Effect.as(Effect.logWarning(`task ${id} does not run within its event: ${error.message}`), []),
      ),
    )
  if (ran.length > 0) yield* settled(until)
})

/** A table that is starting or stuck must not hold whoever asks. Runs take as long as they take. */
const patience = 30
const patient = new Set<Command["kind"]>(["run", "runDue", "init"])

/** Does what an event asks for, and gives the answer in whatever language it is asked for. */
export const perform = (command: Command, options: PerformOptions): Effect.Effect<Done, Refusal, Tasks> => {
  const message = failures[command.kind]
  const work = dispatch(command, options).pipe(
    Effect.catchTags({
      TaskRefused: (error) => Effect.fail(explained(message, error)),
      TaskStoreError: (error) => Effect.fail(explained(message, error)),
    }),
  )
  if (patient.has(command.kind)) return work
  const answered = Effect.timeoutOrElse(work, {
    duration: Duration.seconds(patience),
    orElse: () => Effect.fail(refusal(message, problems.noAnswer(patience), 503)),
  })
  const due = options.eventsAlone ? makesDue(command) : undefined
  return due === undefined ? answered : Effect.tap(answered, () => runAtOnce(due, options))
}
