import { hash } from "../../market/Hash.ts"
import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import type { Catalogue, RestAnswer, RestManners } from "../Protocol.ts"
import { htxSwapHistory } from "./History.ts"
import { isCoinSettled, messages } from "./Messages.ts"

const refusal = (code: number, message: string): string =>
  JSON.stringify({ status: "error", err_code: code, err_msg: message, ts: 0 })

export const htxSwapManners: RestManners = {
  used: () => ({}),
  unknownPath: () => refusal(404, "Not Found"),
  limited: () => refusal(1032, "The number of access exceeded the limit."),
  banned: () => refusal(1032, "The number of access exceeded the limit."),
}

const periods: Readonly<Record<string, number>> = {
  "5min": 300_000,
  "15min": 900_000,
  "30min": 1_800_000,
  "60min": 3_600_000,
  "4hour": 14_400_000,
  "1day": 86_400_000,
}

/** Periods of one answer. */
const rows = 30

const ratios = (symbol: SymbolMarket, period: string, kind: number, now: number): string => {
  const every = periods[period]
  if (every === undefined) return refusal(1067, "The period field is invalid.")
  const { base, native } = symbol.listing
  const last = Math.floor(now / every) - 1
  const list = Array.from({ length: rows }, (_, index) => {
    const at = last - rows + 1 + index
    const buy = 200 + (hash(symbol.market.seed, at * 2 + kind) % 600)
    return `{"buy_ratio":0.${buy},"sell_ratio":0.${String(990 - buy)},"locked_ratio":0.01,"ts":${at * every}}`
  })
  return `{"status":"ok","data":{"list":[${list.join(",")}],"symbol":"${base}","contract_code":"${native}"},"ts":${now}}`
}

const openInterest = (symbol: SymbolMarket, now: number): string => {
  const { base, native } = symbol.listing
  const units = symbol.quantity(1_000_000 + (Math.floor(now / 60_000) % 1000))
  const value = isCoinSettled(symbol) ? "" : `,"value":${units}`
  return `{"status":"ok","data":[{"volume":${units},"amount":${units},"symbol":"${base}"${value},"contract_code":"${native}"}],"ts":${now}}`
}

/** The trades of the newest match, as its push has them. */
const newestTrades = (symbol: SymbolMarket, now: number): string => {
  const { market } = symbol
  const push = messages.aggTrade(symbol, market.aggregate(market.aggregateAt(now + 1) - 1))
  return `{"status":"ok",${push.slice(1)}`
}

const contracts = ({ symbols }: Catalogue, coin: boolean): string => {
  const listed = [...symbols.values()].filter((symbol) => isCoinSettled(symbol) === coin)
  const data = listed.map(
    ({ listing, price }) =>
      `{"symbol":"${listing.base}","contract_code":"${listing.native}","contract_size":${coin ? "10" : "1"},"price_tick":${price(1)},"delivery_time":"","create_date":"20201021","contract_status":1,"settlement_date":"1645315200000"}`,
  )
  return `{"status":"ok","data":[${data.join(",")}],"ts":0}`
}

export const htxSwapRest = (
  path: string,
  query: URLSearchParams,
  now: number,
  catalogue: Catalogue,
): RestAnswer | undefined => {
  const ok = (body: string): RestAnswer => ({ status: 200, body, weight: 1 })
  const [, family] = /^\/((?:linear-)?swap)-ex\/market\/trade$/.exec(path) ?? []
  const [, api, name] = /^\/(linear-swap-api|swap-api)\/v1\/(\w+)$/.exec(path) ?? []
  if (name === "swap_contract_info") return ok(contracts(catalogue, api === "swap-api"))
  const listed = catalogue.symbols.get(query.get("contract_code") ?? "")
  const history = listed === undefined ? undefined : htxSwapHistory(path, query, now, listed)
  if (history !== undefined) return ok(history)
  const kind = ["swap_elite_account_ratio", "swap_elite_position_ratio"].indexOf(name ?? "")
  if (name !== "swap_open_interest" && kind < 0 && family === undefined) return undefined
  const symbol = catalogue.symbols.get(query.get("contract_code") ?? "")
  if (symbol === undefined || isCoinSettled(symbol) !== (api === "swap-api" || family === "swap"))
    return ok(refusal(1332, "The contract doesn't exist."))
  if (family !== undefined) return ok(newestTrades(symbol, now))
  return ok(kind < 0 ? openInterest(symbol, now) : ratios(symbol, query.get("period") ?? "", kind, now))
}
