import { Duration, Effect } from "effect"
import { Journal } from "../../services/Journal.ts"
import type { Self } from "../runtime/Actor.ts"
import type { Actors } from "../runtime/Actors.ts"
import type { ChildSpec } from "../runtime/ChildSpec.ts"
import { supervise } from "../runtime/Supervisor.ts"

/** Everything below one deadline: Kubernetes kills after 30 s. */
export const stopDeadline = Duration.seconds(20)

/** On the way down, once the venues and the sinks have ended. */
const syncJournal = Effect.gen(function* () {
  const journal = yield* Journal
  yield* journal.sync
}).pipe(Effect.catch((error) => Effect.logError(`the last sync of the journal failed: ${error.message}`)))

/** How often the journal is asked whether it accepts. */
const look = Duration.millis(500)

/** The journal works by itself; its actor shows how it fares, and syncs it in the end. */
const journal = (self: Self) =>
  Effect.gen(function* () {
    const { status } = yield* Journal
    let said: string | undefined
    yield* self.ready
    for (;;) {
      yield* Effect.sleep(look)
      const { trouble } = yield* status
      if (trouble === said) continue
      said = trouble
      yield* trouble === undefined ? self.ready : self.degraded(trouble)
    }
  }).pipe(Effect.onInterrupt(() => syncJournal))

export interface TreeOptions<Edge, Sinks, Venues> {
  readonly edge: ReadonlyArray<ChildSpec<Edge>>
  readonly deadLetters: ChildSpec["run"]
  readonly history: ChildSpec["run"]
  readonly sinks: ChildSpec<Sinks>["run"]
  readonly venues: ChildSpec<Venues>["run"]
  readonly tasks: ChildSpec<Actors>["run"]
}

/**
 * The supervision tree, as ARCHITECTURE.md draws it. Stopping goes up it in reverse: tasks end at their checkpoints, venues close their connections
 * and empty what they read into the journal, then the sinks deliver what it holds, then the API goes silent.
 */
export const tree =
  <Edge, Sinks, Venues>(options: TreeOptions<Edge, Sinks, Venues>) =>
  (self: Self) => {
    const work = (own: Self) =>
      supervise(own, {}, [
        // Above the others: what they give up on their way down, and what they still get, is kept.
        { id: "dead-letters", run: options.deadLetters },
        { id: "continuity", run: options.history },
        { id: "sinks", run: options.sinks, shutdown: Duration.infinity },
        { id: "venues", run: options.venues, shutdown: Duration.infinity },
        // Their runs ask venues and hold streams, and hand in what they get.
        {
          id: "tasks",
          run: options.tasks,
          shutdown: Duration.infinity,
          onEscalation: { retryEvery: "1 minute" },
        },
      ])
    const core = (own: Self) =>
      supervise(own, { strategy: "rest_for_one" }, [
        { id: "journal", run: journal },
        { id: "work", run: work, shutdown: Duration.infinity },
      ])
    const edge = (own: Self) => supervise(own, {}, options.edge)
    return supervise(self, {}, [
      { id: "edge", run: edge },
      { id: "core", run: core, shutdown: Duration.infinity },
    ])
  }
