import { Effect, Fiber, Schema, type Duration } from "effect"
import type { Self } from "../../runtime/Actor.ts"

/** A trigger that cannot be started as it is configured. A person must look. */
export class TriggerError extends Schema.TaggedError<TriggerError>()("TriggerError", {
  trigger: Schema.String,
  detail: Schema.String,
}) {
  override get message(): string {
    return `trigger "${this.trigger}": ${this.detail}`
  }
}

/** What fires the plugin, as an actor. */
export interface Trigger<R = never> {
  readonly name: string
  /** What must be there before the node counts as started. */
  readonly check: Effect.Effect<void, TriggerError, R>
  readonly run: (self: Self) => Effect.Effect<unknown, unknown, R>
}

/** How long what is in hand may take once a trigger is to stop. */
export const grace: Duration.Input = "10 seconds"

/** An interruption lets this end, and only then, or when its grace is over, goes on. */
export const finishing = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDetach(Effect.interruptible(effect), { startImmediately: true }), (fiber) =>
      restore(Fiber.join(fiber)).pipe(
        Effect.onInterrupt(() =>
          Effect.andThen(Effect.timeoutOption(Fiber.await(fiber), grace), Fiber.interrupt(fiber)),
        ),
      ),
    ),
  )
