import { crc32 } from "node:zlib"
import { klineSpan } from "../../market/Bars.ts"
import type { Levels } from "../../market/Book.ts"
import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import type { DepthEvent, Messages, StreamKind } from "../Protocol.ts"
import { barNames } from "./StreamNames.ts"

/** A whole message. OKX names the argument in every one. */
const message = (channel: string, { listing }: SymbolMarket, data: string, action = ""): string =>
  `{"arg":{"channel":"${channel}","instId":"${listing.native}"},${action}"data":[${data}]}`

const isSwap = ({ listing }: SymbolMarket): boolean => listing.native.endsWith("-SWAP")

const instType = (symbol: SymbolMarket): string => (isSwap(symbol) ? "SWAP" : "SPOT")

/** Price, quantity, a field that is always 0, orders. */
const side = ({ price, quantity }: SymbolMarket, levels: Levels["bids"]): string =>
  `[${levels.map(([rung, units]) => `["${price(rung)}","${quantity(units)}","0","${units === 0 ? 0 : 1 + (units % 4)}"]`).join(",")}]`

const sides = (symbol: SymbolMarket, { asks, bids }: Levels): string =>
  `"asks":${side(symbol, asks)},"bids":${side(symbol, bids)}`

/** As it was until 2026; the exchange sends 0 since then, and so does the simulator. */
export const oldChecksum = ({ price, quantity }: SymbolMarket, { asks, bids }: Levels): number => {
  const parts: Array<string> = []
  for (let index = 0; index < 25; index++)
    for (const level of [bids[index], asks[index]])
      if (level !== undefined) parts.push(price(level[0]), quantity(level[1]))
  return crc32(parts.join(":")) | 0
}

const book = (
  symbol: SymbolMarket,
  event: DepthEvent,
  action: "snapshot" | "update",
  previous: number,
): string =>
  message(
    "books",
    symbol,
    `{${sides(symbol, event.levels)},"ts":"${event.time}","checksum":0,"prevSeqId":${previous},"seqId":${symbol.market.updateId(event.last)}}`,
    `"action":"${action}",`,
  )

const trade = (
  channel: string,
  symbol: SymbolMarket,
  fill: {
    readonly id: number
    readonly rung: number
    readonly units: number
    readonly buy: boolean
    readonly time: number
  },
  more: string,
): string =>
  message(
    channel,
    symbol,
    `{"instId":"${symbol.listing.native}","tradeId":"${fill.id}","px":"${symbol.price(fill.rung)}","sz":"${symbol.quantity(fill.units)}","side":"${fill.buy ? "buy" : "sell"}","ts":"${fill.time}"${more}}`,
  )

/** In the shapes of the documents; no session of this version of the messages was recorded. */
export const messages: Messages = {
  trade: (symbol, fill) => trade("trades-all", symbol, fill, `,"source":"0"`),
  aggTrade: (symbol, merged) =>
    trade(
      "trades",
      symbol,
      { ...merged, id: merged.last },
      `,"count":"${merged.last - merged.first + 1}","source":"0","seqId":${merged.last}`,
    ),
  bookTicker: (symbol, step) => {
    const { book: levels, market } = symbol
    const bid = market.bid(step)
    const best: Levels = { bids: [[bid, levels.bestBid(step)]], asks: [[bid + 1, levels.bestAsk(step)]] }
    return message(
      "bbo-tbt",
      symbol,
      `{${sides(symbol, best)},"ts":"${market.stepTime(step)}","seqId":${market.updateId(step)}}`,
    )
  },
  depth: (symbol, event) => book(symbol, event, "update", symbol.market.updateId(event.before)),
  snapshot: (symbol, event) => book(symbol, event, "snapshot", -1),
  partialDepth: (symbol, event) =>
    message(
      "books5",
      symbol,
      `{${sides(symbol, event.levels)},"instId":"${symbol.listing.native}","ts":"${event.time}","seqId":${symbol.market.updateId(event.last)}}`,
    ),
  kline: (symbol, interval, bar, time) => {
    const { price, quantity, quote } = symbol
    const { next } = klineSpan(interval, bar.start)
    const volumes = `"${quantity(bar.units)}","${isSwap(symbol) ? quantity(bar.units) : quote(bar.quote)}","${quote(bar.quote)}"`
    return message(
      `candle${barNames[interval]}`,
      symbol,
      `["${bar.start}","${price(bar.open)}","${price(bar.high)}","${price(bar.low)}","${price(bar.close)}",${volumes},"${time >= next ? 1 : 0}"]`,
    )
  },
  ticker: (symbol, time) => {
    const { book: levels, listing, market, price, quantity, quote } = symbol
    const { bar, last, step } = symbol.day(time)
    const bid = market.bid(step)
    const volumes = `"volCcy24h":"${isSwap(symbol) ? quantity(bar.units) : quote(bar.quote)}","vol24h":"${quantity(bar.units)}"`
    return message(
      "tickers",
      symbol,
      `{"instType":"${instType(symbol)}","instId":"${listing.native}","last":"${price(bar.close)}","lastSz":"${quantity(last.units)}","askPx":"${price(bid + 1)}","askSz":"${quantity(levels.bestAsk(step))}","bidPx":"${price(bid)}","bidSz":"${quantity(levels.bestBid(step))}","open24h":"${price(bar.open)}","high24h":"${price(bar.high)}","low24h":"${price(bar.low)}","sodUtc0":"${price(bar.open)}","sodUtc8":"${price(bar.open)}",${volumes},"ts":"${time}"}`,
    )
  },
}

const hours8 = 28_800_000

/** A price near the market's, as marks and indices are. */
const near = ({ market, price }: SymbolMarket, time: number): string => price(market.bid(market.stepAt(time)))

/** What is pushed by the clock beside the market's own channels. */
export const periodic: Readonly<Record<string, StreamKind>> = {
  "mark-price": {
    type: "periodic",
    everyMillis: 200,
    write: (symbol, time) =>
      message(
        "mark-price",
        symbol,
        `{"instType":"SWAP","instId":"${symbol.listing.native}","markPx":"${near(symbol, time)}","ts":"${time}"}`,
      ),
  },
  "index-tickers": {
    type: "periodic",
    everyMillis: 100,
    write: (symbol, time) =>
      message(
        "index-tickers",
        symbol,
        `{"instId":"${symbol.listing.native}","idxPx":"${near(symbol, time)}","open24h":"${near(symbol, time)}","high24h":"${near(symbol, time)}","low24h":"${near(symbol, time)}","sodUtc0":"${near(symbol, time)}","sodUtc8":"${near(symbol, time)}","ts":"${time}"}`,
      ),
  },
  "open-interest": {
    type: "periodic",
    everyMillis: 3000,
    write: (symbol, time) => {
      const units = 1_000_000 + (Math.floor(time / 3000) % 1000)
      return message(
        "open-interest",
        symbol,
        `{"instType":"SWAP","instId":"${symbol.listing.native}","oi":"${symbol.quantity(units)}","oiCcy":"${symbol.quantity(units)}","oiUsd":"${symbol.quantity(units)}","ts":"${time}"}`,
      )
    },
  },
  "funding-rate": {
    type: "periodic",
    everyMillis: 3000,
    write: (symbol, time) => {
      const paid = (Math.floor(time / hours8) + 1) * hours8
      return message(
        "funding-rate",
        symbol,
        `{"formulaType":"withRate","fundingRate":"0.0001${String(Math.floor(time / 3000) % 100).padStart(2, "0")}","fundingTime":"${paid}","instId":"${symbol.listing.native}","instType":"SWAP","method":"current_period","nextFundingRate":"","nextFundingTime":"${paid + hours8}","ts":"${time}"}`,
      )
    },
  },
  // Subscribed by the kind of instrument; each message names its own.
  "liquidation-orders": {
    type: "periodic",
    everyMillis: 2000,
    write: ({ listing, market, price, quantity }, time) => {
      const buy = Math.floor(time / 2000) % 2 === 0
      const bid = market.bid(market.stepAt(time))
      return `{"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"details":[{"bkLoss":"0","bkPx":"${price(bid)}","ccy":"","posSide":"${buy ? "short" : "long"}","side":"${buy ? "buy" : "sell"}","sz":"${quantity(1 + (Math.floor(time / 2000) % 500))}","ts":"${time}"}],"instFamily":"${listing.base}-${listing.quote}","instId":"${listing.native}","instType":"SWAP","uly":"${listing.base}-${listing.quote}"}]}`
    },
  },
}
