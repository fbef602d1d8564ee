import { Effect, Schema } from "effect"
import { Journal } from "../../services/Journal.ts"
import { Metrics } from "../../services/Metrics.ts"
import { Collection } from "../../services/Collection.ts"
import { RecordIntake } from "../../services/RecordIntake.ts"
import type { RunReport, TaskRun } from "../../services/TaskRunner.ts"
import { VenueRequests } from "../../services/VenueRequests.ts"
import { makeCollect } from "../../src/collect/Collect.ts"
import { makeIntake } from "../../src/collect/intake/Intake.ts"
import { makeVenueRequests } from "../../src/collect/VenueRequests.ts"
import { noStatistics, type TaskCheckpoint, type TaskSpec } from "../../src/domain/Task.ts"
import { payloadOf } from "../../src/domain/Envelope.ts"
import { type MarketRecord, parseRecord } from "../../src/domain/Record.ts"
import { venues } from "../../src/exchanges/index.ts"
import { VenueConfig } from "../../src/exchanges/VenueConfig.ts"
import { makeSimulator, type SimulatorOptions } from "../../src/simulator/index.ts"
import { makeVenueRunner } from "../../src/tasks/history/VenueRunner.ts"

/** A request as the simulator saw it. */
export interface SeenRequest {
  readonly venue: string
  readonly url: URL
  readonly status: number
}

const decodeConfig = Schema.decodeUnknownSync(VenueConfig)

/** A task of a test: hourly, all of its words at their defaults. */
export const taskSpec = (spec: Partial<TaskSpec> & Pick<TaskSpec, "source" | "dataType">): TaskSpec => ({
  id: "task",
  projectId: "project",
  dataset: "dataset",
  symbols: ["BTC-USDT"],
  frequency: "1m",
  schedule: { kind: "once" },
  window: {},
  batchSize: 100,
  historyDays: 1,
  params: {},
  ...spec,
})

/** The runner of tasks on simulated venues, without a table: a journal, and what comes out of it. */
export const historyBench = Effect.fnUntraced(function* (
  options: SimulatorOptions & { readonly venues: ReadonlyArray<string> },
) {
  const seen: Array<SeenRequest> = []
  const simulator = yield* makeSimulator({
    symbols: ["BTC-USDT", "ETH-USDT"],
    rate: 100,
    ...options,
    interference: {
      ...options.interference,
      answer: (venue, url, own) => {
        const answer = options.interference?.answer?.(venue, url, own) ?? own
        seen.push({ venue, url: new URL(url, "http://simulator"), status: answer?.status ?? 0 })
        return answer
      },
    },
  })
  const journal = yield* Journal
  const reader = yield* journal.reader("test", "latest")
  const intake = yield* makeIntake()
  const collect = yield* makeCollect({
    venues: options.venues.map((name) => {
      const { restEndpoint, wsEndpoint } = simulator.venue(name)
      return { venue: venues.get(name)!(), config: decodeConfig({ restEndpoint, wsEndpoint }) }
    }),
    intake,
    proxy: undefined,
    sinks: { accounts: Effect.succeed([]), unready: Effect.succeed([]) },
  })
  const requests = yield* makeVenueRequests({ runtimes: collect.runtimes, venues, proxy: undefined })
  const runnerWith = (service: RecordIntake["Service"]) =>
    makeVenueRunner.pipe(
      Effect.provideService(Collection, collect.service),
      Effect.provideService(RecordIntake, service),
      Effect.provideService(VenueRequests, requests),
    )
  const runner = yield* runnerWith(intake.service)
  let checkpoint: TaskCheckpoint | undefined
  const checkpoints: Array<TaskCheckpoint> = []
  const progress: Array<Parameters<TaskRun["progress"]>[0]> = []
  const troubles: Array<string | undefined> = []

  const runOf = (spec: TaskSpec, startedAt: number): TaskRun => ({
    task: {
      spec,
      origin: "api",
      revision: 1,
      state: "running",
      createdAt: 0,
      updatedAt: 0,
      statistics: noStatistics,
    },
    startedAt,
    checkpoint,
    saveCheckpoint: (saved) =>
      Effect.sync(() => {
        checkpoint = structuredClone(saved) as TaskCheckpoint
        checkpoints.push(checkpoint)
      }),
    progress: (said) => Effect.sync(() => void progress.push(said)),
    trouble: (error) => Effect.sync(() => void troubles.push(error)),
  })

  const records = Effect.gen(function* () {
    const out: Array<MarketRecord> = []
    yield* journal.sync
    const { accepted } = yield* journal.status
    const mine = (yield* journal.status).cursors.find(({ name }) => name === "test")!
    for (let at = mine.position; at < accepted;) {
      const { envelopes, next } = yield* reader.take(10_000)
      for (const envelope of envelopes) out.push(parseRecord(payloadOf(envelope).toString()))
      at = next
    }
    yield* reader.commit(accepted)
    return out
  })

  return {
    simulator,
    collect,
    runner,
    /** The runner of a process that has just begun: it knows nothing of what was handed in. */
    anotherRunner: Effect.flatMap(makeIntake(), ({ service }) => runnerWith(service)),
    seen,
    checkpoints,
    progress,
    troubles,
    runOf,
    /** What the next run goes on from. */
    forgetCheckpoint: () => (checkpoint = undefined),
    run: (spec: TaskSpec, startedAt: number): Effect.Effect<RunReport> => runner.run(runOf(spec, startedAt)),
    /** What the journal accepted since it was last asked. */
    records,
    metrics: yield* Metrics,
  }
})
