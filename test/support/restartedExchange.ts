import { type Decoded, noSequence } from "../../src/domain/Decoded.ts"
import type { Stream } from "../../src/domain/Stream.ts"
import { testStream, testTime } from "./envelopes.ts"
import type { Dice } from "./seed.ts"

/** One stream of each kind of chain. */
export const streams = {
  trades: testStream({ dataType: "trade" }),
  aggregates: testStream({ dataType: "aggTrade" }),
  klines: testStream({ dataType: "kline_1m" }),
  book: testStream({ dataType: "depth" }),
  best: testStream({ dataType: "bbo" }),
}

export const allStreams: ReadonlyArray<Stream> = Object.values(streams)

const minute = 60_000

/** A trade, or with the stream of them an aggregate. */
export const trade = (id: number, at: number, stream: Stream = streams.trades): Decoded => ({
  stream,
  type: "trade",
  key: stream.dataType.aggregate === true ? `agg:${id}` : String(id),
  timestamp: at,
  receivedAt: at + 0.25,
  data: `{"price":"1","quantity":"1","side":"buy","tradeId":"${id}","tradeTime":${at}}`,
  first: id,
  last: id,
  previous: noSequence,
})

/** The kline that contains a time, as it stands at that time; a closed one as it was said at its end. */
export const kline = (at: number, closed: boolean): Decoded => {
  const start = Math.floor((closed ? at - 1 : at) / minute) * minute
  return {
    stream: streams.klines,
    type: "kline",
    key: `1m:${start}:${closed ? "closed" : at}`,
    timestamp: at,
    receivedAt: at + 0.5,
    data: `{"interval":"1m","startTime":${start},"endTime":${start + minute - 1},"open":"1","high":"1","low":"1","close":"1","volume":"1","closed":${closed}}`,
    first: start,
    last: closed ? start + minute - 1 : noSequence,
    previous: noSequence,
  }
}

/** A delta of the book, or without a first sequence a snapshot. */
export const depth = (at: number, first: number, last: number): Decoded => {
  const isSnapshot = first === noSequence
  const sequence = isSnapshot ? `{"last":"${last}"}` : `{"first":"${first}","last":"${last}"}`
  return {
    stream: streams.book,
    type: "depth",
    key: isSnapshot ? `snapshot:1000:${last}` : String(last),
    timestamp: isSnapshot ? 0 : at,
    receivedAt: at + 0.125,
    data: `{"kind":"${isSnapshot ? "snapshot" : "delta"}","bids":[],"asks":[],"sequence":${sequence}${isSnapshot ? ',"depth":1000' : ""}}`,
    first,
    last,
    previous: noSequence,
  }
}

/** The best prices. */
export const best = (at: number, sequence: number): Decoded => ({
  stream: streams.best,
  type: "bbo",
  key: String(sequence),
  timestamp: 0,
  receivedAt: at + 0.75,
  data: `{"bid":"1","bidQuantity":"1","ask":"2","askQuantity":"1","sequence":"${sequence}"}`,
  first: noSequence,
  last: noSequence,
  previous: noSequence,
})

/** An exchange that goes on whether anybody listens or not, and everything that it said. */
export const makeExchange = (dice: Dice) => {
  const said: Array<Decoded> = []
  let now = testTime
  let trades = 1_000_000_000_000 + dice.int(1000)
  let aggregates = dice.int(1000)
  let book = dice.int(1000)
  let bests = dice.int(1000)

  const say = (record: Decoded) => {
    said.push(record)
    return record
  }

  /** What it says next. */
  const step = (): ReadonlyArray<Decoded> => {
    const minuteBefore = Math.floor(now / minute)
    now += 1 + dice.int(9_000)
    const out: Array<Decoded> = []
    const minuteNow = Math.floor(now / minute)
    if (minuteNow > minuteBefore) out.push(say(kline(minuteNow * minute, true)))
    if (dice.chance(0.5)) out.push(say(kline(now, false)))
    for (let count = dice.int(4); count > 0; count--) out.push(say(trade(trades++, now)))
    for (let count = dice.int(2); count > 0; count--)
      out.push(say(trade(aggregates++, now, streams.aggregates)))
    if (dice.chance(0.7)) {
      const last = book + 1 + dice.int(3)
      out.push(say(depth(now, book + 1, last)))
      book = last
    }
    if (dice.chance(0.5)) out.push(say(best(now, ++bests)))
    return out
  }

  return {
    said,
    now: () => now,
    /** Milliseconds pass. */
    pass: (millis: number) => {
      now += millis
    },
    step,
    steps: (count: number) => Array.from({ length: count }, step).flat(),
    /** The book as it stands, or as it stood. */
    snapshot: (behind = 0) => depth(now, noSequence, book - behind),
    /** What it repeats to whoever connects. */
    latest: () => said.findLast(({ stream }) => stream === streams.best),
    /** What REST has of a chain. */
    of: (stream: Stream, first: number, last: number) =>
      said.filter(
        (record) =>
          record.stream === stream && record.last >= first && record.first >= first && record.last <= last,
      ),
  }
}

export type Exchange = ReturnType<typeof makeExchange>

/** A line that leaves out, repeats and holds back some of what goes over it. */
export const makeLine = (dice: Dice) => {
  let held: Array<Decoded> = []
  return {
    carry: (records: ReadonlyArray<Decoded>): ReadonlyArray<Decoded> => {
      const out: Array<Decoded> = []
      for (const record of records) {
        if (dice.chance(0.04)) continue
        if (dice.chance(0.04)) held.push(record)
        else out.push(record)
        if (dice.chance(0.04)) out.push(record)
      }
      if (dice.chance(0.3)) out.push(...held.splice(0))
      return out
    },
    cut: () => {
      held = []
    },
  }
}
