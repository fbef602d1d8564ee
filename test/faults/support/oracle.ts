import { parseRecord, type MarketRecord } from "../../../src/domain/Record.ts"
import { placeOf, saidOf } from "./messages.ts"
import { indexOfKey, type SentLog, type SentStream } from "./sentLog.ts"

type GapRecord = Extract<MarketRecord, { readonly type: "gap" }>

/** What became of all that the exchange sent. */
export interface Judgement {
  readonly records: number
  /** Sent, not here, and no gap names it: what must never happen. */
  readonly lost: number
  /** Sent and not here, but named by a gap. */
  readonly named: number
  readonly duplicates: number
  /** Behind a later one of its stream, repetitions and repairs aside. */
  readonly disordered: number
  /** Says something else than the exchange did, or is no record. */
  readonly corrupt: number
  /** Never sent by the exchange. */
  readonly madeUp: number
  /** Of what was sent: came by the stream itself. */
  readonly streamed: number
  /** Streams whose very last event did not come. */
  readonly lastMissing: number
  /** Fetched from REST after a gap. */
  readonly repaired: number
  readonly gaps: number
  /** Gaps whose last word is that they are still being repaired. */
  readonly pending: number
  /** The first few of what is wrong, in words. */
  readonly examples: ReadonlyArray<string>
}

interface Arrived {
  readonly times: Uint8Array
  /** Of what came, by its place in what was sent; 0 where it did not come. */
  readonly timestamps: Float64Array
  last: number
  first: number
}

export interface OracleOptions {
  readonly sent: SentLog
  /** The hash of what the exchange has to say of a record that it sent to nobody; `undefined` when there is no such event. */
  readonly truth: (record: MarketRecord) => number | undefined
}

/** Each so-many-th record is also checked field by field against the contract. */
const checkedEvery = 23
const mostExamples = 8

/** Is given everything that a sink holds, in its order, and says whether that is what the exchange sent. */
export const makeOracle = ({ sent, truth }: OracleOptions) => {
  const arrivals = new Map<string, Arrived>()
  const gaps = new Map<string, Map<string, GapRecord>>()
  const unsent = new Map<string, Set<number>>()
  const examples: Array<string> = []
  const counts = { records: 0, duplicates: 0, disordered: 0, corrupt: 0, madeUp: 0, repaired: 0, streamed: 0 }

  const wrong = (kind: "duplicates" | "disordered" | "corrupt" | "madeUp", what: () => string): void => {
    counts[kind]++
    if (kind !== "duplicates" && examples.length < mostExamples) examples.push(`${kind}: ${what()}`)
  }

  const arrivedOf = (place: string, { keys }: SentStream): Arrived => {
    let arrived = arrivals.get(place)
    if (arrived === undefined) {
      const { length } = keys
      arrived = {
        times: new Uint8Array(length),
        timestamps: new Float64Array(length),
        last: -1,
        first: length,
      }
      arrivals.set(place, arrived)
    }
    return arrived
  }

  const takeGap = (gap: GapRecord): void => {
    const place = `${gap.native} ${typeOfChannel(gap.data.channel)}`
    const known = gaps.get(place) ?? new Map<string, GapRecord>()
    gaps.set(place, known)
    // Its newest state counts.
    if ((known.get(gap.id)?.revision ?? 0) <= gap.revision) known.set(gap.id, gap)
  }

  /** A trade or a kline that came by REST because nobody was connected when it happened. */
  const takeUnsent = (record: MarketRecord, key: number, hash: number): void => {
    const place = placeOf(record)
    const known = truth(record)
    if (known === undefined) return wrong("madeUp", () => JSON.stringify(record))
    if (known !== hash) return wrong("corrupt", () => JSON.stringify(record))
    const ids = unsent.get(place) ?? new Set<number>()
    unsent.set(place, ids)
    if (ids.has(key)) wrong("duplicates", () => record.id)
    ids.add(key)
  }

  const take = (line: string): void => {
    counts.records++
    let record: MarketRecord
    try {
      record = counts.records % checkedEvery === 0 ? parseRecord(line) : (JSON.parse(line) as MarketRecord)
    } catch (error) {
      return wrong("corrupt", () => `${String(error)}: ${line.slice(0, 200)}`)
    }
    if (record.type === "gap") return takeGap(record)
    if (record.source === "rest" && record.type !== "depth") counts.repaired++
    const said = saidOf(record)
    if (said === undefined) return
    const place = placeOf(record)
    const stream = sent.streams.get(place)
    const index = stream === undefined ? -1 : indexOfKey(stream.keys, said.key)
    if (stream === undefined || index < 0) return takeUnsent(record, said.key, said.hash)
    if (stream.hashes[index] !== said.hash) return wrong("corrupt", () => line.slice(0, 300))
    const arrived = arrivedOf(place, stream)
    if (arrived.times[index]! > 0) {
      wrong("duplicates", () => record.id)
      return
    }
    arrived.times[index] = 1
    arrived.timestamps[index] = record.timestamp
    arrived.first = Math.min(arrived.first, index)
    if (record.source === "rest") return
    counts.streamed++
    if (index < arrived.last) wrong("disordered", () => `${record.id} behind ${stream.keys[arrived.last]}`)
    arrived.last = Math.max(arrived.last, index)
  }

  /** Whether a gap of the stream says that something between these two records is missing. */
  const isNamed = (place: string, key: number, from: number, to: number): boolean =>
    Array.from(gaps.get(place)?.values() ?? []).some(({ data }) => {
      const { from: first, to: last } = data
      if (place.endsWith(" trade") && first.sequence !== undefined)
        return Number(first.sequence) <= key && key <= Number(last.sequence ?? Number.POSITIVE_INFINITY)
      const [begin, end] = [first.timestamp ?? 0, last.timestamp ?? Number.POSITIVE_INFINITY]
      return begin <= to && end >= from
    })

  /**
   * `whole`: everything that was sent has to be there. Otherwise what was sent between the first record of a stream
   * that came and the last.
   */
  const judge = ({ whole }: { readonly whole: boolean }): Judgement => {
    let lost = 0
    let named = 0
    let lastMissing = 0
    const runs: Array<{
      place: string
      first: number
      last: number
      count: number
      from: number
      to: number
    }> = []
    const miss = (place: string, key: number, from: number, to: number): void => {
      if (isNamed(place, key, from, to)) {
        named++
        return
      }
      lost++
      const run = runs.at(-1)
      if (run?.place === place && run.from === from) {
        run.last = key
        run.count++
      } else if (runs.length < mostExamples) runs.push({ place, first: key, last: key, count: 1, from, to })
    }
    for (const [place, stream] of sent.streams) {
      const arrived = arrivedOf(place, stream)
      const ids = unsent.get(place)
      if (arrived.times.at(-1) === 0) lastMissing++
      const end = whole ? stream.keys.length - 1 : arrived.last
      let before = 0
      let previous: number | undefined
      // A book begins with its snapshot.
      const never = arrived.first === stream.keys.length
      const begin = whole && (never || !place.endsWith(" depth")) ? 0 : arrived.first
      for (let index = begin; index <= end; index++) {
        const key = stream.keys[index]!
        if (arrived.times[index] === 0) {
          let next = index
          while (next <= end && arrived.times[next] === 0) next++
          miss(place, key, before, next <= end ? arrived.timestamps[next]! : Number.POSITIVE_INFINITY)
        } else before = arrived.timestamps[index]!
        // Trades that happened while nobody was connected are known by the numbers between.
        if (place.endsWith(" trade") && previous !== undefined)
          for (let id = previous + 1; id < key; id++)
            if (ids?.has(id) !== true) miss(place, id, before, before)
        previous = key
      }
    }
    for (const { count, first, from, last, place, to } of runs)
      examples.push(`lost: ${place} ${first} to ${last}, ${count} of them, between ${from} and ${to}`)
    const all = Array.from(gaps.values()).flatMap((each) => Array.from(each.values()))
    const pending = all.filter(({ data }) => data.repair === "pending").length
    return { ...counts, lost, named, gaps: all.length, pending, lastMissing, examples }
  }

  return { take, judge }
}

export type Oracle = ReturnType<typeof makeOracle>

const typeOfChannel = (channel: string): string => (channel.startsWith("kline") ? "kline" : channel)
