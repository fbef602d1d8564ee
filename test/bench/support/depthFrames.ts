import { frameOf, readSession } from "../../support/recordings.ts"
import { simulated } from "./venueFrames.ts"

/** A frame as it came, with the route where messages do not tell it. */
export interface DepthFrame {
  readonly bytes: Buffer
  readonly route: string | undefined
}

const sessions: Readonly<Record<string, string>> = {
  binance: "binance/2024-08-08-ethusdt",
  "binance-usdm": "binance-usdm/2024-08-08-ethusdt",
  okx: "okx/2022-05-13",
  deribit: "deribit/2021-07-22",
  coinbase: "coinbase/2021-04-17",
  kraken: "kraken/2021-04-17",
}

/** Where nobody recorded changes: of HTX there are snapshots alone. */
const streams: Readonly<Record<string, { readonly name: string; readonly route?: string }>> = {
  htx: { name: "market.btcusdt.mbp.150" },
  "htx-swap": { name: "market.BTC-USDT.depth.size_150.high_freq" },
  "binance-coinm": { name: "btcusd_perp@depth@100ms" },
  bybit: { name: "linear:orderbook.1000.BTCUSDT", route: "linear" },
}

/** A venue's frames of books, among others: recorded where anybody did, else as the simulator makes them. */
export const depthFrames = (
  venue: string,
): { readonly from: string; readonly frames: ReadonlyArray<DepthFrame> } => {
  const session = sessions[venue]
  if (session !== undefined) {
    const lines = readSession(session).filter(({ dir }) => dir === "in")
    return { from: "recorded", frames: lines.map((line) => ({ bytes: frameOf(line), route: undefined })) }
  }
  const { name, route } = streams[venue]!
  const frames = simulated(venue, ["BTC-USDT", "BTC-USD"], [name])
  return { from: "simulated", frames: frames.map((bytes) => ({ bytes, route })) }
}
