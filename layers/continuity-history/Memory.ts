import { Clock, Effect, Layer } from "effect"
import {
  ContinuityHistory,
  type ContinuityQuery,
  type ContinuityView,
  type GapHistory,
  type GapState,
  type HistoryLimits,
  type StreamName,
} from "../../services/ContinuityHistory.ts"
import { anchorOf, beganOf, endBy, endOf, historyOf } from "./GapSpans.ts"
import { Tally } from "./Tally.ts"
import { evictionStep, hourMillis, minuteMillis, minutesKeptMillis, windowOf } from "./Window.ts"

interface Count {
  received: number
  duplicates: number
}

/** Counts of each stream by the begin of a minute or an hour, oldest first. */
type Buckets = Map<number, Map<string, Count>>

interface Held {
  readonly began: number
  state: GapState
  readonly revisions: Array<GapHistory["revisions"][number]>
}

/** What a count, and a gap with its states, take in memory. */
const countBytes = 100
const gapBytes = 600

const add = (buckets: Buckets, start: number, key: string, { received, duplicates }: Count): void => {
  let counts = buckets.get(start)
  if (counts === undefined) buckets.set(start, (counts = new Map()))
  const count = counts.get(key)
  if (count === undefined) counts.set(key, { received, duplicates })
  else {
    count.received += received
    count.duplicates += duplicates
  }
}

const sizeOf = (buckets: Buckets): number => {
  let size = 0
  for (const counts of buckets.values()) size += counts.size * countBytes
  return size
}

class Store {
  readonly #limits: HistoryLimits
  readonly #streams = new Map<string, StreamName>()
  readonly #minutes: Buckets = new Map()
  readonly #hours: Buckets = new Map()
  readonly #gaps = new Map<string, Held>()
  #batch = 0

  constructor(limits: HistoryLimits) {
    this.#limits = limits
  }

  write(number: number, counts: ReadonlyArray<Count & { stream: StreamName; minute: number }>): boolean {
    if (number <= this.#batch) return false
    this.#batch = number
    const begin = this.#minutesBegin()
    for (const count of counts) {
      this.#streams.set(count.stream.key, count.stream)
      if (count.minute >= begin) add(this.#minutes, count.minute, count.stream.key, count)
      else add(this.#hours, Math.floor(count.minute / hourMillis) * hourMillis, count.stream.key, count)
    }
    return true
  }

  note(state: GapState): void {
    const { at, repair, revision, stream } = state
    this.#streams.set(stream.key, stream)
    const key = `${stream.key} ${state.id} ${anchorOf(state)}`
    const held = this.#gaps.get(key)
    const said = { revision, at, repair }
    if (held === undefined) {
      this.#gaps.set(key, { began: beganOf(state), state, revisions: [said] })
      return
    }
    if (revision >= held.state.revision) held.state = state
    const same = held.revisions.findIndex((each) => each.revision === revision)
    if (same >= 0) held.revisions[same] = said
    else held.revisions.push(said)
  }

  read(query: ContinuityQuery, now: number): ContinuityView {
    const window = windowOf(query.from, query.to, this.#minutesBegin())
    const tallies = new Map<string, Tally>()
    const tallyOf = (key: string): Tally | undefined => {
      const name = this.#streams.get(key)!
      if (query.venue !== undefined && query.venue !== name.venue) return undefined
      if (query.symbol !== undefined && query.symbol !== name.symbol) return undefined
      if (query.dataType !== undefined && query.dataType !== name.dataType) return undefined
      let tally = tallies.get(key)
      if (tally === undefined) tallies.set(key, (tally = new Tally(window)))
      return tally
    }
    const within = (start: number) => start >= window.from && start < window.to
    for (const [buckets, length] of [
      [this.#hours, hourMillis],
      [this.#minutes, minuteMillis],
    ] as const)
      for (const [start, counts] of buckets)
        if (within(start))
          for (const [key, { received, duplicates }] of counts)
            tallyOf(key)?.addCount(start, length, received, duplicates)
    const gaps: Array<Held> = []
    for (const held of this.#gaps.values()) {
      const { began, state } = held
      const ends = endOf(state, began)
      if (began >= window.to || ends <= window.from) continue
      const tally = tallyOf(state.stream.key)
      if (tally === undefined) continue
      tally.addGap({ ...state, began, ends: endBy(ends, began, now) })
      gaps.push(held)
    }
    gaps.sort((left, right) => right.began - left.began || right.state.at - left.state.at)
    const streams = [...tallies].map(([key, tally]) => tally.view(this.#streams.get(key)!))
    const { steps: _, ...shown } = window
    return {
      ...shown,
      since: this.#since(),
      streams: streams.toSorted((left, right) => (left.key < right.key ? -1 : 1)),
      gaps: gaps.slice(0, query.limit).map(({ state, revisions }) =>
        historyOf(
          {
            ...state,
            stream: state.stream.key,
            fromSequence: state.from.sequence,
            fromTime: state.from.timestamp,
            toSequence: state.to.sequence,
            toTime: state.to.timestamp,
          },
          revisions.toSorted((left, right) => left.revision - right.revision),
        ),
      ),
      gapsLeftOut: Math.max(0, gaps.length - query.limit),
    }
  }

  sweep(now: number): number {
    const merged = Math.floor((now - minutesKeptMillis) / hourMillis) * hourMillis
    for (const [start, counts] of this.#minutes) {
      if (start >= merged) continue
      this.#minutes.delete(start)
      for (const [key, count] of counts)
        add(this.#hours, Math.floor(start / hourMillis) * hourMillis, key, count)
    }
    this.#forget(now - this.#limits.retentionMillis)
    const since = this.#since() ?? now
    for (let cut = since; this.#size() > this.#limits.maxBytes && cut <= now;) {
      cut += evictionStep(cut, now)
      this.#forget(cut, cut)
    }
    return this.#size()
  }

  /** Everything that was over before `time`, and gaps that began before `begun`. */
  #forget(time: number, begun = -Infinity): void {
    for (const start of this.#minutes.keys()) if (start + minuteMillis <= time) this.#minutes.delete(start)
    for (const start of this.#hours.keys()) if (start + hourMillis <= time) this.#hours.delete(start)
    for (const [key, { began, state }] of this.#gaps)
      if (endOf(state, began) <= time || began < begun) this.#gaps.delete(key)
  }

  /** Everything before was merged into hours. */
  #minutesBegin(): number {
    let begin = 0
    for (const start of this.#hours.keys()) begin = Math.max(begin, start + hourMillis)
    return begin
  }

  #since(): number | null {
    let since = Infinity
    for (const start of this.#minutes.keys()) since = Math.min(since, start)
    for (const start of this.#hours.keys()) since = Math.min(since, start)
    for (const { began } of this.#gaps.values()) since = Math.min(since, began)
    return since === Infinity ? null : since
  }

  #size(): number {
    return sizeOf(this.#minutes) + sizeOf(this.#hours) + this.#gaps.size * gapBytes
  }
}

/** A history in memory, gone with the process: for embedding and tests. */
export const layer = (limits: HistoryLimits): Layer.Layer<ContinuityHistory> =>
  Layer.sync(ContinuityHistory, () => {
    const store = new Store(limits)
    const withNow = <A>(use: (now: number) => A) => Effect.map(Clock.currentTimeMillis, use)
    return ContinuityHistory.of({
      write: ({ counts, gaps, number }) =>
        Effect.sync(() => {
          if (store.write(number, counts)) for (const state of gaps) store.note(state)
        }),
      read: (query) => withNow((now) => store.read(query, now)),
      sweep: withNow((now) => store.sweep(now)),
    })
  })
