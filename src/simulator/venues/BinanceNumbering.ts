import { bookCount, type Count, type Numbering, type Numbers, tradeCount } from "./Numbering.ts"
import { splitStreamName } from "./StreamName.ts"

const named =
  (...words: ReadonlyArray<string>): Count["streams"] =>
  (native) =>
    words.map((word) => `${native.toLowerCase()}@${word}`)

const book: Count = {
  ...bookCount(
    named("depth", "depth@100ms", "depth@250ms", "depth@500ms", "depth5", "depth10", "depth20", "bookTicker"),
  ),
  whole: true,
}
const trade = tradeCount(named("trade", "aggTrade"))
const aggregate: Count = {
  name: "aggregate",
  firstAfter: ({ market }, time) => market.aggregateAt(time + 1),
  streams: named("aggTrade", "trade"),
}

/** Which fields carry numbers of which count, by what a stream or an endpoint is called. */
const fields: ReadonlyArray<readonly [name: RegExp, Count, digits: RegExp]> = [
  [/^(depth|bookTicker)/, book, /(?<="(?:u|U|pu|lastUpdateId)":)\d+/g],
  [/^trade$/, trade, /(?<="t":)\d+/g],
  [/^(trades|historicalTrades)$/, trade, /(?<="id":)\d+/g],
  [/^aggTrades?$/, aggregate, /(?<="a":)\d+/g],
  [/^aggTrades?$/, trade, /(?<="[fl]":)\d+/g],
  [/^kline_/, trade, /(?<="[fL]":)\d+/g],
  [/^ticker$/, trade, /(?<="[FL]":)\d+/g],
  [/^24hr$/, trade, /(?<="(?:firstId|lastId)":)\d+/g],
]

const numbersOf = (name: string): ReadonlyArray<Numbers> =>
  fields.flatMap(([names, count, digits]) => (names.test(name) ? [{ count, digits }] : []))

/** Ids of Binance's venues: on a restart of the matching engine a book's count from anything. */
export const binanceNumbering: Numbering = {
  counts: [book, trade, aggregate],
  inStream: (name) => numbersOf(splitStreamName(name).word),
  inAnswer: (path, query) => {
    const endpoint = path.slice(path.lastIndexOf("/") + 1)
    return {
      native: query.get("symbol") ?? "",
      numbers: numbersOf(endpoint),
      asked: { count: endpoint === "aggTrades" ? aggregate : trade, parameters: ["fromId"] },
    }
  },
}
