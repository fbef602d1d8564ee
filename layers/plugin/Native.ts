import { Cause, Duration, Effect, Layer } from "effect"
import { noResults, readResponse } from "../../src/domain/PluginWire.ts"
import type { TriggerEvent, TriggerResponse } from "../../src/domain/TriggerEvent.ts"
import { Plugin, PluginError } from "../../services/Plugin.ts"

type Extra = Readonly<Record<string, unknown>>

/** A plugin in this process. */
export interface NativePlugin<E, R> {
  readonly name: string
  /** Comes back once it can be called; at once unless given. */
  readonly ready?: Effect.Effect<unknown, E, R>
  /** How long `ready` may take: 30 s unless given. */
  readonly readyTimeout?: Duration.Input
  /** Merged over each heartbeat; an Effect is asked before each. */
  readonly heartbeatExtra?: Extra | Effect.Effect<Extra, never, R>
  /** What it gives back may leave out whatever it has nothing of, or be nothing at all. */
  readonly onTrigger: (event: TriggerEvent) => Effect.Effect<Partial<TriggerResponse> | void, E, R>
  /** How long `onTrigger` may take; without limit unless given. */
  readonly answerTimeout?: Duration.Input
}

const messageOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error && error.message !== "" ? error.message : String(error)
}

/**
 * Code of this process as the plugin. What it fails with, or throws, is a `PluginError` to whoever called it: the
 * message that fired it comes again, and the process lives.
 */
export const layer = <E, R>(plugin: NativePlugin<E, R>): Layer.Layer<Plugin, never, R> =>
  Layer.effect(
    Plugin,
    Effect.gen(function* () {
      const context = yield* Effect.context<R>()
      const fail = (reason: PluginError["reason"], detail: string) =>
        Effect.fail(new PluginError({ plugin: plugin.name, reason, detail }))
      const contained = <A>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, PluginError> =>
        effect.pipe(
          Effect.provideContext(context),
          Effect.catchCause((cause) =>
            Cause.hasInterruptsOnly(cause) ? Effect.interrupt : fail("failed", messageOf(cause)),
          ),
        )
      const within = <A>(
        effect: Effect.Effect<A, PluginError>,
        limit: Duration.Input | undefined,
        reason: PluginError["reason"],
        said: (limit: string) => string,
      ) =>
        limit === undefined
          ? effect
          : Effect.timeoutOrElse(effect, {
              duration: limit,
              orElse: () => fail(reason, said(Duration.format(Duration.fromInputUnsafe(limit)))),
            })
      const { heartbeatExtra = {}, ready = Effect.void } = plugin
      return Plugin.of({
        name: plugin.name,
        ready: within(
          Effect.asVoid(contained(ready)),
          plugin.readyTimeout ?? "30 seconds",
          "unready",
          (limit) => `not ready after ${limit}`,
        ),
        heartbeatExtra: Effect.isEffect(heartbeatExtra)
          ? Effect.provideContext(heartbeatExtra, context)
          : Effect.succeed(heartbeatExtra),
        onTrigger: (event) =>
          within(
            contained(Effect.suspend(() => plugin.onTrigger(event))),
            plugin.answerTimeout,
            "timeout",
            (limit) => `no answer to ${event.name} in ${limit}`,
          ).pipe(Effect.map((answer) => (answer === undefined ? noResults : readResponse(answer).response))),
      })
    }),
  )
