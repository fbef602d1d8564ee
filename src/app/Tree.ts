import { Clock, Duration, Effect } from "effect"
import type { SinkAccount } from "../../services/Collection.ts"
import { Journal } from "../../services/Journal.ts"
import type { Self } from "../runtime/Actor.ts"
import type { Actors } from "../runtime/Actors.ts"
import type { ChildSpec } from "../runtime/ChildSpec.ts"
import { supervise } from "../runtime/Supervisor.ts"

/** Everything below one deadline: Kubernetes kills after 30 s. */
export const stopDeadline = Duration.seconds(20)

/** The sinks get the last word: what is accepted is delivered before they are asked to stop. */
const pollMillis = 20

type SinkAccounts = Effect.Effect<ReadonlyArray<SinkAccount>>

const sayWhatWaits = (sinks: ReadonlyArray<SinkAccount>) =>
  Effect.forEach(
    sinks.filter(({ waiting }) => waiting > 0),
    ({ name, state, waiting, lastError }) =>
      Effect.logError(
        `stopping with ${waiting} records not delivered to sink ${name} (${state}${lastError === undefined ? "" : `: ${lastError}`})`,
      ),
    { discard: true },
  )

/** Waits until every sink has all that was accepted, at most so long, and says what is left. */
export const drainSinks = Effect.fn("App.drainSinks")(function* (accounts: SinkAccounts, deadline: Duration.Duration) {
  const began = yield* Clock.currentTimeMillis
  const limit = Duration.toMillis(deadline)
  for (;;) {
    const sinks = yield* accounts
    if (sinks.every(({ waiting }) => waiting === 0)) return
    if ((yield* Clock.currentTimeMillis) - began >= limit) return yield* sayWhatWaits(sinks)
    yield* Effect.sleep(pollMillis)
  }
})

/** An actor whose work is done on the way down. */
const onStop =
  <R>(work: Effect.Effect<void, never, R>) =>
  (self: Self) =>
    Effect.andThen(self.ready, Effect.never).pipe(Effect.onInterrupt(() => work))

export interface TreeOptions<R> {
  readonly edge: ReadonlyArray<ChildSpec<R>>
  readonly sinks: ChildSpec<R>["run"]
  readonly venues: ChildSpec<R>["run"]
  readonly sinkAccounts: SinkAccounts
  /** How long the sinks may take to deliver what was accepted, once the venues have stopped. */
  readonly drainDeadline: Duration.Duration
}

/** The supervision tree, as ARCHITECTURE.md draws it. */
export const tree =
  <R>(options: TreeOptions<R>) =>
  (self: Self) => {
    const syncJournal = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.sync
    }).pipe(Effect.catch((error) => Effect.logError(`the last sync of the journal failed: ${error.message}`)))

    const work = (own: Self) =>
      supervise(own, {}, [
        { id: "sinks", run: options.sinks, shutdown: Duration.infinity },
        {
          id: "drain",
          run: onStop(drainSinks(options.sinkAccounts, options.drainDeadline)),
          shutdown: Duration.infinity,
        },
        { id: "venues", run: options.venues, shutdown: Duration.infinity },
      ] as ReadonlyArray<ChildSpec<R>>)

    const core = (own: Self) =>
      supervise(own, { strategy: "rest_for_one" }, [
        { id: "journal", run: onStop(syncJournal) },
        { id: "work", run: work, shutdown: Duration.infinity },
      ] as ReadonlyArray<ChildSpec<R | Journal | Actors>>)

    const edge: ReadonlyArray<ChildSpec<R | Journal | Actors>> =
      options.edge.length === 0 ? [] : [{ id: "edge", run: (own: Self) => supervise(own, {}, options.edge) }]

    return supervise(self, {}, [...edge, { id: "core", run: core, shutdown: Duration.infinity }] as ReadonlyArray<
      ChildSpec<R | Journal | Actors>
    >)
  }
