import type { ContinuityQuery } from "../../../services/ContinuityHistory.ts"
import { parseDuration } from "../../domain/ConfigValue.ts"
import { parseDataType } from "../../domain/DataType.ts"
import { venueNames } from "../../exchanges/index.ts"
import { BadRequest } from "../ApiErrors.ts"

/** What a request asks for, as text. */
export type Parameters = Readonly<Record<string, string | undefined>>

export const parameterNames = ["from", "to", "window", "venue", "symbol", "dataType", "limit"] as const

const defaultWindow = "1 hour"
const longestMillis = 400 * 86_400_000
const defaultLimit = 500
const mostGaps = 10_000

const timeExpected =
  "a time: milliseconds since the epoch, or UTC as in 2026-11-22, 2026-11-22T13:30 or 2026-11-22T13:30:00Z"

const isoTime = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/

/** Milliseconds of a time that a person or a program wrote; UTC unless it says otherwise. */
export const parseTime = (text: string): number | undefined => {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  const parts = isoTime.exec(text)
  if (parts === null) return undefined
  const withZone = text.length === 10 || parts[1] !== undefined ? text : `${text}Z`
  const time = Date.parse(withZone.replace(" ", "T"))
  return Number.isNaN(time) || time < 0 ? undefined : time
}

/** Every problem of a request, in the order of the parameters; or the query. */
export const parseQuery = (parameters: Parameters, now: number): ContinuityQuery | BadRequest => {
  const problems: Array<{ readonly path: string; readonly expected: string }> = []
  const wrong = (name: string, expected: string): void => {
    problems.push({ path: `query.${name}`, expected })
  }
  for (const name of Object.keys(parameters))
    if (!parameterNames.some((known) => known === name))
      wrong(name, `there is no such parameter; there are ${parameterNames.join(", ")}`)

  const time = (name: "from" | "to"): number | undefined => {
    const text = parameters[name]
    const parsed = text === undefined ? undefined : parseTime(text)
    if (text !== undefined && parsed === undefined) wrong(name, `${timeExpected}; got "${text}"`)
    return parsed
  }
  const windowMillis = parseDuration(parameters["window"] ?? defaultWindow)
  if (parameters["window"] !== undefined && (windowMillis === undefined || windowMillis === 0))
    wrong("window", `a duration such as "6 hours", "90m" or "7d"; got "${parameters["window"]}"`)
  const from = time("from")
  const to = Math.min(time("to") ?? now, now)
  if (from !== undefined && parameters["window"] !== undefined)
    wrong("window", "either `from` or `window`, not both: a window ends at `to`, or now")
  const begin = from ?? to - (windowMillis ?? 0)
  if (from !== undefined && from >= now) wrong("from", "a time that has been; this one is still to come")
  else if (from !== undefined && from >= to) wrong("from", "a time before `to`")
  else if (to - begin > longestMillis) wrong("from" in parameters ? "from" : "window", "400 days at most")

  const { dataType, limit, symbol, venue } = parameters
  if (venue !== undefined && !venueNames.includes(venue))
    wrong("venue", `one of ${venueNames.join(", ")}; got "${venue}"`)
  if (symbol !== undefined && !/^\S+$/.test(symbol))
    wrong("symbol", "a symbol such as BTC-USDT or BTC-USDT-PERP")
  if (dataType !== undefined && parseDataType(dataType) === undefined)
    wrong(
      "dataType",
      `a data type such as trade, aggTrade, kline_1m, bbo, depth or depth20; got "${dataType}"`,
    )
  const listed = limit === undefined ? defaultLimit : Number(limit)
  if (!/^\d+$/.test(limit ?? "0") || listed > mostGaps)
    wrong("limit", `a whole number of gaps to list, at most ${mostGaps}; got "${limit}"`)

  if (problems.length > 0)
    return new BadRequest({
      error: problems.map(({ expected, path }) => `${path}: ${expected}`).join("; "),
      problems,
    })
  return {
    from: Math.max(0, begin),
    to: Math.max(1, to),
    venue,
    symbol: symbol?.toUpperCase().replaceAll("/", "-"),
    dataType,
    limit: listed,
  }
}
