import { type DataType, parseDataType } from "../../src/domain/DataType.ts"
import { venues } from "../../src/exchanges/index.ts"

interface Column {
  readonly title: string
  readonly holds: (dataType: DataType) => boolean
  /** Where a venue offers several: what is said of them. */
  readonly several?: (dataTypes: ReadonlyArray<DataType>) => string
}

const ofType = (title: string, type: DataType["type"]): Column => ({
  title,
  holds: (dataType) => dataType.type === type && dataType.aggregate === undefined,
})

const columns: ReadonlyArray<Column> = [
  ofType("trade", "trade"),
  { title: "aggTrade", holds: ({ aggregate }) => aggregate === true },
  { ...ofType("kline", "kline"), several: (all) => `${all[0]!.interval} … ${all.at(-1)!.interval}` },
  ofType("ticker", "ticker"),
  ofType("bbo", "bbo"),
  { title: "depth", holds: ({ levels, type }) => type === "depth" && levels === undefined },
  {
    title: "depth<levels>",
    holds: ({ levels }) => levels !== undefined,
    several: (all) => all.map(({ levels }) => levels).join(", "),
  },
  { title: "funding", holds: ({ settled, type }) => type === "funding" && settled !== true },
  { title: "funding_settled", holds: ({ settled }) => settled === true },
  ofType("open_interest", "open_interest"),
  ofType("liquidation", "liquidation"),
  ofType("mark_price", "mark_price"),
  ofType("index_price", "index_price"),
  {
    ...ofType("long_short_ratio", "long_short_ratio"),
    several: (all) => all.map(({ period }) => period).join(", "),
  },
  ofType("volatility_index", "volatility_index"),
]

const cell = (column: Column, offers: ReadonlyArray<DataType>): string => {
  const held = offers.filter(column.holds)
  if (held.length === 0) return ""
  return column.several === undefined ? "●" : column.several(held)
}

/** Venues down, channels across: Markdown. Channels that no venue has are left out. */
export const venueTable = (): string => {
  const rows = [...venues].map(([name, make]) => {
    const offers = make().offers.flatMap((word) => parseDataType(word) ?? [])
    return { name, cells: columns.map((column) => cell(column, offers)) }
  })
  const used = columns.flatMap((column, index) =>
    rows.some(({ cells }) => cells[index] !== "") ? [{ column, index }] : [],
  )
  const head = ["venue", ...used.map(({ column }) => `\`${column.title}\``)]
  const body = rows.map(({ cells, name }) => [`\`${name}\``, ...used.map(({ index }) => cells[index]!)])
  const widths = head.map((title, index) =>
    Math.max(title.length, ...body.map((cells) => cells[index]!.length)),
  )
  const line = (cells: ReadonlyArray<string>, filler = " ") =>
    `| ${cells.map((text, index) => text.padEnd(widths[index]!, filler)).join(" | ")} |`
  return [
    line(head),
    line(
      head.map(() => "---"),
      "-",
    ),
    ...body.map((cells) => line(cells)),
  ].join("\n")
}
