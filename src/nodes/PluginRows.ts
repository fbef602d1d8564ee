import type { DataPoint, TriggerEvent, TriggerResponse, WriteGroup } from "../domain/TriggerEvent.ts"
import { klineIntervals, recordTypes } from "../domain/DataType.ts"
import { toPlainDecimal } from "../domain/DecimalText.ts"
import { splitPair } from "../domain/Instrument.ts"
import { nextOpenTime } from "../domain/KlineTime.ts"

/**
 * Rows of plugins as records. A row that says which `type` it is has the fields of that type's data; one that has a
 * candle's four prices, a trade's id, a funding rate or an open interest is known by that. Whatever is none of these
 * goes on as it is: the intake refuses it by name and keeps it.
 */

type Fields = Readonly<Record<string, unknown>>

/** The first of several spellings that is there. */
const pick = (fields: Fields, ...names: ReadonlyArray<string>): unknown => {
  for (const name of names) {
    const value = fields[name]
    if (value !== undefined && value !== null && value !== "") return value
  }
  return undefined
}

/** A number as records write it; what is none stays as it is, to be refused by its name. */
const decimal = (value: unknown): unknown =>
  typeof value === "number" || typeof value === "string" ? (toPlainDecimal(String(value)) ?? value) : value

const whole = (value: unknown): unknown => {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value
  return typeof number === "number" && Number.isFinite(number) ? Math.trunc(number) : value
}

const withoutAbsent = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i

/** Milliseconds: of a number in seconds, milliseconds, microseconds or nanoseconds, or of a date; without a zone, UTC. */
export const timeOf = (value: unknown): number | undefined => {
  if (typeof value === "string" && !/^\d+(\.\d+)?$/.test(value.trim())) {
    const text = value.trim().replace(" ", "T")
    const millis = Date.parse(zoned.test(text) ? text : /T/.test(text) ? `${text}Z` : text)
    return Number.isNaN(millis) ? undefined : millis
  }
  const number = Number(value)
  if (value === undefined || value === null || !Number.isFinite(number) || number <= 0) return undefined
  if (number < 1e11) return Math.round(number * 1e3)
  if (number < 1e14) return Math.round(number)
  return Math.round(number / (number < 1e17 ? 1e3 : 1e6))
}

type KlineInterval = (typeof klineIntervals)[number]

/** `1m` as others write it: `1min`, `1T`, `60min`, `1H`, `1D`. A month is `1M` alone. */
const intervalOf = (text: unknown): KlineInterval | undefined => {
  if (typeof text !== "string") return undefined
  const known = klineIntervals.find((each) => each === text)
  if (known !== undefined) return known
  const match = /^(\d+)\s*(s|sec|m|min|t|h|hour|d|day|w|week|mon|month)s?$/i.exec(text)
  if (match === null) return undefined
  const letter = /^mon/i.test(match[2]!) ? "M" : match[2]![0]!.toLowerCase().replace("t", "m")
  const count = Number(match[1])
  const said = letter === "m" && count >= 60 && count % 60 === 0 ? `${count / 60}h` : `${count}${letter}`
  return klineIntervals.find((each) => each === said)
}

const markets = ["spot", "perpetual", "future", "option", "index"]

const marketOf = (fields: Fields, symbol: string): unknown => {
  const said = pick(fields, "market", "inst_type", "market_type")
  if (typeof said !== "string") return symbol.endsWith("-PERP") ? "perpetual" : "spot"
  const word = said.toLowerCase()
  if (/^(swap|perp)/.test(word)) return "perpetual"
  return markets.find((each) => word === each || word === `${each}s`) ?? said
}

interface Known {
  readonly group: WriteGroup | undefined
  /** The source that every task of the event names, where it is one. */
  readonly source: string | undefined
}

/** Exchange, market and names: of the fields, else of `object_id`, which may be `binance:BTC-USDT`. */
const instrumentOf = ({ fields, object_id }: DataPoint, source: string | undefined): Fields => {
  const colon = object_id.indexOf(":")
  const native = colon < 0 ? object_id : object_id.slice(colon + 1)
  const given = pick(fields, "symbol")
  const name = typeof given === "string" ? given : native
  const pair = splitPair(name)
  const market = marketOf(fields, name)
  const symbol =
    pair === undefined ? name : `${pair.base}-${pair.quote}${market === "perpetual" ? "-PERP" : ""}`
  const exchange =
    pick(fields, "exchange", "data_source", "source") ?? (colon < 0 ? source : object_id.slice(0, colon))
  return {
    exchange: typeof exchange === "string" ? exchange.toLowerCase() : exchange,
    market,
    symbol,
    native: pick(fields, "native") ?? native,
  }
}

const klineOf = (point: DataPoint, { group }: Known): Fields | undefined => {
  const { fields } = point
  const prices = ["open", "high", "low", "close"].map((name) => [name, decimal(pick(fields, name))] as const)
  if (prices.some(([, price]) => price === undefined)) return undefined
  const interval = intervalOf(pick(fields, "interval", "freq")) ?? intervalOf(group?.freq)
  const start = timeOf(pick(fields, "open_time", "start_time")) ?? timeOf(point.times)
  const quote = pick(fields, "quote_volume", "quote_asset_volume", "turnover", "amount")
  const closed = pick(fields, "closed", "is_closed")
  return {
    type: "kline",
    data: withoutAbsent({
      interval,
      startTime: start,
      endTime: interval === undefined || start === undefined ? undefined : nextOpenTime(interval, start) - 1,
      ...Object.fromEntries(prices),
      volume: decimal(pick(fields, "volume", "vol") ?? "0"),
      quoteVolume: quote === undefined ? undefined : decimal(quote),
      trades: whole(pick(fields, "trades", "trade_num", "trade_count", "number_of_trades")),
      closed: typeof closed === "boolean" ? closed : true,
    }),
    ...(closed === false ? { timestamp: timeOf(point.times) } : {}),
  }
}

const tradeOf = (point: DataPoint): Fields | undefined => {
  const id = pick(point.fields, "trade_id", "tradeId")
  const price = pick(point.fields, "price")
  if (id === undefined || price === undefined) return undefined
  const side = pick(point.fields, "side")
  return {
    type: "trade",
    data: withoutAbsent({
      price: decimal(price),
      quantity: decimal(pick(point.fields, "quantity", "qty", "size", "volume")),
      side: typeof side === "string" ? side.toLowerCase() : side,
      tradeId: String(id),
      tradeTime: timeOf(pick(point.fields, "trade_time", "time")) ?? timeOf(point.times),
    }),
  }
}

const fundingOf = (point: DataPoint): Fields | undefined => {
  const rate = pick(point.fields, "funding_rate", "fundingRate")
  if (rate === undefined) return undefined
  const mark = pick(point.fields, "mark_price")
  return {
    type: "funding",
    timestamp: timeOf(point.times),
    data: withoutAbsent({
      rate: decimal(rate),
      nextFundingTime: timeOf(pick(point.fields, "next_funding_time")),
      markPrice: mark === undefined ? undefined : decimal(mark),
    }),
  }
}

const openInterestOf = (point: DataPoint): Fields | undefined => {
  const amount = pick(point.fields, "open_interest", "openInterest")
  if (amount === undefined) return undefined
  const value = pick(point.fields, "open_interest_value", "value")
  return {
    type: "open_interest",
    timestamp: timeOf(point.times),
    data: withoutAbsent({
      amount: decimal(amount),
      unit: pick(point.fields, "unit") ?? "contracts",
      value: value === undefined ? undefined : decimal(value),
    }),
  }
}

const aboutTheRecord = new Set([
  "type",
  "exchange",
  "market",
  "symbol",
  "native",
  "data_source",
  "timestamp",
  "task_id",
])

/** A row that says its type: its other fields are the data, as records have them. */
const typedOf = (point: DataPoint): Fields | undefined => {
  const type = recordTypes.find((each) => each === point.fields["type"])
  if (type === undefined) return undefined
  const data = Object.entries(point.fields).filter(([name]) => !aboutTheRecord.has(name))
  return {
    type,
    timestamp: timeOf(pick(point.fields, "timestamp")) ?? timeOf(point.times),
    data: Object.fromEntries(data),
  }
}

const rowOf = (point: DataPoint, known: Known): unknown => {
  const recognised =
    typedOf(point) ?? klineOf(point, known) ?? tradeOf(point) ?? fundingOf(point) ?? openInterestOf(point)
  if (recognised === undefined)
    return known.group === undefined ? point : { ...known.group, data_points: [point] }
  const task_id = pick(point.fields, "task_id")
  return withoutAbsent({ ...instrumentOf(point, known.source), ...recognised, task_id })
}

/** The `data_source` of the event's tasks, where all that name one name the same. */
const sourceOf = ({ jobs, tasks }: Pick<TriggerEvent, "jobs" | "tasks">): string | undefined => {
  const asked = jobs === undefined || jobs.length === 0 ? tasks : jobs.map(({ task }) => task)
  const sources = new Set<string>()
  for (const { task_params } of asked) {
    const source = paramsOf(task_params)["data_source"]
    if (typeof source === "string" && source !== "") sources.add(source)
  }
  return sources.size === 1 ? [...sources][0] : undefined
}

/** The parameters of a task: JSON in a string. Anything else has none. */
export const paramsOf = (text: string): Fields => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return {}
  }
}

/** Everything that a plugin wants kept, in the order of its answer. */
export const rowsOf = (
  response: TriggerResponse,
  event: Pick<TriggerEvent, "jobs" | "tasks">,
): ReadonlyArray<unknown> => {
  const { data_points = [], records = [], write_groups = [] } = response
  if (data_points.length + write_groups.length === 0) return records
  const source = sourceOf(event)
  return [
    ...records,
    ...data_points.map((point) => rowOf(point, { group: undefined, source })),
    ...write_groups.flatMap((group) => group.data_points.map((point) => rowOf(point, { group, source }))),
  ]
}
