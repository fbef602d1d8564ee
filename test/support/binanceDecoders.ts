import { type Decode, type Decoded, type Output, makeOutput } from "../../src/domain/Decoded.ts"
import { encodeBatch } from "../../src/domain/Encoder.ts"
import { payloadOf } from "../../src/domain/Envelope.ts"
import { usdmInstrument } from "../../src/exchanges/binance-usdm/Names.ts"
import { usdmReaders } from "../../src/exchanges/binance-usdm/Readers.ts"
import { type Catalogue, makeCatalogue } from "../../src/exchanges/binance/Catalogue.ts"
import { makeDecoder } from "../../src/exchanges/binance/Decoder.ts"
import { spotInstrument } from "../../src/exchanges/binance/Names.ts"
import type { Reader, Readers } from "../../src/exchanges/binance/Reader.ts"
import { spotReaders } from "../../src/exchanges/binance/Readers.ts"
import { channels } from "../../src/exchanges/binance/StreamNames.ts"
import { venues } from "../../src/exchanges/index.ts"
import type { VenueName } from "./binanceRecords.ts"
import { readFrame } from "./readFrame.ts"

const readersOf = (venue: VenueName): Readers => (venue === "binance" ? spotReaders : usdmReaders)

const catalogueOf = (venue: VenueName): Catalogue =>
  makeCatalogue({
    venue,
    offers: venues.get(venue)!().offers,
    read: venue === "binance" ? spotInstrument : usdmInstrument,
    route: () => "",
  })

const change = (readers: Readers, by: (reader: Reader) => Reader): Readers => {
  const entries = channels.map((channel) => [channel, by(readers[channel])] as const)
  return Object.fromEntries(entries) as Record<(typeof channels)[number], Reader>
}

/** The venue's decoder without its scanners. */
export const makeGuarded = (venue: VenueName): Decode =>
  makeDecoder(
    catalogueOf(venue),
    change(readersOf(venue), ({ read }) => ({ read })),
  )

/** The venue's decoder; frames that its scanners did not take are counted in `fallbacks`. */
export const makeCounting = (venue: VenueName): { readonly decode: Decode; fallbacks: number } => {
  const catalogue = catalogueOf(venue)
  const readers = change(readersOf(venue), (reader) => ({
    ...reader,
    read: (data, entry, receivedAt, output) => {
      counting.fallbacks++
      reader.read(data, entry, receivedAt, output)
    },
  }))
  const decoder = makeDecoder(catalogue, readers)
  const counting = {
    fallbacks: 0,
    decode: decoder,
  }
  return counting
}

/** What a decoder makes of one frame. */
export const decodeOne = (decode: Decode, frame: Buffer | string, receivedAt = 1723161254024.619): Output => {
  const output = makeOutput("replay")
  decode(readFrame(typeof frame === "string" ? Buffer.from(frame) : frame), receivedAt, output)
  return output
}

/** The records as every sink gets them, from a replay. */
export const encode = (records: ReadonlyArray<Decoded>): ReadonlyArray<string> =>
  encodeBatch(records, "replay").map((envelope) => payloadOf(envelope).toString("utf8"))

export const payloads = (output: Output): ReadonlyArray<string> => encode(output.records)
