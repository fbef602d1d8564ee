import { type Clock, type Context, Effect, Metric } from "effect"
import type { Envelope } from "../src/domain/Envelope.ts"
import { Histogram, WindowedHistogram } from "../src/runtime/Histogram.ts"
import { latencyLimits, type MetricDefinition, type MetricTag } from "./MetricCatalog.ts"

/** Only goes up. */
export interface Counter {
  readonly add: (count: number) => void
  readonly value: () => number
}

export interface Gauge {
  readonly set: (value: number) => void
  readonly add: (value: number) => void
  readonly value: () => number
}

/** Times records on their way from socket to sink. */
export interface LatencyTimer {
  /** One record. */
  readonly record: (receivedAt: number, nowMillis: number) => void
  /** A batch; what is replayed carries the recording's receive time and is not timed. */
  readonly recordBatch: (envelopes: ReadonlyArray<Envelope>, nowMillis: number) => void
}

export type Tags<Tag extends MetricTag> = { readonly [K in Tag]: string }

/** Series of one metric beyond this many share one whose tags all say `other`, so that a scrape stays bounded. */
export const seriesLimit = 2000

/** Makes the series of the catalogue's metrics. The same tags give the same series. */
export interface Series {
  readonly counter: <Tag extends MetricTag>(definition: MetricDefinition<Tag>, tags: Tags<Tag>) => Counter
  readonly gauge: <Tag extends MetricTag>(definition: MetricDefinition<Tag>, tags: Tags<Tag>) => Gauge
  readonly latency: <Tag extends MetricTag>(
    definition: MetricDefinition<Tag>,
    tags: Tags<Tag>,
  ) => LatencyTimer
  /** Makes these the only series of a metric whose values are read from elsewhere (actors, mailboxes). */
  readonly replace: <Tag extends MetricTag>(
    definition: MetricDefinition<Tag>,
    values: ReadonlyArray<readonly [tags: Tags<Tag>, value: number]>,
  ) => void
  /** The series of a metric, as they stand. */
  readonly values: <Tag extends MetricTag>(
    definition: MetricDefinition<Tag>,
  ) => ReadonlyArray<readonly [tags: Tags<Tag>, value: number]>
  /** Over all series of a metric. */
  readonly sum: <Tag extends MetricTag>(definition: MetricDefinition<Tag>) => number
  /** Latency of all sinks over the last minute or two, in microseconds. */
  readonly recentLatency: (nowMillis: number) => Histogram
}

/** One series: its number, and the handle that was given out for it. */
class Cell implements Counter, Gauge {
  number = 0
  readonly tags: Readonly<Record<string, string>>
  readonly registration: Metric.Registration
  constructor(tags: Readonly<Record<string, string>>, register: (read: () => number) => Metric.Registration) {
    this.tags = tags
    this.registration = register(this.value)
  }
  readonly add = (count: number): void => {
    this.number += count
  }
  readonly set = (value: number): void => {
    this.number = value
  }
  readonly value = (): number => this.number
}

const latencyWindowMillis = 60_000

/** Microseconds: the histogram's resolution is one. */
const microsLimits = latencyLimits.map((seconds) => seconds * 1e6)

type AnyDefinition = MetricDefinition<MetricTag>

const keyOf = (definition: AnyDefinition, tags: Readonly<Record<string, string>>): string => {
  let key = ""
  for (const tag of definition.tags) key += tags[tag] + "\u0000"
  return key
}

const others = (definition: AnyDefinition): Record<string, string> =>
  Object.fromEntries(definition.tags.map((tag) => [tag, "other"]))

/** Adds one series to Effect's registry, whose value is read when someone scrapes or exports. */
const register = (
  context: Context.Context<never>,
  definition: AnyDefinition,
  attributes: Readonly<Record<string, string>>,
  read: () => number,
): Metric.Registration => {
  const options = { description: definition.help, attributes }
  const ignore = () => {}
  return definition.kind === "counter"
    ? Metric.registerUnsafe(Metric.counter(definition.name, { ...options, incremental: true }), context, {
        get: () => ({ count: read(), incremental: true }),
        update: ignore,
        modify: ignore,
      })
    : Metric.registerUnsafe(Metric.gauge(definition.name, options), context, {
        get: () => ({ value: read() }),
        update: ignore,
        modify: ignore,
      })
}

const registerHistogram = (
  context: Context.Context<never>,
  definition: AnyDefinition,
  attributes: Readonly<Record<string, string>>,
  timer: WindowedHistogram,
): Metric.Registration => {
  const ignore = () => {}
  const metric = Metric.histogram(definition.name, {
    description: definition.help,
    attributes,
    boundaries: latencyLimits,
  })
  return Metric.registerUnsafe(metric, context, {
    get: () => {
      const total = timer.total()
      const counts = total.cumulative(microsLimits)
      return {
        buckets: latencyLimits.map((limit, index): [number, number] => [limit, counts[index]!]),
        count: total.count,
        sum: total.sum / 1e6,
        min: total.count === 0 ? 0 : total.min / 1e6,
        max: total.max / 1e6,
      }
    },
    update: ignore,
    modify: ignore,
  })
}

/** The series live as long as the scope: another instance in the same process may take their place. */
export const makeSeries = Effect.fnUntraced(function* (clock: Clock.Clock) {
  const context = yield* Effect.context<never>()
  const families = new Map<string, Map<string, Cell>>()
  const timers = new Map<
    string,
    { readonly timer: WindowedHistogram; readonly registration: Metric.Registration }
  >()

  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const family of families.values()) for (const cell of family.values()) cell.registration.remove()
      for (const each of timers.values()) each.registration.remove()
    }),
  )

  const familyOf = (definition: AnyDefinition): Map<string, Cell> => {
    const known = families.get(definition.name)
    if (known !== undefined) return known
    const made = new Map<string, Cell>()
    families.set(definition.name, made)
    return made
  }

  const cellOf = (definition: AnyDefinition, tags: Readonly<Record<string, string>>): Cell => {
    const family = familyOf(definition)
    const wanted = keyOf(definition, tags)
    const known = family.get(wanted)
    if (known !== undefined) return known
    const full = family.size >= seriesLimit
    const attributes = full
      ? others(definition)
      : Object.fromEntries(definition.tags.map((tag) => [tag, tags[tag] ?? ""]))
    const key = full ? keyOf(definition, attributes) : wanted
    const shared = family.get(key)
    if (shared !== undefined) return shared
    const cell = new Cell(attributes, (read) => register(context, definition, attributes, read))
    family.set(key, cell)
    return cell
  }

  const series: Series = {
    counter: cellOf,
    gauge: cellOf,
    latency: (definition, tags) => {
      const key = definition.name + keyOf(definition, tags)
      const timer =
        timers.get(key)?.timer ?? new WindowedHistogram(latencyWindowMillis, clock.currentTimeMillisUnsafe())
      if (!timers.has(key)) {
        timers.set(key, { timer, registration: registerHistogram(context, definition, tags, timer) })
      }
      return {
        record: (receivedAt, nowMillis) => {
          timer.advance(nowMillis)
          timer.record((nowMillis - receivedAt) * 1000)
        },
        recordBatch: (envelopes, nowMillis) => {
          timer.advance(nowMillis)
          // What one read brought has one time.
          let at = Number.NaN
          let count = 0
          for (const { receivedAt, source } of envelopes) {
            if (source === "replay") continue
            if (receivedAt !== at) {
              if (count > 0) timer.record((nowMillis - at) * 1000, count)
              at = receivedAt
              count = 0
            }
            count++
          }
          if (count > 0) timer.record((nowMillis - at) * 1000, count)
        },
      }
    },
    replace: (definition, values) => {
      const family = familyOf(definition)
      const stale = new Set(family.values())
      const totals = new Map<Cell, number>()
      for (const [tags, value] of values) {
        const cell = cellOf(definition, tags)
        stale.delete(cell)
        totals.set(cell, (totals.get(cell) ?? 0) + value)
      }
      for (const [cell, total] of totals) cell.number = total
      for (const [key, cell] of family) {
        if (!stale.has(cell)) continue
        cell.registration.remove()
        family.delete(key)
      }
    },
    values: <Tag extends MetricTag>(definition: MetricDefinition<Tag>) =>
      [...familyOf(definition).values()].map((cell) => [cell.tags as Tags<Tag>, cell.number] as const),
    sum: (definition) => {
      let total = 0
      for (const cell of familyOf(definition).values()) total += cell.number
      return total
    },
    recentLatency: (nowMillis) => {
      const all = new Histogram()
      for (const { timer } of timers.values()) {
        timer.advance(nowMillis)
        all.merge(timer.recent())
      }
      return all
    },
  }
  return series
})
