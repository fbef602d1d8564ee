import { Option, Schema } from "effect"
import type { TaskCheckpoint } from "../domain/Task.ts"
import { PlaneCheckpoint, type TaskInstance } from "../domain/TaskInstance.ts"

const checkpointsOf = Schema.decodeUnknownOption(
  Schema.Struct({ checkpoints: Schema.Array(PlaneCheckpoint) }),
)

/** Where the node before this one has come to with a row, as the control plane has it. */
export const placeOf = (
  { id, instance, name }: { readonly id: string; readonly instance: TaskInstance; readonly name: string },
  now: number,
): TaskCheckpoint | undefined => {
  const { checkpoints } = Option.getOrElse(checkpointsOf(instance.extra), () => ({ checkpoints: [] }))
  const found = checkpoints.find(({ row }) => row === name)
  if (found === undefined) return undefined
  const { run_started_at, symbols } = found
  // Of no journal of ours: what is there of the task is looked through.
  return {
    taskId: id,
    revision: 1,
    runStartedAt: run_started_at,
    symbols,
    journalPosition: 0,
    updatedAt: now,
  }
}

/** How often the instance has had another owner. */
export const epochOf = (instance: TaskInstance): unknown => instance.extra?.["epoch"]
