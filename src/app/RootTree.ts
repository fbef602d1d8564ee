import { Deferred, Duration, Effect, type Exit, Fiber, Option, type Scope } from "effect"
import type { Self } from "../runtime/Actor.ts"
import type { Actors } from "../runtime/Actors.ts"
import { root } from "../runtime/Supervisor.ts"
import type { SupervisorError } from "../runtime/SupervisorError.ts"
import { stopDeadline } from "./Tree.ts"

/**
 * Runs a tree of its own until the scope closes, and then stops it within the deadline; what hangs longer is said, and
 * left. Whatever ends the tree before goes into `failed`.
 */
export const rootTree = <R, F>(
  name: string,
  run: (self: Self) => Effect.Effect<void, SupervisorError, R>,
  failed: Deferred.Deferred<never, F | SupervisorError>,
): Effect.Effect<void, never, R | Actors | Scope.Scope> =>
  Effect.asVoid(
    Effect.acquireRelease(
      Effect.forkDetach(
        root(name, run).pipe(
          Effect.onExit((exit) => Deferred.done(failed, exit as Exit.Exit<never, SupervisorError>)),
        ),
      ),
      (running) =>
        Effect.timeoutOption(Fiber.interrupt(running), stopDeadline).pipe(
          Effect.flatMap((stopped) =>
            Option.isSome(stopped)
              ? Effect.logInfo(`${name} stopped`)
              : Effect.logError(
                  `${name} has not stopped within ${Duration.format(stopDeadline)}, leaving it as it is`,
                ),
          ),
        ),
    ),
  )
