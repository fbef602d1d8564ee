import { klineIntervals } from "../../domain/DataType.ts"
import type { Stream } from "../../domain/Stream.ts"
import { makeCatalogue } from "../binance/Catalogue.ts"
import { makeDecoder, wireOfFrame } from "../binance/Decoder.ts"
import { recordedDepth } from "../binance/Snapshots.ts"
import { isPolled, partialLevels } from "../binance/StreamNames.ts"
import { streamsPerMessage, subscribe, subscriptionOf, unsubscribe } from "../binance/Subscriptions.ts"
import { contractMarkets, contractOffers } from "../binance-usdm/Contracts.ts"
import { pollRoute, type Venue } from "../Venue.ts"
import { withSettledFunding } from "../wire/SettledFunding.ts"
import { onHost, origin } from "../wire/Urls.ts"
import { coinmInstruments } from "./Instruments.ts"
import { coinmInstrument } from "./Names.ts"
import { coinmReaders } from "./Readers.ts"
import { coinmBackfill, coinmDepth, coinmHistory, coinmPolls, coinmProgress, coinmSnapshots } from "./Rest.ts"

/** Binance COIN-M futures: USD-M's rules on one route; contracts that are settled in the coin. Nothing of it was recorded. */
export const makeBinanceCoinm = (): Venue => {
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
    venue: "binance-coinm",
    offers,
    read: coinmInstrument,
    route: (channel) => (isPolled(channel) ? pollRoute : ""),
    markets: contractMarkets,
  })
  return withSettledFunding({
    name: "binance-coinm",
    exchange: "binance",
    wsEndpoint: "wss://dstream.binance.com",
    restEndpoint: "https://dapi.binance.com",
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
    instruments: coinmInstruments,
    forget: catalogue.forget,
    stream: catalogue.stream,
    streamOfWire: (wire) => {
      const found = catalogue.find(wire)?.stream
      // Asked for from now on: a mark price then carries it.
      return found === undefined ? undefined : (catalogue.stream(found.dataType, found.instrument) as Stream)
    },
    connectUrl: (wsEndpoint) => `${origin(wsEndpoint)}/stream`,
    subscribe,
    unsubscribe,
    subscriptionOf,
    decode: makeDecoder(catalogue, coinmReaders),
    depth: coinmDepth,
    progress: coinmProgress,
    backfill: coinmBackfill,
    polls: coinmPolls,
    history: coinmHistory,
    wireOfFrame,
    owns: onHost(["dstream.binance.com", "dapi.binance.com"]),
    recordedRest: recordedDepth(coinmSnapshots),
  })
}
