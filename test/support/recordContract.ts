/*
 * The record contract's fields in their order, written down apart from the Schemas. A `?` marks what may be absent, a
 * bracket what is nested.
 */

const shared = "type exchange market symbol native id timestamp timestampSource? receivedAt source data"

const data = {
  trade: "price quantity side tradeId tradeTime aggregate?[first last] count?",
  kline: "interval startTime endTime open high low close volume quoteVolume? trades? closed",
  ticker:
    "last open? high? low? volume quoteVolume? change? changePercent? bid? bidQuantity? ask? askQuantity? openTime? closeTime?",
  bbo: "bid bidQuantity ask askQuantity sequence?",
  "depth snapshot": "kind bids asks sequence[last] depth?",
  "depth delta": "kind bids asks sequence[first last previous?]",
  funding: "rate nextFundingTime? intervalHours? markPrice? indexPrice? predictedRate? settled?",
  open_interest: "amount unit value?",
  liquidation: "price quantity side averagePrice? filledQuantity? status? tradeTime",
  mark_price: "price",
  index_price: "price",
  long_short_ratio: "kind period ratio long? short?",
  volatility_index: "value",
  gap: "channel cause from[sequence? timestamp?] to[sequence? timestamp?] missing? repair repairedBy?",
} as const

/** `a b?[c d]` as paths: `a`, `b?`, `b.c`, `b.d`. */
const pathsOf = (fields: string, prefix = ""): ReadonlyArray<string> =>
  [...fields.matchAll(/(\w+)(\??)(?:\[([^\]]*)\])?/g)].flatMap(([, name = "", mark = "", nested]) => [
    `${prefix}${name}${mark}`,
    ...(nested === undefined ? [] : pathsOf(nested, `${prefix}${name}.`)),
  ])

/** Every field of a record, by type (of depth also by kind), as paths in their order. */
export const contract: ReadonlyMap<string, ReadonlyArray<string>> = new Map(
  Object.entries(data).map(([kind, fields]) => {
    const behind = kind === "gap" ? ["revision"] : []
    return [kind, [...pathsOf(shared), ...pathsOf(fields, "data."), ...behind]]
  }),
)

const fieldsOf = (value: unknown, prefix: string): ReadonlyArray<string> =>
  typeof value !== "object" || value === null || Array.isArray(value)
    ? []
    : Object.entries(value).flatMap(([name, each]) => [
        `${prefix}${name}`,
        ...fieldsOf(each, `${prefix}${name}.`),
      ])

/** What in a parsed record is missing, unknown or out of order; empty when it is as the contract has it. */
export const breaches = (record: Readonly<Record<string, unknown>>): ReadonlyArray<string> => {
  const kind = (record["data"] as Readonly<Record<string, unknown>> | undefined)?.["kind"]
  const type = String(record["type"])
  const wanted = contract.get(type === "depth" ? `depth ${String(kind)}` : type)
  if (wanted === undefined) return [`no such type: ${type}`]
  const found = fieldsOf(record, "")
  const names = wanted.map((path) => path.replace("?", ""))
  const present = new Set(found)
  // A nested field is wanted where what it is nested in is there.
  const holder = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf(".")))
  const missing = wanted.filter(
    (path) => !path.endsWith("?") && !present.has(path) && (holder(path) === "" || present.has(holder(path))),
  )
  const unknown = found.filter((path) => !names.includes(path))
  const ordered = names.filter((path) => present.has(path)).join(" ") === found.join(" ")
  return [
    ...missing.map((path) => `${path} is missing`),
    ...unknown.map((path) => `${path} is unknown`),
    ...(ordered || unknown.length > 0 ? [] : [`out of order: ${found.join(" ")}`]),
  ]
}
