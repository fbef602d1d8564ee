import { Duration, Effect } from "effect"
import type { SinkAccount } from "../../../services/Collection.ts"
import { Journal, type JournalError } from "../../../services/Journal.ts"
import type { Metrics } from "../../../services/Metrics.ts"
import type { Sink } from "../../../services/Sink.ts"
import type { Self } from "../../runtime/Actor.ts"
import type { Actors } from "../../runtime/Actors.ts"
import { type ChildSpec, supervise } from "../../runtime/Supervisor.ts"
import type { SupervisorError } from "../../runtime/SupervisorError.ts"
import { defaultDrainDeadline, makeSinkDriver, type SinkDriverOptions } from "./SinkDriver.ts"

export interface SinkEntry {
  readonly sink: Sink
  /** Where a new sink begins; `latest` unless given. */
  readonly from?: "earliest" | "latest"
}

/** All sinks of a process. */
export interface Sinks {
  /** Their supervisor: one that gives up is tried again each minute, and its siblings go on. */
  readonly run: (self: Self) => Effect.Effect<void, SupervisorError, Actors>
  readonly accounts: Effect.Effect<ReadonlyArray<SinkAccount>>
  /** Empty when every sink accepts; otherwise one reason a line. */
  readonly unready: Effect.Effect<ReadonlyArray<string>>
  /** Completes when every sink is done with everything appended before. */
  readonly delivered: Effect.Effect<void, JournalError>
}

/** How long a writer may take to close once its actor has drained. */
const closing = Duration.seconds(10)

export const makeSinks = Effect.fnUntraced(function* (
  entries: ReadonlyArray<SinkEntry>,
  options: Omit<SinkDriverOptions, "from"> = {},
): Effect.fn.Return<Sinks, never, Journal | Metrics> {
  const journal = yield* Journal
  const drivers = yield* Effect.forEach(entries, ({ sink, from }) =>
    makeSinkDriver(sink, from === undefined ? options : { ...options, from }),
  )
  const drainDeadline = Duration.fromInputUnsafe(options.drainDeadline ?? defaultDrainDeadline)
  const children = drivers.map(({ sink, run }): ChildSpec => ({
    id: sink.name,
    run: (self) => Effect.scoped(run(self)),
    shutdown: Duration.sum(drainDeadline, closing),
    onEscalation: { retryEvery: "1 minute" },
  }))
  const accounts = Effect.forEach(drivers, ({ account }) => account)

  return {
    run: (self) => supervise(self, { strategy: "one_for_one" }, children),
    accounts,
    unready: Effect.map(accounts, (all) =>
      all
        .filter((account) => account.state !== "open")
        .map((account) => account.lastError ?? `sink ${account.name} is being opened`),
    ),
    delivered: Effect.gen(function* () {
      yield* journal.sync
      const { accepted } = yield* journal.status
      yield* Effect.forEach(drivers, (driver) => driver.reached(accepted), {
        concurrency: "unbounded",
        discard: true,
      })
    }),
  }
})
