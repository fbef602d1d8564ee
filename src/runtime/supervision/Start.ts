import { Effect, Exit } from "effect"
import * as Child from "./Child.ts"
import { inGroups, pathOf, type State } from "./State.ts"

/** Starts the next child that may start now, or gives up waiting for one to say ready. `false`: there is none. */
export const startNext = Effect.fnUntraced(function* (state: State, now: number) {
  if (state.shuttingDown) return false
  // A group starts once all of it has ended.
  if (inGroups(state) && state.children.some((child) => child.stopWanted)) return false
  let allBefore = true
  for (const child of state.children) {
    if (child.phase === "waiting" && child.startAt <= now && mayStart(state, child, allBefore)) {
      yield* start(state, child, now)
      return true
    }
    if (child.phase === "up" && !child.settled && child.startDeadline <= now) {
      Child.settle(child)
      yield* Effect.logWarning(
        `has said neither ready nor degraded for ${state.options.startTimeoutMillis} ms: the next ones start without it`,
      ).pipe(Child.logged(pathOf(state, child)))
      return true
    }
    allBefore &&= inGroups(state) ? Child.canBeReliedOn(child) : child.hadItsTurn
  }
  return false
})

const mayStart = (state: State, child: Child.Child, allBefore: boolean): boolean => {
  if (inGroups(state)) return allBefore
  // A restart under one_for_one is the child's own affair.
  return state.dynamic || child.hadItsTurn || allBefore
}

/** Every child has started, as far as it can: the supervisor itself is ready. */
export const allStarted = (state: State): boolean =>
  state.children.every((child) => (inGroups(state) ? Child.canBeReliedOn(child) : child.hadItsTurn))

const start = Effect.fnUntraced(function* (state: State, child: Child.Child, now: number) {
  child.phase = "up"
  child.settled = false
  child.startedAt = now
  child.startDeadline = now + state.options.startTimeoutMillis
  const path = pathOf(state, child)
  const begun = yield* Effect.exit(
    Effect.gen(function* () {
      child.actor ??= yield* state.actors.register(path, child.spec.kind ?? "worker")
      return yield* child.actor.begin(() => {
        Child.settle(child)
        state.signal.notifyUnsafe()
      })
    }),
  )
  if (Exit.isFailure(begun)) return ends(state, child, begun)
  const fiber = yield* Effect.suspend(() => child.spec.run(begun.value)).pipe(
    Effect.scoped,
    Child.logged(path),
    // A fiber of its own: neither this fiber's end nor its scope's may end it out of turn.
    (run) =>
      Effect.forkDetach(run as Effect.Effect<unknown, unknown, never>, {
        startImmediately: true,
      }),
  )
  child.fiber = fiber
  fiber.addObserver((exit) => {
    // One that was given up for stuck may still end one day.
    if (child.fiber === fiber) ends(state, child, exit)
  })
  Child.answer(child.onceStarted, true)
})

const ends = (state: State, child: Child.Child, exit: Exit.Exit<unknown, unknown>): void => {
  child.exit = exit
  state.ended.push(child)
  state.signal.notifyUnsafe()
}
