import { createHash } from "node:crypto"
import type { TaskInstance } from "./TaskInstance.ts"

/** What stands for a list of which nothing is to be run. */
export const noTasks = "empty"

/**
 * `tasks_md5`: how a node and its control plane tell whether they have the same list. MD5 over the ids of the valid
 * instances, in the order of their bytes, with commas between. Parameters do not enter.
 */
export const tasksDigest = (instances: ReadonlyArray<Pick<TaskInstance, "task_id" | "invalid">>): string => {
  const ids = instances.filter(({ invalid }) => invalid === 0).map(({ task_id }) => Buffer.from(task_id))
  if (ids.length === 0) return noTasks
  return createHash("md5").update(ids.sort(Buffer.compare).join(",")).digest("hex")
}
