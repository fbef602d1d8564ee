import { Cause, Clock, Context, Deferred, Effect, Layer, type Scope } from "effect"
import type { FaultKind, FaultSchedule } from "./faults/Fault.ts"
import type { FaultFilter, InjectedFault } from "./faults/FaultLog.ts"
import { makeFaults } from "./faults/Faults.ts"
import { listingsOf } from "./market/Listing.ts"
import type { SymbolMarket } from "./market/SymbolMarket.ts"
import { type Deferrals, makeDeferrals } from "./server/Deferrals.ts"
import { type Exchange, makeExchange } from "./server/Exchange.ts"
import type { Interference } from "./server/Interference.ts"
import { clockPace, floodPace, type Pace } from "./server/Pace.ts"
import { makeSentLog, type Sent, type SentFilter, type SentLog } from "./server/SentLog.ts"
import { SimulatorError } from "./server/SimulatorError.ts"
import { listen, type VenueServer } from "./server/VenueServer.ts"
import { resolveOptions, scheduleOf, type Settings, type SimulatorOptions } from "./SimulatorOptions.ts"
import { protocols } from "./venues/index.ts"
import type { VenueName } from "./venues/Protocol.ts"

export interface VenueStats {
  readonly connections: number
  readonly subscriptions: number
  /** WebSocket handshakes asked for, and those refused. */
  readonly attempts: number
  readonly refusals: number
  /** REST. */
  readonly requests: number
  /** Messages of streams, on all connections ever. */
  readonly messages: number
}

export interface SimulatedVenue {
  readonly venue: VenueName
  readonly port: number
  /** Origins, to which a client appends the venue's paths. */
  readonly wsEndpoint: string
  readonly restEndpoint: string
  /** Native names of what is listed now. */
  readonly symbols: ReadonlyArray<string>
  /**
   * Lists a pair from now on; the native names of the instruments that are new. Throws for what is no pair. Whoever
   * subscribed a name before it was listed has to ask anew.
   */
  readonly list: (symbol: string) => ReadonlyArray<string>
  /** Takes an instrument off the list by its native name: whether it was there. Its streams fall silent. */
  readonly delist: (native: string) => boolean
  readonly stats: () => VenueStats
  /** The market of a native name, for any question about any time. */
  readonly market: (native: string) => SymbolMarket | undefined
  /**
   * What the exchange says on a stream after `from`, up to and including `to`: payloads, whether or not anybody
   * listens. The truth with which a faulty delivery is compared. Empty for a stream that never sends.
   */
  readonly truth: (stream: string, from: number, to: number) => ReadonlyArray<string>
}

/**
 * A running exchange simulator: real WebSocket and REST servers on a market that is a function of seed, symbol and
 * time.
 *
 * @example
 * const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], venues: ["binance"], startAt: 0, keepSent: 1000 })
 * const { restEndpoint, wsEndpoint } = simulator.venue("binance")
 */
export class Simulator extends Context.Service<
  Simulator,
  {
    readonly venues: ReadonlyArray<SimulatedVenue>
    /** Throws for a venue that was not asked for. */
    readonly venue: (name: VenueName) => SimulatedVenue
    /** The market's time. */
    readonly now: () => number
    /** What was due on each connection, before any fault, as far as `keepSent` goes. */
    readonly sent: (filter?: SentFilter) => ReadonlyArray<Sent>
    /**
     * What really left on each connection, after all faults, as far as `keepSent` goes; half frames are not counted.
     * What stands below a stream and is no payload of it was put there by a fault.
     */
    readonly delivered: (filter?: SentFilter) => ReadonlyArray<Sent>
    /** Which faults struck what, and when, in their order; the last of them where there are more than `keepFaults`. */
    readonly faults: (filter?: FaultFilter) => ReadonlyArray<InjectedFault>
    /** How often each kind of fault has struck, all counted. */
    readonly faultTotals: () => Readonly<Partial<Record<FaultKind, number>>>
    /** Adds faults to the schedule; their times count from now. */
    readonly inject: (faults: string | FaultSchedule) => Effect.Effect<void, SimulatorError>
    /** Ends only by failing, when the simulator cannot go on. */
    readonly awaitFailure: Effect.Effect<never, SimulatorError>
  }
>()("millrace/simulator/Simulator") {
  static readonly layer = (options: SimulatorOptions = {}): Layer.Layer<Simulator, SimulatorError> =>
    Layer.effect(Simulator, makeSimulator(options))
}

const sum = (numbers: Iterable<number>): number => {
  let total = 0
  for (const each of numbers) total += each
  return total
}

const startVenue = Effect.fn("Simulator.startVenue")(function* (
  settings: Settings,
  index: number,
  shared: {
    readonly pace: Pace
    readonly sent: SentLog
    readonly delivered: SentLog
    readonly interference: Interference
    readonly deferrals: Deferrals
    readonly now: () => number
    /** Filled as they start. */
    readonly exchanges: Map<VenueName, Exchange>
  },
): Effect.fn.Return<
  { readonly venue: SimulatedVenue; readonly server: VenueServer },
  SimulatorError,
  Scope.Scope
> {
  const protocol = protocols.get(settings.venues[index]!)!
  const exchange = makeExchange(protocol, {
    seed: settings.seed,
    symbols: settings.symbols,
    rate: settings.rate,
    limits: { ...protocol.limits, ...settings.limits },
  })
  shared.exchanges.set(protocol.venue, exchange)
  const server = yield* listen({
    exchange,
    host: settings.host,
    port: settings.port === 0 ? 0 : settings.port + index,
    now: shared.now,
    marketNow: shared.pace.now,
    deferrals: shared.deferrals,
    sent: shared.sent,
    delivered: shared.delivered,
    interference: shared.interference,
    slowReader: settings.slowReader,
  })
  const { counters, port, restEndpoint, sessions, wsEndpoint } = server
  const venue: SimulatedVenue = {
    venue: protocol.venue,
    port,
    wsEndpoint,
    restEndpoint,
    get symbols() {
      return [...exchange.symbols.keys()]
    },
    list: (symbol) => {
      if (listingsOf(symbol, protocol.style).length === 0) throw new Error(`cannot list "${symbol}"`)
      return exchange.list(symbol)
    },
    delist: exchange.delist,
    market: (native) => exchange.symbols.get(native),
    truth: (stream, from, to) => exchange.feed(stream)?.between(from, to) ?? [],
    stats: () => ({
      connections: sessions.size,
      subscriptions: sum([...sessions].map((session) => session.subscriptions())),
      attempts: counters.attempts,
      refusals: counters.refusals,
      requests: counters.requests,
      messages: counters.endedMessages + sum([...sessions].map((session) => session.messages())),
    }),
  }
  return { venue, server }
})

/** Starts the simulator; it stops with the scope. */
export const makeSimulator = Effect.fn("Simulator.make")(function* (
  options: SimulatorOptions = {},
): Effect.fn.Return<Simulator["Service"], SimulatorError, Scope.Scope> {
  const settings = yield* resolveOptions(options)
  const clock = yield* Clock.Clock
  const makePace = settings.pace === "flood" ? floodPace : clockPace
  const pace = makePace(clock, settings.startAt)
  const now = () => clock.currentTimeMillisUnsafe()
  const sent = makeSentLog(settings.keepSent)
  const delivered = makeSentLog(settings.keepSent)
  const deferrals = makeDeferrals(now)
  const exchanges = new Map<VenueName, Exchange>()
  const faults = makeFaults({
    seed: settings.seed,
    schedule: settings.faults,
    now: pace.now,
    exchanges: (name) => exchanges.get(name),
    interference: settings.interference,
    keep: settings.keepFaults,
  })
  const { interference } = faults
  const shared = { pace, sent, delivered, interference, deferrals, now, exchanges }
  const started = yield* Effect.forEach(settings.venues, (_, index) => startVenue(settings, index, shared))

  const failure = yield* Deferred.make<never, SimulatorError>()
  const giveUp = (error: SimulatorError) =>
    Effect.logError(error.message).pipe(Effect.andThen(Deferred.fail(failure, error)))
  function* sessions() {
    for (const { server } of started) yield* server.sessions
  }
  yield* pace.run(sessions, deferrals.tick).pipe(
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.void
        : giveUp(new SimulatorError({ reason: "defect", detail: `stopped sending: ${Cause.pretty(cause)}` })),
    ),
    Effect.forkScoped,
  )

  const venues = started.map(({ venue }) => venue)
  return Simulator.of({
    venues,
    venue: (name) => {
      const found = venues.find(({ venue }) => venue === name)
      if (found === undefined) throw new Error(`the simulator was started without the venue ${name}`)
      return found
    },
    now: pace.now,
    sent: (filter = {}) => sent.read(filter),
    delivered: (filter = {}) => delivered.read(filter),
    faults: (filter = {}) => faults.log.read(filter),
    faultTotals: faults.log.totals,
    inject: (added) => Effect.map(scheduleOf(added, settings.venues), faults.inject),
    awaitFailure: Deferred.await(failure),
  })
})
