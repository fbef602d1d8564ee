import type { Task, TaskCheckpoint } from "../../../src/domain/Task.ts"
import { type HeldTask, HeldTasks } from "../HeldTasks.ts"

/** What one request changes. */
export type Change =
  | { readonly kind: "save"; readonly tasks: ReadonlyArray<Task> }
  | { readonly kind: "remove"; readonly ids: ReadonlyArray<string> }
  | { readonly kind: "checkpoint"; readonly checkpoint: TaskCheckpoint }
  | { readonly kind: "checkpointRemoved"; readonly id: string }

/** The holding of an S3 store, and what it weighs: the letters of its JSON. */
export class WeighedTasks {
  readonly held = new HeldTasks()
  weight = 0
  /** Of each row and checkpoint, found once. */
  private readonly weights = new WeakMap<object, number>()

  private weightOf(part: object): number {
    const known = this.weights.get(part)
    if (known !== undefined) return known
    const found = JSON.stringify(part).length
    this.weights.set(part, found)
    return found
  }

  private weightHeld(row: HeldTask | undefined): number {
    if (row === undefined) return 0
    const { checkpoint, task, versions } = row
    let sum = this.weightOf(task) + (checkpoint === undefined ? 0 : this.weightOf(checkpoint))
    for (const version of versions) sum += this.weightOf(version.task)
    return sum
  }

  private changing(id: string, change: () => void): void {
    const before = this.weightHeld(this.held.get(id))
    change()
    this.weight += this.weightHeld(this.held.get(id)) - before
  }

  put(row: HeldTask): void {
    this.changing(row.task.spec.id, () => this.held.put(row))
  }

  apply(change: Change): void {
    const { held } = this
    switch (change.kind) {
      case "save":
        for (const task of change.tasks) this.changing(task.spec.id, () => held.save([task]))
        return
      case "remove":
        for (const id of change.ids) this.changing(id, () => held.remove([id]))
        return
      case "checkpoint":
        return this.changing(change.checkpoint.taskId, () => held.saveCheckpoint(change.checkpoint))
      case "checkpointRemoved":
        return this.changing(change.id, () => held.removeCheckpoint(change.id))
    }
  }

  /** How much heavier it becomes by this, at most. */
  growth(change: Change): number {
    if (change.kind !== "save") return 0
    let sum = 0
    for (const task of change.tasks) {
      const known = this.held.get(task.spec.id)
      const isKnown = known?.versions.some(({ revision }) => revision === task.revision) === true
      const weight = this.weightOf(task)
      sum += weight - (known === undefined ? 0 : this.weightOf(known.task)) + (isKnown ? 0 : weight)
    }
    return sum
  }
}
