import { Data } from "effect"

/**
 * Where an actor stands. `degraded` is alive: a peer or a disk is away and the actor itself tries again. `failed` ended
 * by a failure and is not restarted, or only after a long wait.
 */
export type ActorState =
  | "starting"
  | "running"
  | "degraded"
  | "restarting"
  | "stopping"
  | "stopped"
  | "failed"

/**
 * Every move there is. An actor that ends by itself moves straight to `restarting`, `stopped` or `failed`; one that is
 * asked to stop goes through `stopping` and cannot be restarted, only started again once it has stopped.
 */
export const legalMoves: { readonly [From in ActorState]: ReadonlyArray<ActorState> } = {
  starting: ["running", "degraded", "restarting", "stopping", "stopped", "failed"],
  running: ["degraded", "restarting", "stopping", "stopped", "failed"],
  degraded: ["running", "restarting", "stopping", "stopped", "failed"],
  restarting: ["starting", "stopped", "failed"],
  stopping: ["stopped", "failed"],
  stopped: ["starting"],
  failed: ["starting", "stopped"],
}

export const canMove = (from: ActorState, to: ActorState): boolean => legalMoves[from].includes(to)

/** A move that is no move: a defect of the code that asked for it. The actor stays where it is. */
export class IllegalMove extends Data.Error<{
  readonly path: string
  readonly from: ActorState
  readonly to: ActorState
  readonly reason: string
}> {
  override get message(): string {
    return `actor ${this.path} cannot move from ${this.from} to ${this.to}: ${this.reason}`
  }
}
