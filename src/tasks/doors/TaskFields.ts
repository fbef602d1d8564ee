import { Result } from "effect"
import { parseCron } from "../../domain/cron/Cron.ts"
import { nextFire } from "../../domain/cron/CronNext.ts"
import type { TimeZone } from "../../domain/cron/TimeZone.ts"
import { splitPair } from "../../domain/Instrument.ts"
import { writeInstant } from "../../domain/Instant.ts"
import { isInterval, nextDue } from "../../domain/Interval.ts"
import { nearestName } from "../../domain/NearestName.ts"
import type { TaskSchedule, TaskWindow } from "../../domain/Task.ts"
import { venueNames } from "../../exchanges/index.ts"
import { taskDataType, type TaskDataType, taskDataTypes } from "./DataTypes.ts"
import { problems, type Words } from "./Words.ts"

/** When and where an event is read: it decides whether an expression still fires. */
export interface Reading {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Whose clocks cron expressions speak of. */
  readonly zone: TimeZone
}

const isVenue = (source: string): boolean => venueNames.includes(source)

/** Names of venues are looked up without case; a plugin's source is what it is. */
export const sourceOf = (source: string): string => {
  const lower = source.toLowerCase()
  return isVenue(lower) ? lower : source
}

/**
 * `BTCUSDT`, `BTC/USDT` and `BTC-USDT` are one symbol, `BTC-USDT`, whoever writes it; what no pair is, such as an
 * option or the symbol of a plugin's source, stays as it is. Each is there once.
 */
export const symbolsOf = (source: string, symbols: ReadonlyArray<string>): ReadonlyArray<string> => {
  const canonical = symbols.map((symbol) => {
    const pair = isVenue(source) ? splitPair(symbol) : undefined
    return pair === undefined ? symbol : `${pair.base}-${pair.quote}`
  })
  return [...new Set(canonical)]
}

/** A venue has the types that are ours; a plugin's source may have any. */
export const dataTypeOf = (source: string, word: string, found: Array<Words>): TaskDataType => {
  const known = taskDataType(word)
  if (known === undefined && isVenue(source))
    found.push(problems.notOneOf("data_type", word, taskDataTypes, nearestName(word, taskDataTypes)))
  return known ?? { dataType: word, params: {} }
}

/** `5m`, a cron expression, `once` or `stream`. */
export const scheduleOf = (
  field: string,
  text: string,
  { now, zone }: Reading,
  found: Array<Words>,
): TaskSchedule => {
  const word = text.toLowerCase()
  if (word === "once" || word === "stream") return { kind: word }
  if (word === "realtime") return { kind: "stream" }
  if (isInterval(text)) {
    if (nextDue(text, now) === undefined) found.push(problems.neverFires(field, text))
    return { kind: "interval", interval: text }
  }
  const cron = parseCron(text)
  if (Result.isFailure(cron)) {
    const oneWord = !/\s/.test(text) && !text.startsWith("@")
    found.push(problems.badFrequency(field, text, oneWord ? "no interval" : cron.failure.message))
  } else if (nextFire(cron.success, now, zone) === undefined) found.push(problems.neverFires(field, text))
  return { kind: "cron", expression: text }
}

/** A window with an end has to have a moment before it. */
export const windowOf = (
  start: number | undefined,
  end: number | undefined,
  found: Array<Words>,
): TaskWindow => {
  if (start !== undefined && end !== undefined && end <= start)
    found.push(problems.windowEndsFirst(writeInstant(start), writeInstant(end)))
  return { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) }
}
