import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { makeTrails } from "../../src/collect/continuity/Trails.ts"
import { type Decode, makeOutput, type Output } from "../../src/domain/Decoded.ts"
import { encodeBatch } from "../../src/domain/Encoder.ts"
import { giveBack } from "../../src/domain/Slab.ts"
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
import { Frame } from "../../src/domain/Frame.ts"

/** One line of the table: CPU of this process per message, and that in units of the first line's. */
export interface Measure {
  readonly name: string
  readonly microsPerMessage: number
  readonly ratio: number
}

/** A batch of frames in; a number out, so that nothing is optimised away. */
type Variant = (frames: ReadonlyArray<Buffer>, receivedAt: ReadonlyArray<number>) => number

const batchSize = 512
/** Messages of a round, or a few more: the frames are decoded again and again. */
const messages = 100_000
const warmUp = 4
const rounds = 7
/** Processes of each variant. */
const turns = 3

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

/** What was looked at is given back, as the journal does once its readers are through. */
const encode: Finish = ({ records }) => {
  const envelopes = encodeBatch(records, "stream")
  const { end } = envelopes.at(-1)!
  giveBack(envelopes)
  return end
}

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
    const { end } = envelopes.at(-1)!
    giveBack(envelopes)
    return end
  }
}

const decodeWith = (decode: Decode, finish: Finish, route?: string): Variant => {
  const output: Output = makeOutput()
  const frame = new Frame()
  return (frames, receivedAt) => {
    for (let index = 0; index < frames.length; index++)
      decode(frame.show(frames[index]!, 0, frames[index]!.length), receivedAt[index]!, output, route)
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

type Variants = ReadonlyArray<readonly [name: string, variant: Variant]>

/** Frames of a venue, and what is done with them: the first of the variants is what the others are measured by. */
interface Contest {
  readonly name: string
  readonly frames: ReadonlyArray<Buffer>
  readonly variants: Variants
}

/** One variant in this process, which runs no other: what V8 has learnt of one would be paid for by the next. */
const microsPerMessage = (frames: ReadonlyArray<Buffer>, variant: Variant): number => {
  const batches = batchesOf(frames)
  const times: Array<number> = []
  const repeats = Math.ceil(messages / frames.length)
  let sum = 0
  for (let round = 0; round < warmUp + rounds; round++) {
    const before = process.cpuUsage()
    for (let repeat = 0; repeat < repeats; repeat++)
      for (const batch of batches) sum += variant(batch.frames, batch.receivedAt)
    const used = process.cpuUsage(before)
    if (round >= warmUp) times.push((used.user + used.system) / (repeats * frames.length))
  }
  if (sum === 0) throw new Error("nothing was decoded")
  return median(times)
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

const binance = (): Contest => {
  const { frames } = binanceFrames()
  const variants: Variants = [
    [bareName, bareClient(bareBinance)],
    ["guards, record with its data as text", decodeWith(spotDecoder(guardedOnly), leave)],
    ["guards, encoded record", decodeWith(spotDecoder(guardedOnly), encode)],
    ["scanners, record with its data as text", decodeWith(spotDecoder(spotReaders), leave)],
    ["scanners, encoded record", decodeWith(spotDecoder(spotReaders), encode)],
    [
      "the same, and what is known of its stream",
      decodeWith(spotDecoder(spotReaders), follow(Math.ceil(frames.length / batchSize))),
    ],
  ]
  return { name: "binance", frames, variants }
}

const okx = ({ frames, from }: VenueFrames): Contest => ({
  name: `okx (${from})`,
  frames,
  variants: venueVariants(bareOkx, okxDecoder(new Map()), okxDecoder()),
})

const bybit = ({ frames, from, route }: VenueFrames): Contest => ({
  name: `bybit (${from})`,
  frames,
  variants: venueVariants(bareBybit, bybitDecoder(new Map()), bybitDecoder(), route),
})

const contests: ReadonlyArray<() => Contest> = [
  binance,
  () => okx(okxFrames()),
  () => okx(okxSimulatedFrames()),
  () => bybit(bybitFrames()),
]

const inItsOwnProcess = (contest: number, variant: number): number =>
  Number(
    execFileSync(process.execPath, [fileURLToPath(import.meta.url), String(contest), String(variant)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    }),
  )

/**
 * CPU per message in memory, in batches of 512: a bare parse into an object, and a record validated and encoded to its
 * bytes, by guards and by scanners. Trades, best prices and books: Binance's and OKX's as they were recorded, OKX's of
 * today and Bybit's, of which nobody recorded any, as the simulator makes them. Fresh processes take turns, so that a
 * busy neighbour meets them all; the median of the turns counts.
 */
export const decodeBench = (): ReadonlyArray<Measure> =>
  recordingsAbsent
    ? []
    : contests.flatMap((make, contest) => {
        const { name, variants } = make()
        const times = variants.map(() => [] as Array<number>)
        for (let turn = 0; turn < turns; turn++)
          for (const [variant, each] of times.entries()) each.push(inItsOwnProcess(contest, variant))
        const base = median(times[0]!)
        return variants.map(([variant], index) => {
          const micros = median(times[index]!)
          return { name: `${name}: ${variant}`, microsPerMessage: micros, ratio: micros / base }
        })
      })

if (import.meta.main) {
  const [contest, variant] = process.argv.slice(2).map(Number)
  const { frames, variants } = contests[contest!]!()
  process.stdout.write(String(microsPerMessage(frames, variants[variant!]![1])))
}
