import { klineIntervals } from "../../domain/DataType.ts"
import type { Stream } from "../../domain/Stream.ts"
import { makeCatalogue } from "../binance/Catalogue.ts"
import { makeDecoder, wireOfFrame } from "../binance/Decoder.ts"
import { recordedDepth } from "../binance/Snapshots.ts"
import { partialLevels } from "../binance/StreamNames.ts"
import { streamsPerMessage, subscribe, subscriptionOf, unsubscribe } from "../binance/Subscriptions.ts"
import { withSettledFunding } from "../wire/SettledFunding.ts"
import { onHost, origin } from "../wire/Urls.ts"
import { pollRoute, type Venue } from "../Venue.ts"
import { usdmBackfill } from "./Backfill.ts"
import { contractMarkets, contractOffers } from "./Contracts.ts"
import { usdmDepth, usdmSnapshots } from "./Depth.ts"
import { usdmHistory } from "./History.ts"
import { usdmInstruments } from "./Instruments.ts"
import { usdmInstrument } from "./Names.ts"
import { usdmPolls } from "./Polls.ts"
import { usdmProgress } from "./Progress.ts"
import { usdmReaders } from "./Readers.ts"

/** The route of each channel since 2026-04-23. On the wrong one a subscription is acknowledged and stays silent. */
const routes = {
  depth: "public",
  partialDepth: "public",
  bbo: "public",
  trade: "public",
  aggTrade: "market",
  kline: "market",
  ticker: "market",
  markPrice: "market",
  forceOrder: "market",
  openInterest: pollRoute,
  longShortRatio: pollRoute,
} as const

/** Binance USD-M futures: two routes, weights of their own, and a chain by `pu` in the book. */
export const makeBinanceUsdm = (): Venue => {
  const offers = [
    "trade",
    "aggTrade",
    ...klineIntervals.filter((interval) => interval !== "1s").map((interval) => `kline_${interval}`),
    "ticker",
    "bbo",
    "depth",
    ...partialLevels.map((levels) => `depth${levels}`),
    ...contractOffers,
  ]
  const catalogue = makeCatalogue({
    venue: "binance-usdm",
    offers,
    read: usdmInstrument,
    route: (channel) => routes[channel],
    markets: contractMarkets,
  })
  return withSettledFunding({
    name: "binance-usdm",
    exchange: "binance",
    wsEndpoint: "wss://fstream.binance.com",
    restEndpoint: "https://fapi.binance.com",
    limits: {
      streamsPerConnection: 200,
      connectAttempts: { limit: 300, windowMillis: 300_000 },
      // Ten a second; whether control frames count is not documented, so two places are left for them.
      messages: { limit: 8, windowMillis: 1000 },
      streamsPerMessage,
      restWeight: { limit: 2400, windowMillis: 60_000 },
      restWeightHeader: "x-mbx-used-weight-1m",
      connectionLifeMillis: 86_400_000,
    },
    offers,
    instrument: catalogue.instrument,
    instruments: usdmInstruments,
    forget: catalogue.forget,
    stream: catalogue.stream,
    streamOfWire: (wire) => {
      const found = catalogue.find(wire)?.stream
      // Asked for from now on: a mark price then carries it.
      return found === undefined ? undefined : (catalogue.stream(found.dataType, found.instrument) as Stream)
    },
    connectUrl: (wsEndpoint, route) => `${origin(wsEndpoint)}/${route}/stream`,
    subscribe,
    unsubscribe,
    subscriptionOf,
    decode: makeDecoder(catalogue, usdmReaders),
    depth: usdmDepth,
    progress: usdmProgress,
    backfill: usdmBackfill,
    polls: usdmPolls,
    history: usdmHistory,
    wireOfFrame,
    owns: onHost(["fstream.binance.com", "fapi.binance.com"]),
    recordedRest: recordedDepth(usdmSnapshots),
  })
}
