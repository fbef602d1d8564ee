import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import type { Protocol, RestAnswer, RestManners, StreamKind } from "../Protocol.ts"
import { openedBy } from "../RestData.ts"
import { coinbaseDialogue } from "./Dialogue.ts"
import { messages, moment } from "./Messages.ts"

const kinds: Readonly<Record<string, StreamKind>> = {
  matches: { type: "trade" },
  ticker: { type: "ticker" },
  level2_batch: { type: "depth", everyMillis: 100 },
}

/** `level2_batch:BTC-USDT`: the channel and the product. */
const stream: Protocol["stream"] = (name) => {
  const at = name.indexOf(":")
  const channel = name.slice(0, at)
  const kind = Object.hasOwn(kinds, channel) ? kinds[channel] : undefined
  return kind === undefined ? undefined : { native: name.slice(at + 1), kind }
}

const refusal = (message: string): string => JSON.stringify({ message })

const manners: RestManners = {
  used: () => ({}),
  unknownPath: () => refusal("NotFound"),
  limited: () => refusal("Public rate limit exceeded"),
  banned: () => refusal("Public rate limit exceeded"),
}

const whole = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name)
  return text !== null && /^\d{1,16}$/.test(text) ? Number(text) : undefined
}

/** Trades older than `after`, newest first. */
const trades = ({ market, price, quantity }: SymbolMarket, query: URLSearchParams, now: number): string => {
  const limit = Math.max(1, Math.min(1000, whole(query, "limit") ?? 1000))
  const end = Math.min(market.tradeAt(now + 1), whole(query, "after") ?? Number.POSITIVE_INFINITY)
  const oldest = market.tradeAt(openedBy(now))
  const rows: Array<string> = []
  for (let id = end - 1; id >= oldest && rows.length < limit; id--) {
    const { buy, rung, time, units } = market.trade(id)
    rows.push(
      `{"time":"${moment(time, id)}","trade_id":${id},"price":"${price(rung)}","size":"${quantity(units)}","side":"${buy ? "sell" : "buy"}"}`,
    )
  }
  return `[${rows.join(",")}]`
}

const rest: Protocol["rest"] = (path, query, now, { symbols }): RestAnswer | undefined => {
  const ok = (body: string): RestAnswer => ({ status: 200, body, weight: 1 })
  if (path === "/time") return ok(`{"iso":"${moment(now)}","epoch":${now / 1000}}`)
  if (path === "/products")
    return ok(
      `[${[...symbols.values()]
        .map(
          ({ listing: { base, native, quote }, price, quantity }) =>
            `{"id":"${native}","base_currency":"${base}","quote_currency":"${quote}","quote_increment":"${price(1)}","base_increment":"${quantity(1)}","display_name":"${base}/${quote}","status":"online","trading_disabled":false}`,
        )
        .join(",")}]`,
    )
  const product = /^\/products\/([^/]+)\/trades$/.exec(path)?.[1]
  if (product === undefined) return undefined
  const symbol = symbols.get(product)
  return symbol === undefined
    ? { status: 404, body: refusal("NotFound"), weight: 1 }
    : ok(trades(symbol, query, now))
}

/**
 * Coinbase Exchange's feed. Streams are called by channel and product, `matches:BTC-USDT`; their payloads are whole
 * messages. Changes of books are put together over 100 ms; the exchange's own time is 50.
 */
export const coinbase: Protocol = {
  venue: "coinbase",
  limits: {
    messagesPerSecond: 100,
    streamsPerConnection: 1000,
    attempts: 8,
    attemptWindowMillis: 1000,
    // It sends no ping frames.
    pingMillis: Number.POSITIVE_INFINITY,
    pongMillis: Number.POSITIVE_INFINITY,
    lifeMillis: Number.POSITIVE_INFINITY,
    weightPerMinute: 600,
    refusalsBeforeBan: 1000,
    banMillis: 60_000,
  },
  push: { kline: 0, ticker: 1 },
  klinePushMillis: () => 1000,
  tickerPushMillis: 1000,
  style: {
    priceDecimals: 2,
    unitDollars: 1,
    quoteDecimals: 12,
    natives: (base, quote) => [`${base}-${quote}`],
  },
  decimals: { price: 0, quantity: 8, quote: 0, average: 0 },
  messages,
  route: (path) => (path === "/" ? { name: "", combined: true, streams: [] } : undefined),
  stream,
  carries: () => true,
  dialogue: coinbaseDialogue(stream),
  wrap: (_, payload) => payload,
  restManners: manners,
  rest,
}
