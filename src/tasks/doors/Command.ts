import type { TaskFilter } from "../../../services/TaskStore.ts"
import type { TaskSpec } from "../../domain/Task.ts"
import type { TaskInstance } from "../../domain/TaskInstance.ts"
import type { Json } from "./Fields.ts"

/** What an event asks for, whichever of the spellings it came in. */
export type Command =
  | { readonly kind: "create"; readonly spec: TaskSpec }
  /** A merge patch of the task's document. */
  | { readonly kind: "update"; readonly id: string; readonly patch: Json }
  | { readonly kind: TaskCommand; readonly id: string }
  | { readonly kind: "rollback"; readonly id: string; readonly revision: number }
  | { readonly kind: "list"; readonly filter: TaskFilter }
  /** The control plane's list. `clear`: it says itself that an empty one is meant. */
  | { readonly kind: "sync"; readonly instances: ReadonlyArray<TaskInstance>; readonly clear: boolean }
  /** The text of the probe. */
  | { readonly kind: "probe"; readonly body: string }
  | { readonly kind: "health" }
  | { readonly kind: "init" }
  /** A timer of the cloud: whatever is due. */
  | { readonly kind: "runDue"; readonly trigger: string }

/** What needs no more than a task's id. */
export type TaskCommand = "remove" | "status" | "stop" | "start" | "run" | "versions"
