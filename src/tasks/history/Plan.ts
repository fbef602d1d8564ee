import { type DataType, klineIntervals, parseDataType } from "../../domain/DataType.ts"
import { nextOpenTime, openTime } from "../../domain/KlineTime.ts"
import { didYouMean } from "../../domain/NearestName.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { TaskSpec } from "../../domain/Task.ts"
import {
  type History,
  type HistoryWindow,
  isRefusal,
  type Refusal,
  type Venue,
} from "../../exchanges/Venue.ts"

/** One symbol's part of a task. */
export interface Target {
  /** Canonical: `BTC-USDT`. */
  readonly symbol: string
  readonly stream: Stream
  /** What its places in a checkpoint are of: the stream's key, and the kind where only one is wanted. */
  readonly key: string
  readonly history: History
}

/** What a task is about, once its words are understood. */
export interface Plan {
  readonly venue: string
  readonly targets: ReadonlyArray<Target>
}

const interval = /^(\d{1,4})([smhdwM])$/
const minute = 60_000
const units: Readonly<Record<string, number>> = {
  s: 1000,
  m: minute,
  h: 60 * minute,
  d: 1440 * minute,
  w: 7 * 1440 * minute,
  M: 30 * 1440 * minute,
}

/** `5m` in milliseconds; 0 where it is no interval, such as a cron expression. */
export const intervalMillis = (text: string): number => {
  const match = interval.exec(text)
  return match === null ? 0 : Number(match[1]) * units[match[2]!]!
}

/** How long the rows of a task are: what its `params.interval` says, else its frequency, whatever schedule it runs by. */
const lengthOf = ({ frequency, params, schedule }: TaskSpec): string => {
  const own = params["interval"]
  if (typeof own === "string") return own
  return frequency === "" && schedule.kind === "interval" ? schedule.interval : frequency
}

/** The data type of a task: its word, or a kind of data whose interval or period the task's frequency is. */
export const dataTypeOf = (spec: TaskSpec): DataType | Refusal => {
  const whole = parseDataType(spec.dataType)
  if (whole !== undefined) return whole
  const length = lengthOf(spec)
  if (spec.dataType === "kline" || spec.dataType === "long_short_ratio")
    return (
      parseDataType(`${spec.dataType}_${length}`) ?? {
        refused: `"${length}" is no interval of ${spec.dataType}: give one of ${klineIntervals.join(", ")} as frequency or as config.interval`,
      }
    )
  const known = ["kline", "trade", "ticker", "depth", "funding", "open_interest", "long_short_ratio"]
  return {
    refused: `"${spec.dataType}" is no data type${didYouMean(spec.dataType, known)}: there are ${known.join(", ")}`,
  }
}

/** The stream of each symbol, or why one cannot be had. */
export const streamsOf = (venue: Venue, spec: TaskSpec): ReadonlyArray<Stream> | Refusal => {
  const dataType = dataTypeOf(spec)
  if (isRefusal(dataType)) return dataType
  const streams = new Map<string, Stream>()
  for (const spelling of spec.symbols) {
    const instrument = venue.instrument(spelling)
    if (isRefusal(instrument)) return instrument
    const stream = venue.stream(dataType, instrument)
    if (isRefusal(stream)) return stream
    streams.set(instrument.symbol, stream)
  }
  return streams.size === 0 ? { refused: "no symbols are given" } : [...streams.values()]
}

/** How each symbol of a task is asked for, or why it cannot be. */
export const planOf = (venue: Venue, spec: TaskSpec): Plan | Refusal => {
  const streams = streamsOf(venue, spec)
  if (isRefusal(streams)) return streams
  const { kind } = spec.params
  const targets: Array<Target> = []
  for (const stream of streams) {
    const { word } = stream.dataType
    const { symbol } = stream.instrument
    const whole = venue.history?.(stream, intervalMillis(lengthOf(spec)))
    if (whole === undefined) return { refused: `${venue.name} does not tell ${word} by REST` }
    if (typeof kind !== "string" || whole.kinds === undefined) {
      targets.push({ symbol, stream, key: stream.key, history: whole })
      continue
    }
    const history = whole.kinds.get(kind)
    if (history === undefined)
      return {
        refused: `${venue.name} has no ${word} of kind "${kind}": only ${[...whole.kinds.keys()].join(", ")}`,
      }
    targets.push({ symbol, stream, key: `${stream.key}#${kind}`, history })
  }
  return { venue: venue.name, targets }
}

const dayMillis = 86_400_000

/** The first whole kline of a time on; any other moment is its own. */
const wholeFrom = ({ dataType }: Stream, time: number): number => {
  if (dataType.interval === undefined) return time
  const open = openTime(dataType.interval, time)
  return open === time ? open : nextOpenTime(dataType.interval, open)
}

/** What a run is for: up to when it began, unless the task ends before. */
export const windowOf = (
  { historyDays, window }: TaskSpec,
  stream: Stream,
  startedAt: number,
): HistoryWindow => ({
  start: wholeFrom(stream, window.start ?? startedAt - historyDays * dayMillis),
  end: Math.min(window.end ?? startedAt, startedAt),
})
