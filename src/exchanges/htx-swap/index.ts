import { htxSwapHistory } from "./History.ts"
import type { Stream } from "../../domain/Stream.ts"
import { makeDecoder } from "../htx/Decoder.ts"
import { htxProgress } from "../htx/Progress.ts"
import type { Venue } from "../Venue.ts"
import { withSettledFunding } from "../wire/SettledFunding.ts"
import { onHost, origin } from "../wire/Urls.ts"
import { htxSwapDepth } from "./Books.ts"
import { makeHtxSwapCatalogue, offers } from "./Channels.ts"
import { htxSwapInstruments } from "./Instruments.ts"
import { isCoinSettled } from "./Names.ts"
import { htxSwapPolls } from "./Polls.ts"
import { readerOf } from "./Readers.ts"
import { scanSwapBook } from "../htx/Scanners.ts"

/** `high_freq` sends whole books unless changes are asked for; notifications have commands of their own. */
const command =
  (kind: "sub" | "unsub") =>
  ([stream]: ReadonlyArray<Stream>, id: number): string => {
    const { dataType, route, wire } = stream!
    if (route.endsWith("notification")) return JSON.stringify({ op: kind, cid: String(id), topic: wire })
    const isBook = dataType.type === "depth" && dataType.levels === undefined
    return JSON.stringify({ [kind]: wire, ...(isBook ? { data_type: "incremental" } : {}), id: String(id) })
  }

/** HTX's perpetual swaps, settled in USDT and in the coin. */
export const makeHtxSwap = (): Venue => {
  const catalogue = makeHtxSwapCatalogue()
  return withSettledFunding({
    name: "htx-swap",
    exchange: "htx",
    wsEndpoint: "wss://api.hbdm.com",
    restEndpoint: "https://api.hbdm.com",
    limits: {
      // No number is documented; others had 150 books on one.
      streamsPerConnection: 200,
      connectAttempts: { limit: 5, windowMillis: 1000 },
      // 40 subscriptions in a second are documented, pongs and requests besides.
      messages: { limit: 30, windowMillis: 1000 },
      streamsPerMessage: 1,
      restWeight: { limit: 100, windowMillis: 3000 },
      connectionLifeMillis: 86_400_000,
    },
    offers,
    instrument: catalogue.instrument,
    instruments: htxSwapInstruments,
    forget: catalogue.forget,
    stream: catalogue.stream,
    streamOfWire: catalogue.find,
    connectUrl: (wsEndpoint, route) => `${origin(wsEndpoint)}/${route}`,
    subscribe: command("sub"),
    unsubscribe: command("unsub"),
    decode: makeDecoder(catalogue, readerOf, scanSwapBook),
    depth: htxSwapDepth,
    polls: htxSwapPolls,
    history: htxSwapHistory,
    progress: htxProgress(({ instrument }) => {
      const api = isCoinSettled(instrument) ? "swap-ex" : "linear-swap-ex"
      return `/${api}/market/trade?contract_code=${encodeURIComponent(instrument.native)}`
    }, "id"),
    owns: onHost(["api.hbdm.com", "api.hbdm.vn", "api.btcgateway.pro"]),
    recordedRest: () => ({ kind: "other" }),
  })
}
