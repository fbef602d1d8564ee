import { splitPair } from "../domain/Instrument.ts"
import { isInterval } from "../domain/Interval.ts"
import type { TaskSpec } from "../domain/Task.ts"
import type { TaskInstance } from "../domain/TaskInstance.ts"
import { venueNames } from "../exchanges/index.ts"
import { specOf } from "./doors/TaskDocument.ts"
import type { Reading } from "./doors/TaskFields.ts"
import { joined, type Words } from "./doors/Words.ts"

type Params = Readonly<Record<string, unknown>>

/** A control plane's instance in the words of the task table. */
export interface PlaneSpec {
  /** Its row's name: the instance's, with the interval behind it where there are several. */
  readonly name: string
  readonly spec: TaskSpec
  /** Why it cannot be run. */
  readonly problem?: string
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "")

const paramsOf = (text: string): Params | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Params)
      : undefined
  } catch {
    return undefined
  }
}

const symbolsOf = ({ symbol, symbols }: Params): ReadonlyArray<string> =>
  [...(Array.isArray(symbols) ? (symbols as ReadonlyArray<unknown>) : []), symbol].filter(
    (each): each is string => typeof each === "string",
  )

/** What can be said of an instance that a plugin runs. What its parameters mean is its plugin's to know. */
export const specForPlugin = (instance: TaskInstance): PlaneSpec => {
  const params = paramsOf(instance.task_params) ?? {}
  const name = instance.task_id
  return {
    name,
    spec: {
      id: name,
      projectId: textOf(params["project_id"]) || instance.rule_id,
      dataset: textOf(params["dataset"]),
      dataType: textOf(params["data_type"]),
      source: textOf(params["source"]),
      symbols: symbolsOf(params),
      frequency: textOf(params["frequency"]),
      schedule: { kind: "once" },
      window: {},
      batchSize: 0,
      historyDays: 0,
      params,
    },
  }
}

/** Said of a task otherwise than by the fields that actions have. */
const mapped = ["data_source", "exchange", "symbol", "intervals", "market", "market_type", "inst_type"]

const isPerpetual = (params: Params): boolean =>
  /^(swap|perp|usdm|futures?$)/i.test(
    textOf(params["market"] ?? params["market_type"] ?? params["inst_type"]),
  )

/** The venue of an exchange's perpetuals, where they have one of their own. */
const perpetualVenue = (exchange: string): string | undefined =>
  [`${exchange}-usdm`, `${exchange}-swap`].find((venue) => venueNames.includes(venue))

/** Where and what is asked for: `binance` and `SWAP` are `binance-usdm`; `okx` and `SWAP` `BTC-USDT-PERP` of `okx`. */
const placeOf = (params: Params): { readonly source: string; readonly symbols: ReadonlyArray<string> } => {
  const said = textOf(params["data_source"] ?? params["source"] ?? params["exchange"])
  const symbols = symbolsOf(params)
  if (!isPerpetual(params)) return { source: said, symbols }
  const venue = perpetualVenue(said.toLowerCase())
  if (venue !== undefined) return { source: venue, symbols }
  const perpetual = (symbol: string) => {
    const pair = splitPair(symbol)
    return pair === undefined || symbol.endsWith("-PERP") ? symbol : `${pair.base}-${pair.quote}-PERP`
  }
  return { source: said, symbols: symbols.map(perpetual) }
}

const required = ["data_type", "source", "symbols"]

/** Each interval has rows of its own length, and its own times: a row each, where `frequency` does not say both. */
const frequenciesOf = ({ frequency, intervals, schedule }: Params): ReadonlyArray<string> => {
  if (textOf(frequency) !== "" || textOf(schedule) !== "") return [textOf(frequency)]
  const listed = Array.isArray(intervals) ? intervals.filter((each) => typeof each === "string") : []
  return listed.length === 0 ? ["once"] : [...new Set<string>(listed)]
}

/**
 * An instance as Millrace runs it by itself: the fields of `create_task`, which its control plane may also call
 * `data_source`, `exchange`, `symbol`, `intervals` and `inst_type`. Intervals without a type are those of klines.
 */
export const specsToRun = (instance: TaskInstance, reading: Reading): ReadonlyArray<PlaneSpec> => {
  const { rule_id, task_id, task_params } = instance
  const read = task_params === "" ? {} : paramsOf(task_params)
  const params = read ?? {}
  const { source, symbols } = placeOf(params)
  const frequencies = frequenciesOf(params)
  const config = Object.fromEntries(Object.entries(params).filter(([name]) => !mapped.includes(name)))
  return frequencies.map((frequency) => {
    const name = frequencies.length === 1 ? task_id : `${task_id}@${frequency}`
    const found: Array<Words> = []
    const spec = specOf(
      name,
      {
        project_id: textOf(params["project_id"]) || rule_id,
        data_type: textOf(params["data_type"]) || (isInterval(frequency) ? "kline" : ""),
        source,
        symbols,
        frequency,
        config,
      },
      reading,
      found,
      required,
    )
    const problem =
      read === undefined ? "task_params is no JSON object" : found.length === 0 ? undefined : joined(found).en
    return problem === undefined ? { name, spec } : { name, spec, problem }
  })
}
