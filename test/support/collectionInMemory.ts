import { Effect, Layer } from "effect"
import {
  type Accounts,
  Collection,
  type CollectorStats,
  InstrumentsError,
  type SubscriptionAnswer,
  type SubscriptionRequest,
  type SubscriptionStatus,
  UnknownVenue,
  type VenueStatus,
} from "../../services/Collection.ts"
import type { ListedInstrument } from "../../src/domain/ListedInstrument.ts"
import { type ContinuityHistory, ContinuityHistoryError } from "../../services/ContinuityHistory.ts"

const forgetful = new ContinuityHistoryError({ path: "none", reason: "stopped", detail: "none is kept" })

const zero: CollectorStats = {
  connections: { active: 1, total: 2, failures: 1, reconnects: 1 },
  messages: { received: 10, processed: 9, sent: 9, errors: 1 },
  latency: { p50: 1.5, p90: 2, p95: 2.5, p99: 4 },
  throughput: { messagesPerSecond: 1.25, bytesPerSecond: 300 },
}

const listed: ListedInstrument = {
  exchange: "binance",
  market: "perpetual",
  base: "BTC",
  quote: "USDT",
  symbol: "BTC-USDT-PERP",
  native: "BTCUSDT",
  status: "trading",
  quantityUnit: "contracts",
  contractValue: { amount: "0.001", unit: "BTC" },
  tickSize: "0.10",
  lotSize: "1",
  listedAt: 1_569_398_400_000,
}

const offered = new Set(["trade", "ticker", "bbo", "depth", "kline_1m"])

/** A collection that is only its state: what was subscribed is listed, what is stopped is not ready. It has no sockets. */
export const makeCollection = (venues: ReadonlyArray<string>) => {
  const subscriptions = new Map<string, SubscriptionStatus>()
  const states = new Map<string, VenueStatus["state"]>(venues.map((venue) => [venue, "running"]))
  let sinkWaiting = 0
  let history: Pick<ContinuityHistory["Service"], "read"> | undefined

  const each = (
    requests: ReadonlyArray<SubscriptionRequest>,
    answer: (venue: string, symbol: string, dataType: string, key: string) => SubscriptionAnswer,
  ) =>
    Effect.sync(() =>
      requests.flatMap(({ venue, symbols, dataTypes }) =>
        symbols.flatMap((symbol) =>
          dataTypes.map((dataType) => {
            if (!states.has(venue))
              return { venue, symbol, dataType, result: "refused" as const, reason: `no venue "${venue}"` }
            if (!offered.has(dataType))
              return {
                venue,
                symbol,
                dataType,
                result: "refused" as const,
                reason: `${venue} has no ${dataType}`,
              }
            return answer(venue, symbol, dataType, `${venue}:${dataType}:${symbol}`)
          }),
        ),
      ),
    )

  const statusOf = (venue: string): VenueStatus => ({
    venue,
    state: states.get(venue)!,
    instruments: { state: "current", listed: 2, refreshedAt: 1_700_000_000_000, changes: [] },
    refused: [],
    connections: [],
    streams: [...subscriptions.values()]
      .filter((each) => each.venue === venue)
      .map(({ symbol, dataType, state }) => ({
        key: `${venue}:${dataType}:${symbol}`,
        venue,
        dataType,
        symbol,
        native: symbol.replace("-", ""),
        state,
        records: 0,
      })),
    restWeight: { used: 20, limit: 6000 },
  })

  const accounts = (): Accounts => ({
    frames: { received: 10, decoded: 8, control: 1, rejected: { not_json: 1 }, inFlight: 0 },
    records: { produced: 8, accepted: 8, duplicate: 0, filtered: {}, dropped: {}, inFlight: 0 },
    sinks: [
      {
        name: "files",
        type: "files",
        state: "open",
        accepted: 8,
        delivered: 8 - sinkWaiting,
        deadLettered: 0,
        dropped: {},
        waiting: sinkWaiting,
      },
    ],
    balanced: true,
  })

  const service: Collection["Service"] = Collection.of({
    venues: Effect.sync(() => venues.map(statusOf)),
    accounts: Effect.sync(accounts),
    stats: Effect.succeed(zero),
    continuity: (query) => history?.read(query) ?? Effect.fail(forgetful),
    unready: Effect.sync(() =>
      [...states]
        .filter(([, state]) => state !== "running")
        .map(([venue, state]) => `venue ${venue} is ${state}`),
    ),
    subscriptions: Effect.sync(() => [...subscriptions.values()]),
    instruments: ({ pattern, venue }) => {
      if (venue !== undefined && !states.has(venue))
        return Effect.fail(new UnknownVenue({ venue, known: [...venues] }))
      if (pattern === "wrong:*")
        return Effect.fail(new InstrumentsError({ reason: "pattern", detail: '"wrong" is no market' }))
      if (pattern === "absent")
        return Effect.fail(new InstrumentsError({ reason: "absent", detail: "no list has come yet" }))
      return Effect.succeed([{ venue: venue ?? venues[0]!, ...listed }])
    },
    subscribe: (requests) =>
      each(requests, (venue, symbol, dataType, key) => {
        const already = subscriptions.has(key)
        subscriptions.set(key, { venue, symbol, dataType, origin: "api", state: "live" })
        return { venue, symbol, dataType, result: already ? "already" : "added" }
      }),
    unsubscribe: (requests) =>
      each(requests, (venue, symbol, dataType, key) => ({
        venue,
        symbol,
        dataType,
        result: subscriptions.delete(key) ? "removed" : "absent",
      })),
    hold: (requests) =>
      Effect.acquireRelease(service.subscribe(requests), () => service.unsubscribe(requests)),
    steer: (venue, action) =>
      states.has(venue)
        ? Effect.sync(() => states.set(venue, action === "stop" ? "stopped" : "running"))
        : Effect.fail(new UnknownVenue({ venue, known: [...venues] })),
  })

  return {
    layer: Layer.succeed(Collection, service),
    fall: (venue: string) => Effect.sync(() => states.set(venue, "failed")),
    /** Its history of continuity; without one it has none. */
    remember: (kept: Pick<ContinuityHistory["Service"], "read">) => Effect.sync(() => (history = kept)),
    lag: (records: number) => Effect.sync(() => (sinkWaiting = records)),
  }
}
