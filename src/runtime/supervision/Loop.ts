import { type Cause, Effect, Exit } from "effect"
import type { SupervisorError } from "../SupervisorError.ts"
import * as Child from "./Child.ts"
import { onEnd } from "./End.ts"
import { allStarted, startNext } from "./Start.ts"
import * as State from "./State.ts"
import { shutDown, stopNext } from "./Stop.ts"

/**
 * A supervisor's life: it does all that can be done now, then waits for a notice or the next deadline. It decides
 * uninterruptibly and waits interruptibly; interrupted, it stops its children in reverse order before it ends.
 * `onceStarted` is done when every child has started for the first time.
 */
export const run = (
  state: State.State,
  onceStarted: Effect.Effect<void>,
): Effect.Effect<void, SupervisorError> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      let announced = false
      let ending: Cause.Cause<never> | undefined
      while (true) {
        const done = yield* Effect.exit(doAll(state))
        if (Exit.isFailure(done)) {
          // A defect of the supervisor itself. If it cannot even stop its children, there is nothing left to try.
          yield* Effect.logError("the supervisor itself failed", done.cause).pipe(
            Child.logged(state.self.path),
          )
          if (state.shuttingDown) return yield* done
          ending = done.cause
          yield* shutDown(state)
          continue
        }
        if (isFinished(state)) break
        if (!announced && !state.shuttingDown && allStarted(state)) {
          announced = true
          yield* onceStarted
        }
        const wait = state.signal.wait(yield* untilNextDeadline(state))
        const waited = yield* Effect.exit(ending === undefined ? restore(wait) : wait)
        if (Exit.isFailure(waited)) {
          ending = waited.cause
          yield* shutDown(state)
        }
      }
      yield* refuseRequests(state)
      if (state.outcome !== undefined) return yield* state.outcome
      if (ending !== undefined) return yield* Effect.failCause(ending)
    }),
  )

const doAll = Effect.fnUntraced(function* (state: State.State) {
  while (true) {
    const now = yield* State.now
    const request = state.requests.shift()
    if (request !== undefined) {
      yield* request(now)
      continue
    }
    const ended = state.ended.shift()
    if (ended !== undefined) {
      yield* onEnd(state, ended, now)
      continue
    }
    if (yield* stopNext(state, now)) continue
    if (yield* startNext(state, now)) continue
    return
  }
})

/** A supervisor that never had a child stays, as one whose children may come by a change of the configuration would. */
const isFinished = (state: State.State): boolean => {
  const nothingLeft = state.children.every((child) => child.phase === "over")
  return nothingLeft && (state.shuttingDown || (!state.dynamic && state.children.length > 0))
}

const untilNextDeadline = (state: State.State): Effect.Effect<number> =>
  Effect.map(State.now, (now) => {
    let next = Infinity
    for (const child of state.children) {
      const deadline = Child.nextDeadline(child)
      // What is past and could not be done yet waits for another child, whose notice comes.
      if (deadline > now && deadline < next) next = deadline
    }
    // Timers know whole milliseconds; less than one could be waited for again and again.
    return Math.ceil(next - now)
  })

/** Who asks too late learns that it is not done. */
const refuseRequests = Effect.fnUntraced(function* (state: State.State) {
  state.finished = true
  const now = yield* State.now
  for (const request of state.requests.splice(0)) yield* request(now)
})
