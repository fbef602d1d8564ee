import { klineIntervals } from "../../domain/DataType.ts"
import type { Levels } from "../market/Book.ts"
import type { SymbolMarket } from "../market/SymbolMarket.ts"
import { streamsOfPath } from "./Binance.ts"
import { usdmRest } from "./BinanceRest.ts"
import { binanceAnatomy } from "./BinanceAnatomy.ts"
import { binanceDialogue, serverShutdown, wrap } from "./BinanceDialogue.ts"
import { binanceNumbering } from "./BinanceNumbering.ts"
import { contractStreams } from "./BinanceContracts.ts"
import { klineMessage } from "./KlineMessage.ts"
import type { DepthEvent, Messages, Protocol } from "./Protocol.ts"
import { binanceStream } from "./StreamName.ts"

const depthUpdate = ({ levels, listing, market }: SymbolMarket, event: DepthEvent, shown: Levels): string =>
  `{"e":"depthUpdate","E":${event.time},"T":${market.stepTime(event.last)},"s":"${listing.native}","U":${market.updateId(event.before + 1)},"u":${market.updateId(event.last)},"pu":${market.updateId(event.before)},"b":${levels(shown.bids)},"a":${levels(shown.asks)}}`

/** As recorded: update ids chain by `pu`, a delta's bids ascend, and each message orders its fields in its own way. */
export const usdmMessages: Messages = {
  trade: ({ listing, price, quantity }, { buy, id, rung, time, units }) =>
    `{"e":"trade","E":${time + (id & 1)},"T":${time},"s":"${listing.native}","t":${id},"p":"${price(rung)}","q":"${quantity(units)}","X":"MARKET","m":${!buy}}`,
  aggTrade: ({ listing, price, quantity }, { buy, first, id, last, rung, time, units }) =>
    `{"e":"aggTrade","E":${time + (id & 1)},"a":${id},"s":"${listing.native}","p":"${price(rung)}","q":"${quantity(units)}","f":${first},"l":${last},"T":${time},"m":${!buy}}`,
  bookTicker: ({ book, listing, market, price, quantity }, step) => {
    const bid = market.bid(step)
    const time = market.stepTime(step)
    return `{"e":"bookTicker","u":${market.updateId(step)},"s":"${listing.native}","b":"${price(bid)}","B":"${quantity(book.bestBid(step))}","a":"${price(bid + 1)}","A":"${quantity(book.bestAsk(step))}","T":${time},"E":${time + (step & 1)}}`
  },
  depth: (symbol, event) =>
    depthUpdate(symbol, event, { bids: event.levels.bids.toReversed(), asks: event.levels.asks }),
  partialDepth: (symbol, event) => depthUpdate(symbol, event, event.levels),
  kline: klineMessage,
  ticker: (symbol, time) => {
    const { listing, price, quantity, quote } = symbol
    const { bar, change, changePercent, last, weightedAverage } = symbol.day(time)
    return `{"e":"24hrTicker","E":${time},"s":"${listing.native}","p":"${change}","P":"${changePercent}","w":"${weightedAverage}","c":"${price(bar.close)}","Q":"${quantity(last.units)}","o":"${price(bar.open)}","h":"${price(bar.high)}","l":"${price(bar.low)}","v":"${quantity(bar.units)}","q":"${quote(bar.quote)}","O":${bar.start},"C":${bar.end},"F":${bar.firstTrade},"L":${bar.firstTrade + bar.trades - 1},"n":${bar.trades}}`
  },
}

export const usdmRules = {
  depthMillis: [250, 100, 500],
  partialDepth: [5, 10, 20],
  intervals: klineIntervals.filter((interval) => interval !== "1s"),
}

export const usdmDialogue = binanceDialogue({
  accepts: (id) => Number.isSafeInteger(id) && (id as number) >= 0,
  error: "Invalid request: request ID must be an unsigned integer",
})

const ofContracts = contractStreams()

const publicKinds: ReadonlyArray<string> = ["depth", "bookTicker", "trade"]

/**
 * Binance USD-M, as documented and as recorded: streams are split over the routes `/public` and `/market`, and a
 * stream on the wrong one is acknowledged and never comes. Without a route only public streams come.
 */
export const binanceUsdm: Protocol = {
  venue: "binance-usdm",
  limits: {
    messagesPerSecond: 10,
    streamsPerConnection: 200,
    attempts: 300,
    attemptWindowMillis: 300_000,
    pingMillis: 180_000,
    pongMillis: 600_000,
    lifeMillis: 86_400_000,
    weightPerMinute: 2400,
    refusalsBeforeBan: 10,
    banMillis: 120_000,
  },
  push: { kline: 4, ticker: 0.5 },
  klinePushMillis: () => 250,
  tickerPushMillis: 2000,
  style: { priceDecimals: 2, unitDollars: 100, quoteDecimals: 8 },
  decimals: { price: 0, quantity: 0, quote: 0, average: 0 },
  messages: usdmMessages,
  route: (path, query) => {
    const prefix = /^\/(public|market|private)(?=\/)/.exec(path)
    const found = streamsOfPath(prefix === null ? path : path.slice(prefix[0].length), query)
    return found === undefined ? undefined : { name: prefix?.[1] ?? "", ...found }
  },
  stream: (name) => ofContracts(name) ?? binanceStream(name, usdmRules),
  carries: ({ name }, { type }) =>
    name === (publicKinds.includes(type) ? "public" : "market") ||
    (name === "" && publicKinds.includes(type)),
  dialogue: usdmDialogue,
  wrap,
  anatomy: binanceAnatomy,
  closing: serverShutdown,
  numbering: binanceNumbering,
  rest: usdmRest,
}
