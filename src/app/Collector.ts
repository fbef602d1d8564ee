import { Context, Deferred, Duration, Effect, type Exit, Fiber, Layer, Option } from "effect"
import { dirname, join } from "node:path"
import * as NodeHttp from "../../layers/rest/NodeHttp.ts"
import * as NodeProcess from "../../layers/process/NodeProcess.ts"
import * as Instruments from "../../layers/instrument-store/JsonFile.ts"
import * as Subscriptions from "../../layers/subscription-store/JsonFile.ts"
import * as Ws from "../../layers/connector/Ws.ts"
import { type Accounts, Collection } from "../../services/Collection.ts"
import { Environment } from "../../services/Environment.ts"
import { Journal } from "../../services/Journal.ts"
import { Metrics } from "../../services/Metrics.ts"
import { RecordIntake } from "../../services/RecordIntake.ts"
import { SessionRecorder } from "../../services/SessionRecorder.ts"
import { VenueRequests } from "../../services/VenueRequests.ts"
import { makeCollect } from "../collect/Collect.ts"
import { makeIntake } from "../collect/intake/Intake.ts"
import { shareOut } from "../collect/MemoryBudget.ts"
import { makeHistory } from "../collect/continuity/History.ts"
import * as Recorded from "../collect/Recorded.ts"
import { makeRestart } from "../collect/continuity/Restart.ts"
import { makeQuarantine } from "../collect/Quarantine.ts"
import { makeSinks, type SinkEntry } from "../collect/sinks/Sinks.ts"
import * as Tap from "../collect/Tap.ts"
import { makeVenueRequests } from "../collect/VenueRequests.ts"
import { AppConfig } from "../config/AppConfig.ts"
import type { MillraceConfig } from "../config/Sections.ts"
import type { Channel } from "../domain/Channel.ts"
import * as Edge from "../edge/Edge.ts"
import { venues } from "../exchanges/index.ts"
import { Actors } from "../runtime/Actors.ts"
import type { PlaneOptions } from "../tasks/PlaneTasks.ts"
import { root } from "../runtime/Supervisor.ts"
import type { SupervisorError } from "../runtime/SupervisorError.ts"
import { embeddedHistory, filedHistory } from "./ContinuityHistory.ts"
import { embeddedDeadLetters, filedDeadLetters } from "./DeadLetters.ts"
import { simulated } from "./Endpoints.ts"
import { journalLayer } from "./JournalLayer.ts"
import { configuredSinks } from "./Sinks.ts"
import { taskStore } from "./TaskStores.ts"
import { makeTasks } from "./TaskTable.ts"
import { stopDeadline, tree } from "./Tree.ts"

/** Sockets and REST; kept as they pass where somebody records them. */
const exchange = Effect.map(Effect.serviceOption(SessionRecorder), (recorder) => {
  const plain = Layer.merge(Ws.layer, NodeHttp.layer)
  if (Option.isNone(recorder)) return plain
  return Layer.merge(Recorded.connector, Recorded.rest).pipe(
    Layer.provide(plain),
    Layer.provide(Layer.succeed(SessionRecorder, recorder.value)),
  )
})

/** The process-wide ports of a collector, from its configuration. */
const ports = Effect.fnUntraced(function* ({
  keepSubscriptions = true,
  serve = true,
  sinks = [],
}: CollectorOptions) {
  const { config } = yield* AppConfig
  const cursors = [...config.sinks.map(({ name }) => name), ...sinks.map(({ sink }) => sink.name)]
  const kept = join(dirname(config.journal.path), "subscriptions.json")
  return Layer.mergeAll(
    Tap.layer.pipe(Layer.provideMerge(journalLayer(config, cursors))),
    yield* exchange,
    serve ? filedDeadLetters(config.deadLetters) : embeddedDeadLetters(config.deadLetters),
    NodeProcess.layer,
    serve ? filedHistory(config) : embeddedHistory(config.continuity),
    keepSubscriptions ? Subscriptions.layer(kept) : Subscriptions.layerMemory,
    taskStore(config, serve),
    // It goes with what the journal knows of streams: those that patterns select have to be known as early.
    config.journal.kind === "memory"
      ? Instruments.layerMemory
      : Instruments.layer(join(dirname(config.journal.path), "instruments")),
  )
}, Layer.unwrap)

export interface CollectorOptions {
  readonly version: string
  /** Sinks besides those of the configuration: an embedding application's own. */
  readonly sinks?: ReadonlyArray<SinkEntry>
  /** Whether to serve the HTTP API and metrics, and to keep dead letters and the history of continuity in files instead of memory: `true` unless given. */
  readonly serve?: boolean
  /** Whether subscriptions made at run time outlive the process: `true` unless given. */
  readonly keepSubscriptions?: boolean
  /** Who runs what a control plane gives: this process, as every other task, unless given. */
  readonly plane?: PlaneOptions
}

const ownTasks: PlaneOptions = { runs: true, heldAtStart: true }

/** A collector at work. */
export class Collector extends Context.Service<
  Collector,
  {
    /** Ends only by failing: the tree has given up, and what it was is stopped. */
    readonly failure: Effect.Effect<never, SupervisorError>
  }
>()("millrace/app/Collector") {}

const edgeChildren = (config: MillraceConfig, options: CollectorOptions, notBuilt: ReadonlyArray<string>) => {
  if (options.serve === false) return [Edge.refresher]
  const { server, telemetry } = config
  return Edge.children({
    version: options.version,
    notBuilt,
    server,
    exporting: telemetry.otlpEndpoint !== undefined,
    ...(telemetry.prometheus === undefined
      ? {}
      : { prometheus: { host: telemetry.prometheus.host ?? server.host, port: telemetry.prometheus.port } }),
  })
}

/** The last line: whether everything arrived is the question that a stop leaves behind. */
const sayWhatBecameOfIt = (
  { balanced, frames, records, sinks }: Accounts,
  durable: boolean,
): Effect.Effect<void> => {
  const inHand = frames.inFlight + records.inFlight
  const left = durable ? "stay in the journal for the next start" : "are lost with this process"
  const said = [
    `${records.accepted} records accepted`,
    ...sinks.map(({ name, delivered, waiting }) =>
      waiting === 0 ? `${name} has all ${delivered}` : `${name} has ${delivered}, ${waiting} ${left}`,
    ),
    ...(inHand === 0
      ? []
      : [`${frames.inFlight} frames and ${records.inFlight} records were read and are lost`]),
  ]
  const whole = inHand === 0 && sinks.every(({ waiting }) => waiting === 0)
  return Effect.logWithLevel(whole ? "Info" : "Warn")(`stopped: ${said.join("; ")}`, {
    accepted: records.accepted,
    balanced,
    inFlight: { frames: frames.inFlight, records: records.inFlight },
    sinks: sinks.map(({ name, delivered, waiting }) => ({ name, delivered, waiting })),
  })
}

/** Stops the tree within the deadline; what hangs longer is said, and left. */
const stop = Effect.fn("Collector.stop")(function* (
  running: Fiber.Fiber<unknown, unknown>,
  accounts: Effect.Effect<Accounts>,
) {
  const journal = yield* Journal
  yield* journal.admitAll
  const stopped = yield* Effect.timeoutOption(Fiber.interrupt(running), stopDeadline)
  if (Option.isNone(stopped)) {
    const actors = yield* Actors
    const late = (yield* actors.list).filter(({ state }) => state === "stopping").map(({ path }) => path)
    yield* Effect.logError(
      `not stopped within ${Duration.format(stopDeadline)}, leaving as it is: ${late.join(", ") || "nothing says why"}`,
    )
  }
  yield* Effect.flatMap(accounts, (all) => sayWhatBecameOfIt(all, journal.identity.durable))
})

/** Starts a collector in the scope: it is at work when this completes, and drains when the scope closes. */
const make = Effect.fnUntraced(function* (options: CollectorOptions) {
  const { config, notBuilt } = yield* AppConfig
  const environment = yield* Environment
  const simulation =
    config.simulator === undefined ? undefined : yield* simulated(config.simulator, config.exchanges)
  const wanted = simulation?.venues ?? config.exchanges
  const quarantine = yield* makeQuarantine
  const journal = yield* Journal
  const intake = yield* makeIntake({ quarantine })
  const entries = [...(yield* configuredSinks(config.sinks, config.system?.name)), ...(options.sinks ?? [])]
  const memory = shareOut(config.overload.memory, Object.keys(wanted).length, entries.length)
  const history = yield* makeHistory
  const sinks = yield* makeSinks(entries, { quarantine, outstanding: { bytes: memory.sink } })
  // Where nothing outlives the process there is nothing to go on from.
  const restart = journal.identity.durable
    ? yield* makeRestart({
        keepMillis: Duration.toMillis(config.journal.retention),
        givesWay: ({ dataType }) => config.journal.whenFull[dataType.type as Channel] === "drop",
      })
    : undefined
  const proxy = environment["HTTPS_PROXY"] ?? environment["https_proxy"]
  const collect = yield* makeCollect({
    venues: Object.entries(wanted).flatMap(([name, venue]) => {
      const known = venues.get(name)
      return known === undefined ? [] : [{ venue: known(), config: venue }]
    }),
    proxy,
    sinks,
    journal,
    quarantine,
    history,
    intake,
    ...(restart === undefined ? {} : { restart }),
    overload: config.overload,
    memory: memory.venue,
  })
  const requests = yield* makeVenueRequests({ runtimes: collect.runtimes, venues, proxy })
  const tasks = yield* makeTasks(config, collect.service, options.plane ?? ownTasks).pipe(
    Effect.provideService(Collection, collect.service),
    Effect.provideService(RecordIntake, intake.service),
    Effect.provideService(VenueRequests, requests),
  )
  const failed = yield* Deferred.make<never, SupervisorError>()
  const begun = yield* Deferred.make<void>()
  const run = tree({
    edge: edgeChildren(config, options, notBuilt),
    deadLetters: quarantine.run,
    history: history.run,
    sinks: sinks.run,
    // Whoever hands in records does it from now on: every sink has its cursor.
    venues: (self) => Effect.andThen(Deferred.succeed(begun, undefined), collect.run(self)),
    tasks: tasks.run,
  })
  const supervised = root("millrace", run).pipe(
    Effect.provideService(Collection, collect.service),
    Effect.provideContext(tasks.services),
    Effect.onExit((exit) => Deferred.done(failed, exit as Exit.Exit<never, SupervisorError>)),
  )
  yield* Effect.acquireRelease(Effect.forkDetach(supervised), (running) =>
    stop(running, collect.service.accounts),
  )
  // Where the tree gives up before, `failure` tells.
  yield* Effect.raceFirst(Deferred.await(begun), Effect.exit(Deferred.await(failed)))
  if (simulation !== undefined) {
    const broke = simulation.simulator.awaitFailure.pipe(
      Effect.tapError((error) =>
        Effect.logError(`the simulator has failed: ${error.message}; its venues stay silent`),
      ),
      Effect.ignore,
    )
    yield* Effect.forkScoped(broke)
  }
  return Context.make(Collection, collect.service).pipe(
    Context.add(Collector, { failure: Deferred.await(failed) }),
    Context.add(RecordIntake, intake.service),
    Context.add(VenueRequests, requests),
    Context.merge(tasks.services),
  )
})

/**
 * A whole collector as a layer: configuration in, running collection out. It is at work once the layer is built and
 * drains when its scope closes.
 */
export const layer = (options: CollectorOptions) =>
  Layer.effectContext(make(options)).pipe(
    Layer.provideMerge(ports(options)),
    Layer.provideMerge(Actors.layer),
    Layer.provideMerge(Metrics.layer),
  )
