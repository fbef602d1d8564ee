import { klineIntervals } from "../../domain/DataType.ts"
import { spotRest } from "./BinanceRest.ts"
import { binanceAnatomy } from "./BinanceAnatomy.ts"
import { binanceDialogue, serverShutdown, wrap } from "./BinanceDialogue.ts"
import { binanceNumbering } from "./BinanceNumbering.ts"
import { klineMessage } from "./KlineMessage.ts"
import type { Messages, Protocol, Route } from "./Protocol.ts"
import { binanceStream } from "./StreamName.ts"

/** Every shape below is that of recorded frames; spot's best prices carry neither an event name nor a time. */
const messages: Messages = {
  trade: ({ listing, price, quantity }, { buy, id, rung, time, units }) =>
    `{"e":"trade","E":${time + (id & 1)},"s":"${listing.native}","t":${id},"p":"${price(rung)}","q":"${quantity(units)}","T":${time},"m":${!buy},"M":true}`,
  aggTrade: ({ listing, price, quantity }, { buy, first, id, last, rung, time, units }) =>
    `{"e":"aggTrade","E":${time + (id & 1)},"s":"${listing.native}","a":${id},"p":"${price(rung)}","q":"${quantity(units)}","f":${first},"l":${last},"T":${time},"m":${!buy},"M":true}`,
  bookTicker: ({ book, listing, market, price, quantity }, step) => {
    const bid = market.bid(step)
    return `{"u":${market.updateId(step)},"s":"${listing.native}","b":"${price(bid)}","B":"${quantity(book.bestBid(step))}","a":"${price(bid + 1)}","A":"${quantity(book.bestAsk(step))}"}`
  },
  depth: ({ levels, listing, market }, event) =>
    `{"e":"depthUpdate","E":${event.time},"s":"${listing.native}","U":${market.updateId(event.before) + 1},"u":${market.updateId(event.last)},"b":${levels(event.levels.bids)},"a":${levels(event.levels.asks)}}`,
  partialDepth: ({ levels, market }, event) =>
    `{"lastUpdateId":${market.updateId(event.last)},"bids":${levels(event.levels.bids)},"asks":${levels(event.levels.asks)}}`,
  kline: klineMessage,
  ticker: (symbol, time) => {
    const { book, listing, market, price, quantity, quote } = symbol
    const { bar, change, changePercent, last, previous, step, weightedAverage } = symbol.day(time)
    const bid = market.bid(step)
    return `{"e":"24hrTicker","E":${time},"s":"${listing.native}","p":"${change}","P":"${changePercent}","w":"${weightedAverage}","x":"${price(previous.rung)}","c":"${price(bar.close)}","Q":"${quantity(last.units)}","b":"${price(bid)}","B":"${quantity(book.bestBid(step))}","a":"${price(bid + 1)}","A":"${quantity(book.bestAsk(step))}","o":"${price(bar.open)}","h":"${price(bar.high)}","l":"${price(bar.low)}","v":"${quantity(bar.units)}","q":"${quote(bar.quote)}","O":${bar.start},"C":${bar.end},"F":${bar.firstTrade},"L":${bar.firstTrade + bar.trades - 1},"n":${bar.trades}}`
  },
}

/** `/ws`, `/ws/a/b` and `/stream?streams=a/b`, below an optional prefix. */
export const streamsOfPath = (
  path: string,
  query: URLSearchParams,
): Pick<Route, "combined" | "streams"> | undefined => {
  const split = (text: string) => text.split("/").filter((name) => name !== "")
  if (path === "/stream" || path === "/stream/")
    return { combined: true, streams: split(query.get("streams") ?? "") }
  if (path === "/ws" || path.startsWith("/ws/")) return { combined: false, streams: split(path.slice(3)) }
  return undefined
}

const rules = { depthMillis: [1000, 100], partialDepth: [5, 10, 20], intervals: klineIntervals }

/** Binance spot, as documented and as recorded. */
export const binance: Protocol = {
  venue: "binance",
  limits: {
    messagesPerSecond: 5,
    streamsPerConnection: 1024,
    attempts: 300,
    attemptWindowMillis: 300_000,
    pingMillis: 20_000,
    pongMillis: 60_000,
    lifeMillis: 86_400_000,
    weightPerMinute: 6000,
    refusalsBeforeBan: 10,
    banMillis: 120_000,
  },
  push: { kline: 0.5, ticker: 1 },
  klinePushMillis: (interval) => (interval === "1s" ? 1000 : 2000),
  tickerPushMillis: 1000,
  style: { priceDecimals: 0, unitDollars: 1, quoteDecimals: 8 },
  decimals: { price: 8, quantity: 8, quote: 8, average: 8 },
  messages,
  route: (path, query) => {
    const found = streamsOfPath(path, query)
    return found === undefined ? undefined : { name: "", ...found }
  },
  stream: (name) => binanceStream(name, rules),
  carries: () => true,
  dialogue: binanceDialogue({
    accepts: (id) =>
      id === undefined ||
      id === null ||
      Number.isSafeInteger(id) ||
      (typeof id === "string" && /^[A-Za-z0-9_-]{1,36}$/.test(id)),
    error: "Invalid request: request ID must be an integer, an alphanumeric string of at most 36, or null",
  }),
  wrap,
  anatomy: binanceAnatomy,
  closing: serverShutdown,
  numbering: binanceNumbering,
  rest: spotRest,
}
