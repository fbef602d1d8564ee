import { Cause, Effect, Exit } from "effect"
import { describeCause } from "../Actor.ts"
import * as Backoff from "../Backoff.ts"
import { retryMillis } from "../ChildSpec.ts"
import { findChildStuck, findRestartsExceeded, RestartsExceeded } from "../SupervisorError.ts"
import * as Child from "./Child.ts"
import { pathOf, type State } from "./State.ts"
import { giveUp, isOver, stop } from "./Stop.ts"

/** What follows the end of a child. */
export const onEnd = Effect.fnUntraced(function* (state: State, child: Child.Child, now: number) {
  const exit = child.exit!
  child.exit = undefined
  child.fiber = undefined
  child.hadItsTurn = true
  yield* child.stopWanted ? endedAsAsked(state, child, exit) : endedByItself(state, child, exit, now)
  const stuck = Exit.isFailure(exit) ? findChildStuck(exit.cause) : undefined
  if (stuck !== undefined) yield* giveUp(state, stuck)
})

const endedAsAsked = Effect.fnUntraced(function* (
  state: State,
  child: Child.Child,
  exit: Exit.Exit<unknown, unknown>,
) {
  child.stopWanted = false
  child.late = false
  const failure = Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause) ? exit.cause : undefined
  if (failure !== undefined)
    yield* Effect.logError("failed while it was stopped", failure).pipe(Child.logged(pathOf(state, child)))
  yield* Child.move(child, "stopped", failure === undefined ? undefined : { error: describeCause(failure) })
  if (child.afterStop === "over") return yield* isOver(state, child)
  child.phase = "waiting"
  Child.answer(child.onceStopped, true)
})

const endedByItself = (
  state: State,
  child: Child.Child,
  exit: Exit.Exit<unknown, unknown>,
  now: number,
): Effect.Effect<void> => {
  const restart = child.spec.restart ?? "permanent"
  if (Exit.isSuccess(exit) && restart !== "permanent") return finishes(state, child)
  const cause = Exit.isFailure(exit) ? exit.cause : Cause.fail("it ended, though it is permanent")
  if (restart === "temporary" || findChildStuck(cause) !== undefined)
    return fails(state, child, cause, "failed; it is not restarted")
  const retry = findRestartsExceeded(cause) === undefined ? undefined : retryMillis(child.spec, state.options)
  if (retry !== undefined) return triesAgain(state, child, cause, now, retry)
  return state.intensity.admits(now) ? restarts(state, child, cause, now) : exceeds(state, child, cause)
}

const log = (state: State, child: Child.Child, what: string, cause: Cause.Cause<unknown>) =>
  Effect.logError(what, cause).pipe(Child.logged(pathOf(state, child)))

const finishes = (state: State, child: Child.Child) =>
  Effect.andThen(Child.move(child, "stopped"), isOver(state, child))

const fails = Effect.fnUntraced(function* (
  state: State,
  child: Child.Child,
  cause: Cause.Cause<unknown>,
  what: string,
) {
  yield* log(state, child, what, cause)
  yield* Child.move(child, "failed", { error: describeCause(cause) })
  yield* isOver(state, child)
})

const exceeds = Effect.fnUntraced(function* (state: State, child: Child.Child, cause: Cause.Cause<unknown>) {
  yield* fails(state, child, cause, "failed once too often")
  const path = pathOf(state, child)
  yield* giveUp(
    state,
    new RestartsExceeded({
      supervisor: state.self.path,
      child: path,
      ...state.options.limit,
      cause: Cause.squash(cause),
    }),
  )
})

const triesAgain = Effect.fnUntraced(function* (
  state: State,
  child: Child.Child,
  cause: Cause.Cause<unknown>,
  now: number,
  retry: number,
) {
  const detail = `tried again in ${retry} ms`
  yield* log(state, child, `failed; ${detail}`, cause)
  yield* Child.move(child, "failed", { error: describeCause(cause), detail })
  yield* startAgain(state, child, now + retry)
})

const restarts = Effect.fnUntraced(function* (
  state: State,
  child: Child.Child,
  cause: Cause.Cause<unknown>,
  now: number,
) {
  // It ran well for a while: what failed now is not what failed then.
  if (now - child.startedAt >= state.options.resetAfterMillis) child.nextWait = undefined
  child.nextWait ??= yield* Backoff.waits(state.options.backoff)
  const wait = yield* child.nextWait(now)
  const detail = `restarted in ${Math.round(wait)} ms`
  yield* log(state, child, `failed; ${detail}`, cause)
  yield* Child.move(child, "restarting", { error: describeCause(cause), detail })
  yield* startAgain(state, child, now + wait)
})

/** Those that are stopped and started again together with it. */
const groupOf = (state: State, child: Child.Child): ReadonlyArray<Child.Child> => {
  switch (state.options.strategy) {
    case "one_for_one":
      return []
    case "rest_for_one":
      return state.children.slice(state.children.indexOf(child) + 1)
    case "one_for_all":
      return state.children.filter((sibling) => sibling !== child)
  }
}

const startAgain = Effect.fnUntraced(function* (state: State, child: Child.Child, startAt: number) {
  child.phase = "waiting"
  child.startAt = startAt
  for (const sibling of groupOf(state, child)) {
    const temporary = sibling.spec.restart === "temporary"
    if (temporary && sibling.phase === "over") continue
    // A sibling that crashed itself and waits longer keeps its wait.
    const then = sibling.phase === "waiting" ? Math.max(sibling.startAt, startAt) : startAt
    yield* stop(state, sibling, temporary ? "over" : { startAt: then })
  }
})
