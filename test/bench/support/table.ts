import { cpus, release, totalmem, type } from "node:os"

/** One line of what `npm run bench` prints. */
export interface Row {
  readonly bench: string
  readonly figure: string
  readonly value: string
  /** What it is compared with, in the same run. */
  readonly against?: string
  /** What it has to be. */
  readonly target?: string
}

export const mega = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`
export const micros = (value: number): string => `${value.toFixed(2)} µs`
export const thousands = (value: number): string => Math.round(value).toLocaleString("en-US")
export const times = (value: number): string => `${value.toFixed(2)}×`

/** The machine and what else a figure depends on. */
export const machine = (): string => {
  const [cpu] = cpus()
  return `${cpu?.model.trim()} × ${cpus().length}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, Node ${process.versions.node}`
}

const columns = ["bench", "figure", "value", "against", "target"] as const

/** A table that is Markdown too. */
export const render = (rows: ReadonlyArray<Row>): string => {
  const cells = [Object.fromEntries(columns.map((name) => [name, name])) as unknown as Row, ...rows].map(
    (row) => columns.map((name) => row[name] ?? ""),
  )
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]!.length)))
  const line = (row: ReadonlyArray<string>) =>
    `| ${row.map((cell, index) => cell.padEnd(widths[index]!)).join(" | ")} |`
  const [head, ...body] = cells.map(line)
  return [head, `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...body].join("\n")
}
