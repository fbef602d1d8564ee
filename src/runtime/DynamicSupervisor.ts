import { Deferred, Effect, type Scope } from "effect"
import type { Self } from "./Actor.ts"
import type { Actors } from "./Actors.ts"
import type { ChildSpec, SupervisorOptions } from "./ChildSpec.ts"
import type { SupervisorError } from "./SupervisorError.ts"
import type { Child } from "./supervision/Child.ts"
import * as Loop from "./supervision/Loop.ts"
import * as State from "./supervision/State.ts"
import { stop } from "./supervision/Stop.ts"

/** Children by key, that come and go on a running one_for_one supervisor. */
export interface DynamicSupervisor<R> {
  /** Once it has started; it need not be ready. `already`: a child of this id is there and not about to end. `overtaken`: it was stopped before it had started. Interrupts its caller when the supervisor has ended. */
  readonly start: (spec: ChildSpec<R>) => Effect.Effect<"started" | "already" | "overtaken">
  /** `true`: it has ended and is forgotten. `false`: there is none, or it is past its deadline and still ends (`has`). */
  readonly stop: (id: string) => Effect.Effect<boolean>
  /** Stops it, without limit but `ChildStuck`, and starts it again at once; one that waits to be restarted starts now. `false`: there is none. */
  readonly restart: (id: string) => Effect.Effect<boolean>
  readonly has: (id: string) => boolean
  readonly ids: () => ReadonlyArray<string>
  /** Fails when the supervisor gives up; its children have ended by then. Someone must wait for it. */
  readonly await: Effect.Effect<never, SupervisorError>
}

/**
 * Runs in the scope: when that closes, the children are stopped in reverse order of their start, each within its
 * deadline. `self` is the actor whose code calls this; it says `ready` itself.
 */
export const makeDynamic = Effect.fnUntraced(function* <R>(
  self: Self,
  options: Omit<SupervisorOptions, "strategy" | "startTimeout">,
): Effect.fn.Return<DynamicSupervisor<R>, never, Exclude<R, Scope.Scope> | Actors | Scope.Scope> {
  const state = yield* State.make(self, options, true)
  const gaveUp = yield* Deferred.make<never, SupervisorError>()
  yield* Loop.run(state, Effect.void).pipe(
    Effect.andThen(Effect.interrupt),
    Effect.onExit((exit) => Deferred.done(gaveUp, exit)),
    Effect.forkScoped({ startImmediately: true }),
  )
  const find = (id: string) => state.children.find((child) => child.id === id)

  /** Decided in the supervisor's fiber, answered there or later. Whoever stops waiting for the answer changes nothing by it. */
  const ask = <A>(
    tooLate: Effect.Effect<A>,
    request: (answer: Answer<A>, now: number) => Effect.Effect<void>,
  ) =>
    Effect.callback<A>((resume) => {
      if (state.finished) return resume(tooLate)
      state.requests.push((now) =>
        state.shuttingDown ? Effect.sync(() => resume(tooLate)) : request(resume, now),
      )
      state.signal.notifyUnsafe()
    })

  /** Once it has started; when no child ever will again, its caller ends as the supervisor did. */
  const onceStarted = (child: Child, answer: Answer<"started" | "overtaken">) =>
    child.onceStarted.push((started) => {
      if (!started && state.shuttingDown) return answer(Effect.interrupt)
      answer(Effect.succeed(started ? "started" : "overtaken"))
    })

  return {
    start: (spec) =>
      Effect.suspend(() => {
        State.checkId(state, spec.id)
        return ask<"started" | "already" | "overtaken">(Effect.interrupt, (answer, now) => {
          const known = find(spec.id)
          if (known === undefined) {
            const child = State.add(state, State.closed(spec))
            child.startAt = now
            onceStarted(child, answer)
          } else if (known.stopWanted && known.afterStop === "over") {
            // Its successor starts once it has ended.
            known.spec = State.closed(spec)
            known.afterStop = "waiting"
            known.startAt = now
            onceStarted(known, answer)
          } else {
            answer(Effect.succeed("already"))
          }
          return Effect.void
        })
      }),
    stop: (id) =>
      ask(Effect.succeed(false), (answer) => {
        const known = find(id)
        if (known === undefined || known.late) return Effect.sync(() => answer(Effect.succeed(false)))
        known.onceStopped.push((inTime) => answer(Effect.succeed(inTime)))
        return stop(state, known, "over")
      }),
    restart: (id) =>
      ask(Effect.succeed(false), (answer, now) => {
        const known = find(id)
        if (known === undefined || (known.stopWanted && known.afterStop === "over"))
          return Effect.sync(() => answer(Effect.succeed(false)))
        known.onceStarted.push((started) => answer(Effect.succeed(started)))
        return stop(state, known, { startAt: now })
      }),
    has: (id) => find(id) !== undefined,
    ids: () => state.children.map((child) => child.id),
    await: Deferred.await(gaveUp),
  }
})

type Answer<A> = (effect: Effect.Effect<A>) => void
