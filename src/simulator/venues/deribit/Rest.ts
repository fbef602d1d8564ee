import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import type { Catalogue, RestAnswer, RestManners } from "../Protocol.ts"
import { openedBy } from "../RestData.ts"
import { deribitHistory } from "./History.ts"
import { messages } from "./Messages.ts"
import { isIndex, isPerpetual } from "./StreamNames.ts"

const answer = (result: string, now: number): string =>
  `{"jsonrpc":"2.0","result":${result},"usIn":${now * 1000},"usOut":${now * 1000 + 100},"usDiff":100,"testnet":false}`

const refusal = (code: number, message: string): string =>
  JSON.stringify({ jsonrpc: "2.0", error: { message, code }, testnet: false })

const whole = (query: URLSearchParams, name: string, usual: number): number => {
  const text = query.get(name)
  return text !== null && /^\d{1,16}$/.test(text) ? Number(text) : usual
}

/** The entry of a message. */
const entryOf = (text: string): string =>
  text.slice(text.indexOf('"data":[') + '"data":['.length, -"]}}".length)

/** Trades by their number, the newest ones unless `sorting` says otherwise. */
const lastTrades = (symbol: SymbolMarket, query: URLSearchParams, now: number): string => {
  const { market } = symbol
  const count = Math.max(1, Math.min(1000, whole(query, "count", 10)))
  const first = Math.max(market.tradeAt(openedBy(now)), whole(query, "start_seq", 0))
  const last = Math.min(market.tradeAt(now + 1) - 1, whole(query, "end_seq", Number.MAX_SAFE_INTEGER))
  const ascending = query.get("sorting") === "asc"
  const from = ascending ? first : Math.max(first, last - count + 1)
  const to = ascending ? Math.min(last, first + count - 1) : last
  const rows: Array<string> = []
  for (let id = from; id <= to; id++) rows.push(entryOf(messages.trade(symbol, market.trade(id))))
  if (!ascending) rows.reverse()
  return `{"trades":[${rows.join(",")}],"has_more":${to - from < last - first}}`
}

const instruments = (query: URLSearchParams, { symbols }: Catalogue): string => {
  const kind = query.get("kind")
  const rows = [...symbols.values()].flatMap(({ listing, price, quantity }) => {
    const { base, native, quote } = listing
    const own = isPerpetual(native) ? "future" : "spot"
    if (isIndex(native) || (kind !== null && kind !== own)) return []
    const currency = native.startsWith(`${base}-`) ? "USD" : quote
    const settled =
      own === "spot"
        ? ""
        : `"settlement_period":"perpetual","settlement_currency":"${currency === "USD" ? base : quote}",`
    return [
      `{"tick_size":${price(1)},"taker_commission":0.0005,${settled}"quote_currency":"${currency}","min_trade_amount":${quantity(1)},"maker_commission":0.0,"kind":"${own}","is_active":true,"instrument_name":"${native}","expiration_timestamp":32503708800000,"creation_timestamp":1534242287000,"contract_size":${quantity(1)},"base_currency":"${base}"}`,
    ]
  })
  return `[${rows.join(",")}]`
}

export const deribitManners: RestManners = {
  used: () => ({}),
  unknownPath: () => refusal(-32601, "Method not found"),
  limited: () => refusal(10028, "too_many_requests"),
  banned: () => refusal(10028, "too_many_requests"),
}

export const deribitRest = (
  path: string,
  query: URLSearchParams,
  now: number,
  catalogue: Catalogue,
): RestAnswer | undefined => {
  const ok = (result: string): RestAnswer => ({ status: 200, body: answer(result, now), weight: 1 })
  switch (path) {
    case "/api/v2/public/get_time":
      return ok(String(now))
    case "/api/v2/public/get_instruments":
      return ok(instruments(query, catalogue))
    case "/api/v2/public/get_last_trades_by_instrument": {
      const symbol = catalogue.symbols.get(query.get("instrument_name") ?? "")
      return symbol === undefined || isIndex(symbol.listing.native)
        ? { status: 400, body: refusal(-32602, "Invalid params"), weight: 1 }
        : ok(lastTrades(symbol, query, now))
    }
    default: {
      const symbol = catalogue.symbols.get(query.get("instrument_name") ?? "")
      if (symbol === undefined || isIndex(symbol.listing.native))
        return path.includes("/public/") && query.has("instrument_name")
          ? { status: 400, body: refusal(-32602, "Invalid params"), weight: 1 }
          : undefined
      const result = deribitHistory(path, query, now, symbol)
      return result === undefined ? undefined : ok(result)
    }
  }
}
