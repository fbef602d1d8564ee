import { Duration, type Effect, type Schedule } from "effect"
import type { ActorKind, Self } from "./Actor.ts"
import * as Backoff from "./Backoff.ts"

/** When a child that has ended is started again. An interruption that its supervisor did not ask for is no normal end. */
export type Restart =
  /** Always, also when it ended normally. */
  | "permanent"
  /** When it failed. */
  | "transient"
  /** Never, not even when a sibling's end stopped it. */
  | "temporary"

export interface ChildSpec<R = never> {
  /** Its name among its siblings, not empty, without `/`. */
  readonly id: string
  /** One incarnation, with a scope of its own. Itself possibly a `supervise`. */
  readonly run: (self: Self) => Effect.Effect<unknown, unknown, R>
  /** `permanent` unless given. */
  readonly restart?: Restart
  /** How long a stop may take before it is reported: 5 s unless given, without limit for a supervisor, whose children have theirs. */
  readonly shutdown?: Duration.Input
  /** How long a stop may take before the supervisor gives up with `ChildStuck`: 3 times `shutdown` unless given. */
  readonly stuckAfter?: Duration.Input
  /** For its snapshot. What calls `supervise` or `makeDynamic` becomes a supervisor by that. */
  readonly kind?: ActorKind
  /** When it ends with `RestartsExceeded`, it is `failed` and tried again after this; it does not count for its parent. */
  readonly onEscalation?: { readonly retryEvery: Duration.Input }
}

export type Strategy =
  /** What ended is restarted. */
  | "one_for_one"
  /** And all that started after it, which depend on it. */
  | "rest_for_one"
  /** And all others. */
  | "one_for_all"

export interface SupervisorOptions {
  /** `one_for_one` unless given. */
  readonly strategy?: Strategy
  /** More than `max` restarts `within`: the supervisor gives up. 3 in 5 s unless given. */
  readonly intensity?: { readonly max: number; readonly within: Duration.Input }
  /** The waits before a child's restarts, anew for each child: 100 ms doubling to 30 s, jittered, unless given. Where it ends, its last wait stays. */
  readonly backoff?: Schedule.Schedule<unknown>
  /** A child that ran this long begins its backoff anew: 30 s unless given. */
  readonly backoffResetAfter?: Duration.Input
  /** How long the next child waits for a child to say ready or degraded: 5 s unless given. Then it is said in the log, and the next one starts. */
  readonly startTimeout?: Duration.Input
  /** `onEscalation` of every child that does not say its own. */
  readonly keepFailed?: { readonly retryEvery: Duration.Input }
}

/** Options with their defaults, in milliseconds. */
export const resolveOptions = (options: SupervisorOptions) => ({
  strategy: options.strategy ?? "one_for_one",
  limit: {
    max: options.intensity?.max ?? 3,
    withinMillis: Duration.toMillis(options.intensity?.within ?? "5 seconds"),
  },
  backoff: options.backoff ?? Backoff.reconnect({ first: "100 millis", max: "30 seconds" }),
  resetAfterMillis: Duration.toMillis(options.backoffResetAfter ?? "30 seconds"),
  startTimeoutMillis: Duration.toMillis(options.startTimeout ?? "5 seconds"),
  keepFailed: options.keepFailed,
})

export type ResolvedOptions = ReturnType<typeof resolveOptions>

/** How long to wait for the end of a child of this kind, in milliseconds. */
export const stopLimits = (spec: ChildSpec<unknown>, kind: ActorKind) => {
  const shutdownMillis = Duration.toMillis(
    spec.shutdown ?? (kind === "supervisor" ? Duration.infinity : "5 seconds"),
  )
  const stuckMillis = spec.stuckAfter === undefined ? shutdownMillis * 3 : Duration.toMillis(spec.stuckAfter)
  return { shutdownMillis, stuckMillis: Math.max(shutdownMillis, stuckMillis) }
}

export const retryMillis = (spec: ChildSpec<unknown>, options: ResolvedOptions): number | undefined => {
  const retry = spec.onEscalation ?? options.keepFailed
  return retry === undefined ? undefined : Duration.toMillis(retry.retryEvery)
}
