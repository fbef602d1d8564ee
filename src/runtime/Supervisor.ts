/**
 * Supervision in OTP's terms: a supervisor starts its children in order, restarts what ends, stops them in reverse
 * order, and gives up by a typed error when they end too often. A supervisor is an Effect: as the child of another one,
 * its giving up is that one's to handle.
 *
 * ```ts
 * Supervisor.root("app", (self) =>
 *   Supervisor.supervise(self, { strategy: "rest_for_one" }, [
 *     { id: "connection", run: connection },
 *     { id: "reader", run: reader, restart: "transient" },
 *   ]))
 * ```
 */
import { Cause, Effect, Exit, type Scope } from "effect"
import { describeCause, type Self } from "./Actor.ts"
import { Actors } from "./Actors.ts"
import type { ChildSpec, SupervisorOptions } from "./ChildSpec.ts"
import type { SupervisorError } from "./SupervisorError.ts"
import * as Loop from "./supervision/Loop.ts"
import * as State from "./supervision/State.ts"

export type { Actor, ActorKind, ActorMove, ActorSnapshot, Self } from "./Actor.ts"
export type { ChildSpec, Restart, Strategy, SupervisorOptions } from "./ChildSpec.ts"
export { type DynamicSupervisor, makeDynamic } from "./DynamicSupervisor.ts"
export { ChildStuck, RestartsExceeded, type SupervisorError } from "./SupervisorError.ts"

/** What the children of these specs need, besides the scope that each incarnation gets. */
export type ChildrenServices<Specs extends ReadonlyArray<ChildSpec<unknown>>> = Exclude<
  Specs[number] extends infer Spec ? (Spec extends ChildSpec<infer R> ? R : never) : never,
  Scope.Scope
>

/**
 * Runs until every child is finished for good, or fails with `RestartsExceeded` or `ChildStuck`; the children have ended
 * by then. Interrupted, it stops them in reverse order, each within its deadline. Without any child it stays. It says
 * `ready` for its own actor, `self`, once every child has started.
 */
export const supervise = <const Specs extends ReadonlyArray<ChildSpec<unknown>>>(
  self: Self,
  options: SupervisorOptions,
  children: Specs,
): Effect.Effect<void, SupervisorError, ChildrenServices<Specs> | Actors> =>
  Effect.gen(function* () {
    const state = yield* State.make(self, options, false)
    for (const child of children) State.add(state, State.closed(child))
    yield* Loop.run(state, self.ready)
  })

/** The top of a tree: registers `name` and runs it. What it fails with is logged and passed on. */
export const root = <A, E, R>(
  name: string,
  run: (self: Self) => Effect.Effect<A, E, R>,
): Effect.Effect<A, E, R | Actors> =>
  Effect.gen(function* () {
    const actors = yield* Actors
    const actor = yield* actors.register(name, "supervisor")
    const self = yield* actor.begin(() => {})
    return yield* Effect.suspend(() => run(self)).pipe(
      Effect.annotateLogs({ actor: name }),
      Effect.onExit((exit) =>
        Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)
          ? actor.move("stopped")
          : Effect.andThen(
              Effect.logError("failed", exit.cause).pipe(Effect.annotateLogs({ actor: name })),
              actor.move("failed", { error: describeCause(exit.cause) }),
            ),
      ),
    )
  })
