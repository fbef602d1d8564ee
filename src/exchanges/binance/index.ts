import { klineIntervals } from "../../domain/DataType.ts"
import type { Venue } from "../Venue.ts"
import { spotBackfill } from "./Backfill.ts"
import { makeCatalogue } from "./Catalogue.ts"
import { makeDecoder, wireOfFrame } from "./Decoder.ts"
import { spotDepth, spotSnapshots } from "./Depth.ts"
import { spotHistory } from "./History.ts"
import { spotInstruments } from "./Instruments.ts"
import { spotInstrument } from "./Names.ts"
import { spotProgress } from "./Progress.ts"
import { spotReaders } from "./Readers.ts"
import { recordedDepth } from "./Snapshots.ts"
import { partialLevels } from "./StreamNames.ts"
import { streamsPerMessage, subscribe, unsubscribe } from "./Subscriptions.ts"
import { onHost, origin } from "../wire/Urls.ts"

/** Binance spot: everything on one path, one symbol space. */
export const makeBinance = (): Venue => {
  const offers = [
    "trade",
    "aggTrade",
    ...klineIntervals.map((interval) => `kline_${interval}`),
    "ticker",
    "bbo",
    "depth",
    ...partialLevels.map((levels) => `depth${levels}`),
  ]
  const catalogue = makeCatalogue({ venue: "binance", offers, read: spotInstrument, route: () => "" })
  return {
    name: "binance",
    exchange: "binance",
    wsEndpoint: "wss://stream.binance.com:9443",
    restEndpoint: "https://api.binance.com",
    limits: {
      streamsPerConnection: 1024,
      connectAttempts: { limit: 300, windowMillis: 300_000 },
      // Five a second, and control frames count: one place is left for a pong, one for a ping of ours.
      messages: { limit: 3, windowMillis: 1000 },
      streamsPerMessage,
      restWeight: { limit: 6000, windowMillis: 60_000 },
      restWeightHeader: "x-mbx-used-weight-1m",
      connectionLifeMillis: 86_400_000,
    },
    offers,
    instrument: catalogue.instrument,
    instruments: spotInstruments,
    forget: catalogue.forget,
    stream: catalogue.stream,
    streamOfWire: (wire) => catalogue.find(wire)?.stream,
    connectUrl: (wsEndpoint) => `${origin(wsEndpoint)}/stream`,
    subscribe,
    unsubscribe,
    decode: makeDecoder(catalogue, spotReaders),
    depth: spotDepth,
    progress: spotProgress,
    backfill: spotBackfill,
    history: spotHistory,
    wireOfFrame,
    owns: onHost([
      "stream.binance.com",
      "data-stream.binance.vision",
      "api.binance.com",
      "data-api.binance.vision",
    ]),
    recordedRest: recordedDepth(spotSnapshots),
  }
}
