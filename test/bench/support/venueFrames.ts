import { makeExchange } from "../../../src/simulator/server/Exchange.ts"
import { protocols } from "../../../src/simulator/venues/index.ts"
import { readSession } from "../../support/recordings.ts"

/** Frames of a venue's trades, best prices and books, with the route that they came by. */
export interface VenueFrames {
  readonly frames: ReadonlyArray<Buffer>
  readonly route?: string
  /** Where they are from, for the table. */
  readonly from: string
}

export const binanceFrames = (): VenueFrames => ({
  from: "recorded",
  frames: readSession("binance/2024-08-08-ethusdt").flatMap(({ raw }) =>
    raw?.startsWith('{"stream"') === true ? [Buffer.from(raw)] : [],
  ),
})

const isScanned = /^\{"arg":\{"channel":"(?:trades|books)"/

/** Of 2022: every book carries its checksum and none a sequence. Again and again, since the session is short. */
export const okxFrames = (): VenueFrames => {
  const once = readSession("okx/2022-05-13").flatMap(({ dir, raw }) =>
    dir === "in" && isScanned.test(raw!) ? [Buffer.from(raw!)] : [],
  )
  return { from: "recorded", frames: Array.from({ length: 40 }, () => once).flat() }
}

/** Messages of the simulator's minutes: of `trade`, `bbo` and `depth`, in the order of the clock. */
export const simulated = (venue: string, symbols: ReadonlyArray<string>, streams: ReadonlyArray<string>) => {
  const protocol = protocols.get(venue)!
  const exchange = makeExchange(protocol, { seed: 1, symbols, rate: 400, limits: protocol.limits })
  const frames: Array<Buffer> = []
  const start = 1_790_000_000_000
  for (let from = start; from < start + 60_000; from += 100)
    for (const name of streams) {
      const feed = exchange.feed(name)
      if (feed === undefined) throw new Error(`the simulator of ${venue} has no ${name}`)
      for (const payload of feed.between(from, from + 100)) {
        const text = protocol.wrap(feed.name, payload)
        frames.push(protocol.binary === undefined ? Buffer.from(text) : protocol.binary(text))
      }
    }
  return frames
}

export const okxSimulatedFrames = (): VenueFrames => ({
  from: "simulated",
  frames: simulated("okx", ["BTC-USDT"], ["trades:BTC-USDT", "bbo-tbt:BTC-USDT", "books:BTC-USDT"]),
})

/** Nobody recorded a session of Bybit. */
export const bybitFrames = (): VenueFrames => ({
  from: "simulated",
  route: "linear",
  frames: simulated(
    "bybit",
    ["BTC-USDT"],
    ["linear:publicTrade.BTCUSDT", "linear:orderbook.1.BTCUSDT", "linear:orderbook.1000.BTCUSDT"],
  ),
})
