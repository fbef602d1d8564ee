import { Clock, Effect } from "effect"
import { isDeepStrictEqual } from "node:util"
import type { RunReport } from "../../services/TaskRunner.ts"
import {
  noStatistics,
  type Task,
  type TaskCheckpoint,
  type TaskSpec,
  type TaskState,
} from "../domain/Task.ts"
import type { TaskInstance } from "../domain/TaskInstance.ts"
import type { Ledger } from "./Ledger.ts"
import { epochOf, placeOf } from "./PlanePlace.ts"
import type { PlaneSpec } from "./PlaneSpecs.ts"
import { outcomeOf, withWord } from "./PlaneWord.ts"
import { moved, movedBy } from "./TaskMoves.ts"

const sameInstance = (task: Task, instance: TaskInstance): boolean =>
  JSON.stringify(task.instance) === JSON.stringify(instance)

/** A name stands for one task, the last of its name; what has none cannot be spoken of. */
const onePerId = (list: ReadonlyArray<TaskInstance>): ReadonlyArray<TaskInstance> => [
  ...new Map(list.filter(({ task_id }) => task_id !== "").map((each) => [each.task_id, each])).values(),
]

/** Who runs the rows of the control plane. */
export interface PlaneRunner {
  /** The rows of one instance. */
  readonly specs: (instance: TaskInstance, now: number) => ReadonlyArray<PlaneSpec>
  /** Why a row cannot be run, or when it first is. Absent: plugins run them, whom triggers call. */
  readonly admit?: (
    spec: TaskSpec,
    now: number,
  ) => Effect.Effect<{ readonly problem: string } | { readonly nextRun: number }>
  /** Its run has ended when this completes. `again`: what is left is done by a later one. */
  readonly cancel: (id: string, ending: "again" | "over") => Effect.Effect<void>
  readonly arm: (task: Task) => void
  /** It will not be run, for this reason. */
  readonly refused: (task: Task, problem: string) => void
  /** Where another node has come to with it: runs go on from there. */
  readonly goOn?: (checkpoint: TaskCheckpoint) => Effect.Effect<void>
  readonly forget: (id: string) => void
  /** A plugin has said what a task came to. */
  readonly reported: (taskId: string, outcome: RunReport["outcome"]) => void
}

export interface PlaneRowsOptions {
  /** Whether rows that the store has are to be run before the control plane has said so again. */
  readonly heldAtStart: boolean
}

/** A row that the list wants. */
interface Wanted extends PlaneSpec {
  readonly id: string
  readonly instance: TaskInstance
}

/** The same work, whatever else the control plane says of it. */
const isSame = ({ instance, spec }: Task, wanted: Wanted): boolean =>
  isDeepStrictEqual(spec, wanted.spec) && (instance as TaskInstance).invalid === wanted.instance.invalid

/** The rows that a control plane's list has made. */
export const makePlaneRows = (
  { drop, rows, set, touch }: Ledger,
  runner: PlaneRunner,
  { heldAtStart }: PlaneRowsOptions,
) => {
  let known: ReadonlyArray<TaskInstance> | undefined
  /** The rows of each name of an instance: a plugin may speak of thousands at once. */
  let named: ReadonlyMap<string, ReadonlyArray<string>> | undefined
  /** Rows that are in the table and not this process's to run now. */
  const released = new Set<string>()

  const ofPlane = (): ReadonlyArray<Task> => rows.tasks().filter(({ origin }) => origin === "plane")
  const isHeld = (id: string): boolean => !released.has(id)

  const instances = (): ReadonlyArray<TaskInstance> =>
    (known ??= onePerId(
      ofPlane()
        .filter(({ spec }) => isHeld(spec.id))
        .map(({ instance }) => instance as TaskInstance),
    ))

  const rowsOf = (taskId: string): ReadonlyArray<string> => {
    if (named === undefined) {
      const made = new Map<string, Array<string>>()
      for (const { instance, spec } of ofPlane()) {
        const { task_id } = instance as TaskInstance
        const ids = made.get(task_id)
        if (ids === undefined) made.set(task_id, [spec.id])
        else ids.push(spec.id)
      }
      named = made
    }
    return named.get(taskId) ?? []
  }

  const forgetLists = (): void => {
    known = undefined
    named = undefined
  }

  /** A name that a row of another door has is told apart. */
  const wantedOf = (list: ReadonlyArray<TaskInstance>, before: ReadonlyMap<string, Task>, now: number) => {
    const wanted = new Map<string, Wanted>()
    for (const instance of onePerId(list))
      for (const each of runner.specs(instance, now)) {
        let id = each.name
        for (let again = 2; wanted.has(id) || (rows.has(id) && !before.has(id)); again++)
          id = `${each.name}#${again}`
        wanted.set(id, { ...each, id, instance, spec: { ...each.spec, id } })
      }
    return wanted
  }

  /** What its row says while nothing has been run of it. */
  const admitted = Effect.fnUntraced(function* ({ instance, problem, spec }: Wanted, now: number) {
    if (instance.invalid !== 0) return { state: "stopped" } as const
    if (problem !== undefined) return { state: "failed", lastError: problem } as const
    if (runner.admit === undefined) return { state: "pending" } as const
    const admission = yield* runner.admit(spec, now)
    return "problem" in admission
      ? ({ state: "failed", lastError: admission.problem } as const)
      : ({ state: "pending", nextRun: admission.nextRun } as const)
  })

  const goOn = (wanted: Wanted, now: number): Effect.Effect<void> => {
    const place = placeOf(wanted, now)
    return place === undefined || runner.goOn === undefined ? Effect.void : runner.goOn(place)
  }

  type Begun = Effect.Success<ReturnType<typeof admitted>>

  const asBegun = (task: Task, begun: Begun, now: number): Task =>
    movedBy(task, begun.state, now, {
      nextRun: "nextRun" in begun ? begun.nextRun : undefined,
      ...("lastError" in begun ? { lastError: begun.lastError } : {}),
    })

  const tell = (task: Task, { state, ...begun }: Begun): void => {
    runner.arm(task)
    if (state === "failed" && "lastError" in begun) runner.refused(task, begun.lastError)
  }

  const add = Effect.fnUntraced(function* (wanted: Wanted, now: number) {
    const { id, instance, spec } = wanted
    const begun = yield* admitted(wanted, now)
    const times = { createdAt: now, updatedAt: now }
    const task: Task = {
      spec,
      origin: "plane",
      revision: 1,
      statistics: noStatistics,
      instance,
      ...times,
      ...begun,
    }
    released.delete(id)
    set(task)
    yield* goOn(wanted, now)
    tell(task, begun)
  })

  const change = Effect.fnUntraced(function* (task: Task, wanted: Wanted, now: number) {
    const { id, instance, spec } = wanted
    const same = isSame(task, wanted)
    const revision = same ? task.revision : task.revision + 1
    const held = isHeld(id)
    released.delete(id)
    if (epochOf(task.instance as TaskInstance) !== epochOf(instance)) yield* goOn(wanted, now)
    if (runner.admit === undefined) {
      const state: TaskState =
        instance.invalid !== 0 ? "stopped" : task.state === "stopped" ? "pending" : task.state
      return touch({ ...moved(task, state, now), spec, instance, revision })
    }
    // Its number, or what stands beside its parameters, is nothing to a run.
    if (same && held) return touch({ ...task, instance, updatedAt: now })
    const goesOn = same && task.state !== "stopped" && task.state !== "failed"
    const begun: Begun = goesOn
      ? { state: "pending", nextRun: task.nextRun ?? now }
      : yield* admitted(wanted, now)
    // Completed once is completed, whoever says it again.
    const next = goesOn && task.state !== "pending" ? task : asBegun(task, begun, now)
    const changed = { ...next, spec, instance, revision }
    touch(changed)
    tell(changed, begun)
  })

  return {
    instances,
    isHeld: (id: string): boolean => isHeld(id),
    /** Rows have come from the store. */
    refresh: (): void => {
      forgetLists()
      if (!heldAtStart) for (const { spec } of ofPlane()) released.add(spec.id)
    },
    /** The list is these, whole. Whether anything has changed. */
    replace: Effect.fnUntraced(function* (list: ReadonlyArray<TaskInstance>) {
      const now = yield* Clock.currentTimeMillis
      const before = new Map(ofPlane().map((task) => [task.spec.id, task]))
      const wanted = wantedOf(list, before, now)
      const gone = [...before.keys()].filter((id) => !wanted.has(id))
      const changed = [...wanted.values()].filter(({ id, instance }) => {
        const task = before.get(id)
        return task === undefined || !isHeld(id) || !sameInstance(task, instance)
      })
      if (gone.length + changed.length === 0) return false
      const otherwise = changed.flatMap((each) => {
        const task = before.get(each.id)
        return task === undefined || isSame(task, each) ? [] : [each.id]
      })
      yield* Effect.forEach([...gone, ...otherwise], (id) => runner.cancel(id, "over"), {
        concurrency: "unbounded",
        discard: true,
      })
      for (const id of gone) {
        released.delete(id)
        runner.forget(id)
        drop(id)
      }
      for (const each of changed) {
        const task = rows.get(each.id)
        yield* task === undefined ? add(each, now) : change(task, each, now)
      }
      forgetLists()
      return true
    }),
    /** None of them is this process's to run, until a list says so again. What they have come to stays. */
    release: Effect.gen(function* () {
      const held = ofPlane().flatMap(({ spec: { id } }) => (isHeld(id) ? [id] : []))
      for (const id of held) released.add(id)
      forgetLists()
      yield* Effect.forEach(held, (id) => runner.cancel(id, "again"), {
        concurrency: "unbounded",
        discard: true,
      })
    }),
    /** A plugin's word on a task, by the numbers of the node protocol. */
    report: (taskId: string, status: number, result: string, now: number): void => {
      const outcome = outcomeOf(status)
      for (const id of rowsOf(taskId)) {
        const task = rows.get(id)
        if (task === undefined) continue
        if (outcome !== undefined) runner.reported(taskId, outcome)
        touch(withWord(task, status, result, now))
      }
    },
  }
}
