import { makeTrails } from "../../src/collect/continuity/Trails.ts"
import { type Output, makeOutput } from "../../src/domain/Decoded.ts"
import { encodeBatch } from "../../src/domain/Encoder.ts"
import { makeCatalogue } from "../../src/exchanges/binance/Catalogue.ts"
import { makeDecoder } from "../../src/exchanges/binance/Decoder.ts"
import { spotInstrument } from "../../src/exchanges/binance/Names.ts"
import type { Readers } from "../../src/exchanges/binance/Reader.ts"
import { spotReaders } from "../../src/exchanges/binance/Readers.ts"
import { readSession, recordingsAbsent } from "../support/recordings.ts"

/** One line of the table: CPU of this process per message, and that in units of the first line's. */
export interface Measure {
  readonly name: string
  readonly microsPerMessage: number
  readonly ratio: number
}

/** A batch of frames in; a number out, so that nothing is optimised away. */
type Variant = (frames: ReadonlyArray<Buffer>, receivedAt: ReadonlyArray<number>) => number

const batchSize = 512
const rounds = 7
const repeats = 4

/** What a client does that checks nothing: parse, and one object a message. */
const bareObject = (frame: Buffer) => {
  const { data } = JSON.parse(frame as unknown as string)
  if (data.e === "trade") {
    const side = data.m ? "sell" : "buy"
    return {
      type: "trade",
      symbol: data.s,
      price: data.p,
      quantity: data.q,
      side,
      id: data.t,
      timestamp: data.E,
    }
  }
  return data.e === "depthUpdate"
    ? {
        type: "depth",
        symbol: data.s,
        first: data.U,
        last: data.u,
        bids: data.b,
        asks: data.a,
        timestamp: data.E,
      }
    : {
        type: "bbo",
        symbol: data.s,
        bid: data.b,
        bidQuantity: data.B,
        ask: data.a,
        askQuantity: data.A,
        sequence: data.u,
      }
}

const bare: Variant = (frames) => {
  let sum = 0
  for (const frame of frames) sum += bareObject(frame).type.length
  return sum
}

/** What happens to a batch of records: nothing, or its encoding. */
type Finish = (output: Output) => number

const leave: Finish = ({ records }) => records.at(-1)!.data.length

const encode: Finish = ({ records }) => encodeBatch(records, "stream").at(-1)!.end

/** What is known of the streams is kept up as well: for the journal's checkpoints. The session begins anew every so often. */
const follow = (batches: number): Finish => {
  const begin = () =>
    makeTrails({ marks: [], position: 0, keepMillis: 0, collected: () => undefined }).follower
  let follower = begin()
  let seen = 0
  return ({ records }) => {
    if (seen++ % batches === 0) follower = begin()
    const envelopes = encodeBatch(records, "stream")
    follower.accepted(envelopes, 0)
    return envelopes.at(-1)!.end
  }
}

const decodeWith = (readers: Readers, finish: Finish): Variant => {
  const offers = ["trade", "bbo", "depth"]
  const decode = makeDecoder(
    makeCatalogue({ venue: "binance", offers, read: spotInstrument, route: () => "" }),
    readers,
  )
  const output: Output = makeOutput()
  return (frames, receivedAt) => {
    for (let index = 0; index < frames.length; index++) decode(frames[index]!, receivedAt[index]!, output)
    if (output.records.length !== frames.length) throw new Error("a recorded frame was not decoded")
    const result = finish(output)
    output.records.length = 0
    return result
  }
}

const guardedOnly = Object.fromEntries(
  Object.entries(spotReaders).map(([channel, { read }]) => [channel, { read }]),
) as unknown as Readers

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1]!

const readBatches = () => {
  const lines = readSession("binance/2024-08-08-ethusdt").filter((line) => line.raw?.startsWith('{"stream"'))
  const batches: Array<{ readonly frames: Array<Buffer>; readonly receivedAt: Array<number> }> = []
  for (let start = 0; start < lines.length; start += batchSize) {
    const batch = lines.slice(start, start + batchSize)
    batches.push({
      frames: batch.map((line) => Buffer.from(line.raw!)),
      // A batch is what one socket read gave, and has one stamp.
      receivedAt: batch.map(() => Number(batch[0]!.t) / 1e6),
    })
  }
  return { batches, count: lines.length }
}

/**
 * CPU per message of the recorded spot session in memory, in batches of 512: a bare parse into an object, and a
 * record validated and encoded to its bytes, by guards and by scanners. The variants take turns, so that a busy
 * neighbour meets them all; the median of the rounds counts.
 */
export const decodeBench = async (): Promise<ReadonlyArray<Measure>> => {
  if (recordingsAbsent) return []
  const { batches, count } = readBatches()
  const variants: ReadonlyArray<readonly [string, Variant]> = [
    ["JSON.parse and one object, nothing checked", bare],
    ["guards, record with its data as text", decodeWith(guardedOnly, leave)],
    ["guards, encoded record", decodeWith(guardedOnly, encode)],
    ["scanners, record with its data as text", decodeWith(spotReaders, leave)],
    ["scanners, encoded record", decodeWith(spotReaders, encode)],
    ["the same, and what is known of its stream", decodeWith(spotReaders, follow(batches.length))],
  ]
  const times = variants.map(() => [] as Array<number>)
  let sum = 0
  // The first round warms up and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, [, run]] of variants.entries()) {
      const before = process.cpuUsage()
      for (let repeat = 0; repeat < repeats; repeat++) {
        for (const { frames, receivedAt } of batches) sum += run(frames, receivedAt)
      }
      const used = process.cpuUsage(before)
      if (round > 0) times[index]!.push((used.user + used.system) / (repeats * count))
    }
  }
  if (sum === 0) throw new Error("nothing was decoded")
  const base = median(times[0]!)
  return variants.map(([name], index) => {
    const microsPerMessage = median(times[index]!)
    return { name, microsPerMessage, ratio: microsPerMessage / base }
  })
}

if (import.meta.main) console.table(await decodeBench())
