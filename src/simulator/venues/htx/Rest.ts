import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import type { Catalogue, RestAnswer, RestManners } from "../Protocol.ts"
import { openedBy } from "../RestData.ts"
import { htxHistory } from "./History.ts"
import { number } from "./Wire.ts"

const refusal = (code: string, message: string): string =>
  JSON.stringify({ status: "error", "err-code": code, "err-msg": message, data: null })

/** The fills of one order, the newest first. */
const group = ({ market, price, quantity }: SymbolMarket, id: number): string => {
  const { first, last, time } = market.aggregate(id)
  const fills: Array<string> = []
  for (let trade = last; trade >= first; trade--) {
    const { buy, rung, units } = market.trade(trade)
    fills.push(
      `{"id":${id}25575756747${String(trade).slice(-4)},"ts":${time},"trade-id":${trade},"amount":${number(quantity(units))},"price":${number(price(rung))},"direction":"${buy ? "buy" : "sell"}"}`,
    )
  }
  return `{"id":${id},"ts":${time},"data":[${fills.join(",")}]}`
}

/** The newest fills in groups of one order, the newest first. */
const historyTrades = (symbol: SymbolMarket, size: number, now: number): string => {
  const { listing, market } = symbol
  const oldest = market.aggregateAt(openedBy(now))
  const groups: Array<string> = []
  for (let id = market.aggregateAt(now + 1) - 1; id >= oldest && groups.length < size; id--)
    groups.push(group(symbol, id))
  return `{"ch":"market.${listing.native}.trade.detail","status":"ok","ts":${now},"data":[${groups.join(",")}]}`
}

const newestTrades = (symbol: SymbolMarket, now: number): string =>
  `{"ch":"market.${symbol.listing.native}.trade.detail","status":"ok","ts":${now},"tick":${group(symbol, symbol.market.aggregateAt(now + 1) - 1)}}`

const symbols = ({ symbols: markets }: Catalogue): string => {
  const rows = [...markets.values()].map(
    ({ listing }) =>
      `{"base-currency":"${listing.base.toLowerCase()}","quote-currency":"${listing.quote.toLowerCase()}","price-precision":${listing.priceDecimals},"amount-precision":${listing.quantityDecimals},"symbol-partition":"main","symbol":"${listing.native}","state":"online","value-precision":8,"api-trading":"enabled"}`,
  )
  return `{"status":"ok","data":[${rows.join(",")}]}`
}

export const htxManners: RestManners = {
  used: () => ({}),
  unknownPath: () => refusal("bad-request", "invalid path"),
  limited: () => refusal("too-many-request", "429 too many request"),
  banned: () => refusal("too-many-request", "429 too many request"),
}

export const htxRest = (
  path: string,
  query: URLSearchParams,
  now: number,
  catalogue: Catalogue,
): RestAnswer | undefined => {
  const ok = (body: string): RestAnswer => ({ status: 200, body, weight: 1 })
  switch (path) {
    case "/v1/common/timestamp":
      return ok(`{"status":"ok","data":${now}}`)
    case "/v1/common/symbols":
      return ok(symbols(catalogue))
    case "/market/trade":
    case "/market/history/trade": {
      const symbol = catalogue.symbols.get(query.get("symbol") ?? "")
      if (symbol === undefined) return ok(refusal("invalid-parameter", "invalid symbol"))
      if (path === "/market/trade") return ok(newestTrades(symbol, now))
      const size = Math.max(1, Math.min(2000, Number(query.get("size") ?? "1") || 1))
      return ok(historyTrades(symbol, size, now))
    }
    default: {
      const symbol = catalogue.symbols.get(query.get("symbol") ?? "")
      const answer = symbol === undefined ? undefined : htxHistory(path, query, now, symbol)
      return answer === undefined ? undefined : ok(answer)
    }
  }
}
