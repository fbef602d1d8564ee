import { Effect, type Exit, type Fiber } from "effect"
import type { Actor } from "../Actor.ts"
import { type ActorState, canMove } from "../ActorState.ts"
import type { ChildSpec } from "../ChildSpec.ts"

/** A child as its supervisor sees it. Only the supervisor's own fiber changes it, but for `exit` and `settled`. */
export interface Child {
  readonly id: string
  spec: ChildSpec
  /** Registered when it first starts. */
  actor: Actor | undefined
  phase:
    | /** to be started */ "waiting"
    | "up"
    | "stopping"
    | /** finished, for all its supervisor intends */ "over"
  /** waiting: not before this. */
  startAt: number
  /** It has once been ready, or given up waiting for, or has ended: the first start of the next one need not wait for it. */
  hadItsTurn: boolean
  /** up: it has said ready or degraded, or was given up waiting for. */
  settled: boolean
  startedAt: number
  startDeadline: number
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** Its end, until the supervisor has seen it: there is at most one. */
  exit: Exit.Exit<unknown, unknown> | undefined
  /** To be stopped, now or once those after it have. */
  stopWanted: boolean
  /** What follows the stop. */
  afterStop: "waiting" | "over"
  stopDeadline: number
  stuckDeadline: number
  stopBegan: number
  /** Past its stop deadline. */
  late: boolean
  nextWait: ((now: number) => Effect.Effect<number>) | undefined
  /** Those who asked for a stop or a start and wait for it. */
  onceStopped: Array<(inTime: boolean) => void>
  onceStarted: Array<(started: boolean) => void>
}

export const make = (spec: ChildSpec): Child => ({
  id: spec.id,
  spec,
  actor: undefined,
  phase: "waiting",
  startAt: 0,
  hadItsTurn: false,
  settled: false,
  startedAt: 0,
  startDeadline: 0,
  fiber: undefined,
  exit: undefined,
  stopWanted: false,
  afterStop: "over",
  stopDeadline: 0,
  stuckDeadline: 0,
  stopBegan: 0,
  late: false,
  nextWait: undefined,
  onceStopped: [],
  onceStarted: [],
})

/** It need not be waited for any longer. */
export const settle = (child: Child): void => {
  child.settled = true
  child.hadItsTurn = true
}

/** Whether what depends on it may start. */
export const canBeReliedOn = (child: Child): boolean =>
  child.phase === "over" || (child.phase === "up" && child.settled && !child.stopWanted)

/** The next moment at which its supervisor has something to do for it, without any notice. */
export const nextDeadline = (child: Child): number => {
  switch (child.phase) {
    case "waiting":
      return child.startAt
    case "up":
      return child.settled ? Infinity : child.startDeadline
    case "stopping":
      return child.late ? child.stuckDeadline : child.stopDeadline
    case "over":
      return Infinity
  }
}

/** Moves its actor, if that is a move: one that is over already, or never began, stays. */
export const move = (
  child: Child,
  to: ActorState,
  why?: { readonly detail?: string; readonly error?: string },
) =>
  Effect.suspend(() => {
    const { actor } = child
    return actor !== undefined && canMove(actor.state(), to) ? actor.move(to, why) : Effect.void
  })

/** In the log under its actor's path. */
export const logged = (path: string) => Effect.annotateLogs({ actor: path })

export const answer = <A>(waiting: Array<(value: A) => void>, value: A): void => {
  for (const resume of waiting.splice(0)) resume(value)
}
