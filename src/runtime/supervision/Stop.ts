import { Effect } from "effect"
import { stopLimits } from "../ChildSpec.ts"
import { ChildStuck, type SupervisorError } from "../SupervisorError.ts"
import * as Child from "./Child.ts"
import { inGroups, pathOf, type State } from "./State.ts"

/** Asks a child to end; it is then over, or waits to be started again. */
export const stop = Effect.fnUntraced(function* (
  state: State,
  child: Child.Child,
  then: "over" | { readonly startAt: number },
) {
  child.afterStop = then === "over" ? "over" : "waiting"
  if (then !== "over") child.startAt = then.startAt
  if (child.phase === "up" || child.phase === "stopping") {
    child.stopWanted = true
  } else if (then === "over") {
    yield* Child.move(child, "stopped")
    yield* isOver(state, child)
  } else {
    child.phase = "waiting"
  }
})

/** Finished, for all its supervisor intends. */
export const isOver = Effect.fnUntraced(function* (state: State, child: Child.Child) {
  child.phase = "over"
  if (state.dynamic) {
    const index = state.children.indexOf(child)
    if (index >= 0) state.children.splice(index, 1)
    yield* state.actors.remove(pathOf(state, child))
  }
  // Last: whoever waits goes on at once, and must find it done.
  Child.answer(child.onceStopped, true)
  Child.answer(child.onceStarted, false)
})

/** No child starts any more; each is asked to end. */
export const shutDown = (state: State): Effect.Effect<void> =>
  Effect.suspend(() => {
    state.shuttingDown = true
    const left = state.children.filter((child) => child.phase !== "over")
    return Effect.forEach(left, (child) => stop(state, child, "over"), { discard: true })
  })

export const giveUp = Effect.fnUntraced(function* (state: State, error: SupervisorError) {
  // A child that cannot be ended outweighs all: nothing may be started in its place, here or above.
  if (state.outcome?._tag !== "ChildStuck") state.outcome = error
  yield* Effect.logError(error.message).pipe(Child.logged(state.self.path))
  yield* shutDown(state)
})

/** Asks the last child that is to end, or sees to one that is past a deadline. `false`: there is nothing to do now. */
export const stopNext = Effect.fnUntraced(function* (state: State, now: number) {
  const inOrder = state.shuttingDown || inGroups(state)
  for (const child of state.children.toReversed()) {
    if (!child.stopWanted) continue
    if (child.phase === "up") {
      yield* interrupt(child, now)
      return true
    }
    if (!child.late && child.stopDeadline <= now) {
      yield* reportLate(state, child, now)
      return true
    }
    if (child.stuckDeadline <= now) {
      yield* abandon(state, child, now)
      return true
    }
    // Those before it wait for it, but only until it is late.
    if (inOrder && !child.late) return false
  }
  return false
})

const interrupt = Effect.fnUntraced(function* (child: Child.Child, now: number) {
  const limits = stopLimits(child.spec, child.actor?.kind() ?? "worker")
  child.phase = "stopping"
  child.stopBegan = now
  child.stopDeadline = now + limits.shutdownMillis
  child.stuckDeadline = now + limits.stuckMillis
  yield* Child.move(child, "stopping")
  child.fiber?.interruptUnsafe()
})

const reportLate = Effect.fnUntraced(function* (state: State, child: Child.Child, now: number) {
  child.late = true
  const report = `has not ended ${now - child.stopBegan} ms after it was asked to stop; waiting ${child.stuckDeadline - now} ms longer`
  child.actor?.noteError(report)
  yield* Effect.logError(report).pipe(Child.logged(pathOf(state, child)))
  Child.answer(child.onceStopped, false)
})

/** It stays `stopping` for everyone to see, and is waited for no longer. */
const abandon = Effect.fnUntraced(function* (state: State, child: Child.Child, now: number) {
  child.phase = "over"
  child.stopWanted = false
  child.fiber = undefined
  Child.answer(child.onceStopped, false)
  Child.answer(child.onceStarted, false)
  const path = pathOf(state, child)
  yield* giveUp(
    state,
    new ChildStuck({ supervisor: state.self.path, child: path, waitedMillis: now - child.stopBegan }),
  )
})
