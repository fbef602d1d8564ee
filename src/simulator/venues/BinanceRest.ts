import { klineIntervals } from "../../domain/DataType.ts"
import type { SymbolMarket } from "../market/SymbolMarket.ts"
import { coinmExchangeInfo, spotExchangeInfo, usdmExchangeInfo } from "./ExchangeInfo.ts"
import type { Catalogue } from "./Protocol.ts"
import { contractHistory } from "./BinanceHistory.ts"
import { openInterestAnswer, ratioEndpoints } from "./BinanceRatios.ts"
import { aggTradesAnswer, bookNow, klinesAnswer, tradesAnswer } from "./RestData.ts"
import { type Endpoint, isRefused, refused, type Refused, type RestQuery, serve } from "./RestQuery.ts"

const weighing = (weight: number) => () => weight

/** The weight of the first step whose bound holds the limit asked for. */
const byLimit =
  (usual: number, steps: ReadonlyArray<readonly [most: number, weight: number]>) =>
  (query: RestQuery): number => {
    const limit = query.integer("limit", usual)
    const asked = isRefused(limit) ? usual : limit
    return (steps.find(([most]) => asked <= most) ?? steps.at(-1)!)[1]
  }

/** How a venue's day looks: spot tells the best prices, COIN-M counts contracts and the base. */
type DayStyle = "spot" | "usdm" | "coinm"

const day = (symbol: SymbolMarket, now: number, style: DayStyle): string => {
  const spot = style === "spot"
  const { book, market, price, quantity, quote } = symbol
  const { bar, change, changePercent, last, previous, step, weightedAverage } = symbol.day(now + 1)
  const bid = market.bid(step)
  const previousClose = spot ? `"prevClosePrice":"${price(previous.rung)}",` : ""
  const best = spot
    ? `"bidPrice":"${price(bid)}","bidQty":"${quantity(book.bestBid(step))}","askPrice":"${price(bid + 1)}","askQty":"${quantity(book.bestAsk(step))}",`
    : ""
  return `{"symbol":"${symbol.listing.native}","priceChange":"${change}","priceChangePercent":"${changePercent}","weightedAvgPrice":"${weightedAverage}",${previousClose}"lastPrice":"${price(bar.close)}","lastQty":"${quantity(last.units)}",${best}"openPrice":"${price(bar.open)}","highPrice":"${price(bar.high)}","lowPrice":"${price(bar.low)}","volume":"${quantity(bar.units)}","${style === "coinm" ? "baseVolume" : "quoteVolume"}":"${quote(bar.quote)}","openTime":${bar.start},"closeTime":${bar.end - 1},"firstId":${bar.firstTrade},"lastId":${bar.firstTrade + bar.trades - 1},"count":${bar.trades}}`
}

/** One symbol's object, or all symbols' array where none is named. */
const dayAnswer = (
  query: RestQuery,
  now: number,
  catalogue: Catalogue,
  style: DayStyle,
): string | Refused => {
  if (!query.has("symbol"))
    return `[${[...catalogue.symbols.values()].map((symbol) => day(symbol, now, style)).join(",")}]`
  const symbol = query.symbol()
  return isRefused(symbol) ? symbol : day(symbol, now, style)
}

const time: Endpoint["answer"] = (_, now) => `{"serverTime":${now}}`

const spotRows = { trade: `,"isBestMatch":true`, aggregate: `,"M":true` }
const usdmRows = { trade: "", aggregate: "" }

const usdmLimits = [5, 10, 20, 50, 100, 500, 1000]

/** Weights as documented for 2026. `historicalTrades` asks for no key here. */
export const spotRest = serve({
  "/api/v3/ping": { weight: weighing(1), answer: () => "{}" },
  "/api/v3/time": { weight: weighing(1), answer: time },
  "/api/v3/exchangeInfo": { weight: weighing(20), answer: spotExchangeInfo },
  "/api/v3/depth": {
    weight: byLimit(100, [
      [100, 5],
      [500, 25],
      [1000, 50],
      [5000, 250],
    ]),
    answer: (query, now) => {
      const symbol = query.symbol()
      if (isRefused(symbol)) return symbol
      const limit = query.integer("limit", 100)
      if (isRefused(limit)) return limit
      const { asks, bids, lastUpdateId } = bookNow(symbol, now, Math.max(1, Math.min(limit, 5000)))
      return `{"lastUpdateId":${lastUpdateId},"bids":${bids},"asks":${asks}}`
    },
  },
  "/api/v3/trades": {
    weight: weighing(25),
    answer: (query, now) =>
      query.has("fromId")
        ? refused(-1104, "Not all sent parameters were read; read '2' parameter(s) but was sent '3'.")
        : tradesAnswer(query, now, spotRows),
  },
  "/api/v3/historicalTrades": {
    weight: weighing(25),
    answer: (query, now) => tradesAnswer(query, now, spotRows),
  },
  "/api/v3/aggTrades": {
    weight: weighing(4),
    answer: (query, now) => aggTradesAnswer(query, now, spotRows),
  },
  "/api/v3/klines": {
    weight: weighing(2),
    answer: (query, now) => klinesAnswer(query, now, 1000, klineIntervals),
  },
  "/api/v3/ticker/24hr": {
    weight: (query) => (query.has("symbol") ? 2 : 80),
    answer: (query, now, catalogue) => dayAnswer(query, now, catalogue, "spot"),
  },
})

interface Futures {
  readonly prefix: "/fapi/v1/" | "/dapi/v1/"
  readonly exchangeInfo: Endpoint["answer"]
  /** What a book's snapshot says of its symbol. */
  readonly named: (symbol: SymbolMarket) => string
  /** Whether the one symbol that was asked for comes in a list. */
  readonly listsDay: boolean
}

const futuresRest = ({ exchangeInfo, listsDay, named, prefix }: Futures) =>
  serve({
    [`${prefix}ping`]: { weight: weighing(1), answer: () => "{}" },
    [`${prefix}time`]: { weight: weighing(1), answer: time },
    [`${prefix}exchangeInfo`]: { weight: weighing(1), answer: exchangeInfo },
    [`${prefix}depth`]: {
      weight: byLimit(500, [
        [50, 2],
        [100, 5],
        [500, 10],
        [1000, 20],
      ]),
      answer: (query, now) => {
        const symbol = query.symbol()
        if (isRefused(symbol)) return symbol
        const limit = query.integer("limit", 500)
        if (isRefused(limit)) return limit
        if (!usdmLimits.includes(limit)) return refused(-4021, `'${limit}' is not valid depth limit.`)
        const { asks, bids, lastUpdateId, time: changed } = bookNow(symbol, now, limit)
        return `{"lastUpdateId":${lastUpdateId},${named(symbol)}"E":${now},"T":${changed},"bids":${bids},"asks":${asks}}`
      },
    },
    [`${prefix}trades`]: { weight: weighing(5), answer: (query, now) => tradesAnswer(query, now, usdmRows) },
    [`${prefix}historicalTrades`]: {
      weight: weighing(20),
      answer: (query, now) => tradesAnswer(query, now, usdmRows),
    },
    [`${prefix}aggTrades`]: {
      weight: weighing(20),
      answer: (query, now) => aggTradesAnswer(query, now, usdmRows),
    },
    [`${prefix}klines`]: {
      weight: byLimit(500, [
        [99, 1],
        [499, 2],
        [1000, 5],
        [1500, 10],
      ]),
      answer: (query, now) =>
        klinesAnswer(
          query,
          now,
          1500,
          klineIntervals.filter((interval) => interval !== "1s"),
        ),
    },
    [`${prefix}openInterest`]: {
      weight: weighing(1),
      answer: (query, now) => {
        const symbol = query.symbol()
        if (isRefused(symbol)) return symbol
        return openInterestAnswer(symbol, now, named(symbol))
      },
    },
    ...contractHistory(prefix),
    ...ratioEndpoints(prefix === "/fapi/v1/" ? "symbol" : "pair"),
    [`${prefix}ticker/24hr`]: {
      weight: (query) => (query.has("symbol") ? 1 : 40),
      answer: (query, now, catalogue) => {
        const answer = dayAnswer(query, now, catalogue, listsDay ? "coinm" : "usdm")
        return isRefused(answer) || !listsDay || !query.has("symbol") ? answer : `[${answer}]`
      },
    },
  })

export const usdmRest = futuresRest({
  prefix: "/fapi/v1/",
  exchangeInfo: usdmExchangeInfo,
  named: () => "",
  listsDay: false,
})

export const coinmRest = futuresRest({
  prefix: "/dapi/v1/",
  exchangeInfo: coinmExchangeInfo,
  named: ({ listing }) => `"symbol":"${listing.native}","pair":"${listing.base}USD",`,
  listsDay: true,
})
