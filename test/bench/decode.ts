import { makeTrails } from "../../src/collect/continuity/Trails.ts"
import { type Decode, makeOutput, type Output } from "../../src/domain/Decoded.ts"
import { encodeBatch } from "../../src/domain/Encoder.ts"
import { makeCatalogue } from "../../src/exchanges/binance/Catalogue.ts"
import { makeDecoder } from "../../src/exchanges/binance/Decoder.ts"
import { spotInstrument } from "../../src/exchanges/binance/Names.ts"
import type { Readers } from "../../src/exchanges/binance/Reader.ts"
import { spotReaders } from "../../src/exchanges/binance/Readers.ts"
import { makeDecoder as makeBybitDecoder } from "../../src/exchanges/bybit/Decoder.ts"
import { makeBybitCatalogue, subscriptionOf } from "../../src/exchanges/bybit/Topics.ts"
import { argumentKey, argumentOf, makeOkxCatalogue } from "../../src/exchanges/okx/Channels.ts"
import { makeDecoder as makeOkxDecoder } from "../../src/exchanges/okx/Decoder.ts"
import { shareSubscriptions } from "../../src/exchanges/wire/SharedSubscriptions.ts"
import { recordingsAbsent } from "../support/recordings.ts"
import { bareBinance, bareBybit, bareOkx } from "./support/bareVenues.ts"
import {
  binanceFrames,
  bybitFrames,
  okxFrames,
  okxSimulatedFrames,
  type VenueFrames,
} from "./support/venueFrames.ts"

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

const bareClient =
  (make: (frame: Buffer) => number): Variant =>
  (frames) => {
    let sum = 0
    for (const frame of frames) sum += make(frame)
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

const decodeWith = (decode: Decode, finish: Finish, route?: string): Variant => {
  const output: Output = makeOutput()
  return (frames, receivedAt) => {
    for (let index = 0; index < frames.length; index++)
      decode(frames[index]!, receivedAt[index]!, output, route)
    if (output.rejects.length > 0 || output.records.length < frames.length)
      throw new Error("a frame was not decoded")
    const result = finish(output)
    output.records.length = 0
    return result
  }
}

const spotDecoder = (readers: Readers): Decode => {
  const offers = ["trade", "bbo", "depth"]
  const catalogue = makeCatalogue({ venue: "binance", offers, read: spotInstrument, route: () => "" })
  return makeDecoder(catalogue, readers)
}

const guardedOnly = Object.fromEntries(
  Object.entries(spotReaders).map(([channel, { read }]) => [channel, { read }]),
) as unknown as Readers

/** With no scanner, or with those of the venue. */
const okxDecoder = (scanners?: Parameters<typeof makeOkxDecoder>[2]): Decode => {
  const catalogue = makeOkxCatalogue()
  const { carriedBy } = shareSubscriptions(catalogue, (stream) => argumentKey(argumentOf(stream)))
  return makeOkxDecoder(catalogue, carriedBy, scanners)
}

const bybitDecoder = (scanners?: Parameters<typeof makeBybitDecoder>[2]): Decode => {
  const catalogue = makeBybitCatalogue()
  return makeBybitDecoder(catalogue, shareSubscriptions(catalogue, subscriptionOf).carriedBy, scanners)
}

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1]!

const batchesOf = (frames: ReadonlyArray<Buffer>) => {
  const batches: Array<{ readonly frames: ReadonlyArray<Buffer>; readonly receivedAt: Array<number> }> = []
  for (let start = 0; start < frames.length; start += batchSize) {
    const batch = frames.slice(start, start + batchSize)
    // A batch is what one socket read gave, and has one stamp.
    const receivedAt = 1_723_161_254_000.5 + start
    batches.push({ frames: batch, receivedAt: batch.map(() => receivedAt) })
  }
  return batches
}

type Variants = ReadonlyArray<readonly [string, Variant]>

/** The variants take turns, so that a busy neighbour meets them all; the median of the rounds counts. */
const measure = (name: string, frames: ReadonlyArray<Buffer>, variants: Variants): ReadonlyArray<Measure> => {
  const batches = batchesOf(frames)
  const times = variants.map(() => [] as Array<number>)
  let sum = 0
  // The first round warms up and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, [, run]] of variants.entries()) {
      const before = process.cpuUsage()
      for (let repeat = 0; repeat < repeats; repeat++)
        for (const batch of batches) sum += run(batch.frames, batch.receivedAt)
      const used = process.cpuUsage(before)
      if (round > 0) times[index]!.push((used.user + used.system) / (repeats * frames.length))
    }
  }
  if (sum === 0) throw new Error("nothing was decoded")
  const base = median(times[0]!)
  return variants.map(([variant], index) => {
    const microsPerMessage = median(times[index]!)
    return { name: `${name}: ${variant}`, microsPerMessage, ratio: microsPerMessage / base }
  })
}

const bareName = "JSON.parse and one object, nothing checked"

const venueVariants = (
  bare: (frame: Buffer) => number,
  guarded: Decode,
  scanning: Decode,
  route?: string,
): Variants => [
  [bareName, bareClient(bare)],
  ["guards, encoded record", decodeWith(guarded, encode, route)],
  ["scanners, encoded record", decodeWith(scanning, encode, route)],
]

const binance = (): ReadonlyArray<Measure> => {
  const { frames } = binanceFrames()
  return measure("binance", frames, [
    [bareName, bareClient(bareBinance)],
    ["guards, record with its data as text", decodeWith(spotDecoder(guardedOnly), leave)],
    ["guards, encoded record", decodeWith(spotDecoder(guardedOnly), encode)],
    ["scanners, record with its data as text", decodeWith(spotDecoder(spotReaders), leave)],
    ["scanners, encoded record", decodeWith(spotDecoder(spotReaders), encode)],
    [
      "the same, and what is known of its stream",
      decodeWith(spotDecoder(spotReaders), follow(Math.ceil(frames.length / batchSize))),
    ],
  ])
}

const okx = ({ frames, from }: VenueFrames): ReadonlyArray<Measure> =>
  measure(`okx (${from})`, frames, venueVariants(bareOkx, okxDecoder(new Map()), okxDecoder()))

const bybit = ({ frames, from, route }: VenueFrames): ReadonlyArray<Measure> =>
  measure(`bybit (${from})`, frames, venueVariants(bareBybit, bybitDecoder(new Map()), bybitDecoder(), route))

/**
 * CPU per message in memory, in batches of 512: a bare parse into an object, and a record validated and encoded to its
 * bytes, by guards and by scanners. Trades, best prices and books: Binance's and OKX's as they were recorded, OKX's of
 * today and Bybit's, of which nobody recorded any, as the simulator makes them.
 */
export const decodeBench = async (): Promise<ReadonlyArray<Measure>> =>
  recordingsAbsent
    ? []
    : [...binance(), ...okx(okxFrames()), ...okx(okxSimulatedFrames()), ...bybit(bybitFrames())]

if (import.meta.main) console.table(await decodeBench())
