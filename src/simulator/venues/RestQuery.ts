import type { SymbolMarket } from "../market/SymbolMarket.ts"
import type { Catalogue, RestAnswer } from "./Protocol.ts"

/** What Binance answers instead of data: an HTTP status, its own code and its words. */
export interface Refused {
  readonly status: number
  readonly code: number
  readonly msg: string
}

export const refused = (code: number, msg: string, status = 400): Refused => ({ status, code, msg })

export const isRefused = (value: unknown): value is Refused =>
  typeof value === "object" && value !== null && "msg" in value

export const refusalBody = ({ code, msg }: Refused): string => JSON.stringify({ code, msg })

/** A request's parameters, checked; each reader gives the value or the exchange's refusal. */
export interface RestQuery {
  readonly symbol: () => SymbolMarket | Refused
  readonly has: (name: string) => boolean
  /** A whole number, `fallback` where it is absent. */
  readonly integer: <A>(name: string, fallback: A) => number | A | Refused
  readonly text: (name: string) => string | undefined
}

export const makeQuery = (query: URLSearchParams, catalogue: Catalogue): RestQuery => ({
  symbol: () => {
    const name = query.get("symbol")
    if (name === null || name === "")
      return refused(-1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.")
    return catalogue.symbols.get(name) ?? refused(-1121, "Invalid symbol.")
  },
  has: (name) => query.has(name),
  integer: (name, fallback) => {
    const text = query.get(name)
    if (text === null) return fallback
    if (/^\d{1,16}$/.test(text)) return Number(text)
    return refused(-1100, `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`)
  },
  text: (name) => query.get(name) ?? undefined,
})

/** One REST endpoint: what a request weighs, and its answer. */
export interface Endpoint {
  readonly weight: (query: RestQuery) => number
  readonly answer: (query: RestQuery, now: number, catalogue: Catalogue) => string | Refused
}

/** Tries the endpoints of one venue. */
export const serve =
  (endpoints: Readonly<Record<string, Endpoint>>) =>
  (path: string, params: URLSearchParams, now: number, catalogue: Catalogue): RestAnswer | undefined => {
    const endpoint = Object.hasOwn(endpoints, path) ? endpoints[path] : undefined
    if (endpoint === undefined) return undefined
    const query = makeQuery(params, catalogue)
    const weight = endpoint.weight(query)
    const answer = endpoint.answer(query, now, catalogue)
    return isRefused(answer)
      ? { status: answer.status, body: refusalBody(answer), weight }
      : { status: 200, body: answer, weight }
  }
