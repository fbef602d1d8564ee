import { describe, expect, it } from "@effect/vitest"
import { htxSwapDepth } from "../../../../src/exchanges/htx-swap/Books.ts"
import { makeHtxSwap } from "../../../../src/exchanges/htx-swap/index.ts"
import { decodeFrame, streamOf } from "../../../contract/venue/Support.ts"

describe("htx-swap", () => {
  it.each([
    ["BTC-USDT-PERP", "trade", "linear-swap-ws", '{"sub":"market.BTC-USDT.trade.detail","id":"3"}'],
    ["BTC-USD-PERP", "trade", "swap-ws", '{"sub":"market.BTC-USD.trade.detail","id":"3"}'],
    [
      "BTC-USD-PERP",
      "depth",
      "swap-ws",
      '{"sub":"market.BTC-USD.depth.size_150.high_freq","data_type":"incremental","id":"3"}',
    ],
    ["BTC-USD-PERP", "index_price", "ws_index", '{"sub":"market.BTC-USD.index.1min","id":"3"}'],
    [
      "BTC-USDT-PERP",
      "funding",
      "linear-swap-notification",
      '{"op":"sub","cid":"3","topic":"public.BTC-USDT.funding_rate"}',
    ],
    [
      "BTC-USD-PERP",
      "liquidation",
      "swap-notification",
      '{"op":"sub","cid":"3","topic":"public.BTC-USD.liquidation_orders"}',
    ],
  ])("%s %s is had of %s", (symbol, dataType, route, text) => {
    const venue = makeHtxSwap()
    const stream = streamOf(venue, { symbol, dataType })
    expect(venue.connectUrl(venue.wsEndpoint, stream.route)).toBe(`wss://api.hbdm.com/${route}`)
    expect(venue.subscribe([stream], 3)).toBe(text)
  })

  it.each([
    [11, "next"],
    [10, "contained"],
    [9, "contained"],
    [12, "gap"],
  ])("version %i after 10 is %s", (version, wanted) => {
    const [record] = decodeFrame(
      makeHtxSwap(),
      `{"ch":"market.BTC-USDT.depth.size_150.high_freq","ts":1,"tick":{"event":"update","version":${version},"asks":[],"bids":[]}}`,
    ).records
    expect(htxSwapDepth.join(10, record!)).toBe(wanted)
    expect(htxSwapDepth.follow(10, record!)).toBe(wanted)
  })
})
