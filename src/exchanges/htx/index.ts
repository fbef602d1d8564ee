import { htxHistory } from "./History.ts"
import type { Venue } from "../Venue.ts"
import { onHost, origin } from "../wire/Urls.ts"
import { htxBackfill } from "./Backfill.ts"
import { htxDepth } from "./Books.ts"
import { makeHtxCatalogue, offers } from "./Channels.ts"
import { makeDecoder } from "./Decoder.ts"
import { htxInstruments } from "./Instruments.ts"
import { htxProgress } from "./Progress.ts"
import { readerOf } from "./Readers.ts"
import { scanSpotBook } from "./Scanners.ts"

/** HTX spot: market data on `/ws`, books by price on `/feed`. */
export const makeHtx = (): Venue => {
  const catalogue = makeHtxCatalogue()
  return {
    name: "htx",
    exchange: "htx",
    wsEndpoint: "wss://api.huobi.pro",
    restEndpoint: "https://api.huobi.pro",
    limits: {
      // Only "not too many" is documented.
      streamsPerConnection: 200,
      connectAttempts: { limit: 5, windowMillis: 1000 },
      // One request for a book in 100 ms is.
      messages: { limit: 9, windowMillis: 1000 },
      streamsPerMessage: 1,
      restWeight: { limit: 10, windowMillis: 1000 },
      connectionLifeMillis: 86_400_000,
    },
    offers,
    instrument: catalogue.instrument,
    instruments: htxInstruments,
    forget: catalogue.forget,
    stream: catalogue.stream,
    streamOfWire: catalogue.find,
    connectUrl: (wsEndpoint, route) => `${origin(wsEndpoint)}/${route}`,
    subscribe: ([stream], id) => JSON.stringify({ sub: stream!.wire, id: String(id) }),
    unsubscribe: ([stream], id) => JSON.stringify({ unsub: stream!.wire, id: String(id) }),
    decode: makeDecoder(catalogue, readerOf, scanSpotBook),
    depth: htxDepth,
    backfill: htxBackfill,
    history: htxHistory,
    progress: htxProgress(
      ({ instrument }) => `/market/trade?symbol=${encodeURIComponent(instrument.native)}`,
      "trade-id",
    ),
    owns: onHost(["api.huobi.pro", "api-aws.huobi.pro"]),
    recordedRest: () => ({ kind: "other" }),
  }
}
