import type { DataType } from "../../domain/DataType.ts"
import type { Instrument, Market } from "../../domain/Instrument.ts"
import { makeStream, type Stream } from "../../domain/Stream.ts"
import { maxHeadBytes } from "../../domain/RecordWriter.ts"
import { Literal } from "../scan/Literal.ts"
import { Names } from "../scan/Names.ts"
import { isRefusal, type Refusal } from "../Venue.ts"
import { allChannels, carrierOf, type Channel, channelOf, dataTypeOfSuffix, suffixOf } from "./StreamNames.ts"

/** A stream with what its decoder needs at hand. */
export interface Entry {
  readonly stream: Stream
  readonly channel: Channel
  /** Where its channel stands among all. */
  readonly place: number
  /** `"ETHUSDT"` with its quotes. */
  readonly symbolText: string
  /** `,"s":"ETHUSDT",` as every message of the stream writes its symbol. */
  readonly symbolField: Literal
}

/** Every instrument and stream of one venue, each made once. */
export interface Catalogue {
  readonly instrument: (spelling: string) => Instrument | Refusal
  readonly stream: (dataType: DataType, instrument: Instrument) => Stream | Refusal
  /** Those that a scanner may take, by the bytes of a name that was found or made before. */
  readonly known: Names<Entry>
  /** By the name on the wire, in any spelling of the update speed; made if need be. */
  readonly find: (wire: string) => Entry | undefined
  readonly forget: (stream: Stream) => void
  /** What was asked for of a stream that carries several words; its own where nothing was. */
  readonly carriedBy: (entry: Entry) => ReadonlyArray<Entry>
}

/**
 * More names than the venue has streams. A peer that invents names cannot fill the memory: what comes beyond is
 * unknown.
 */
const maxNames = 65_536

/** What stands in a frame as it is: nothing that JSON escapes. */
const verbatim = (name: string): boolean => JSON.stringify(name) === `"${name}"`

export const makeCatalogue = (options: {
  readonly venue: string
  readonly offers: ReadonlyArray<string>
  readonly read: (spelling: string) => Instrument | Refusal
  readonly route: (channel: Channel) => string
  /** Kinds of instrument that have a data type; all unless given. */
  readonly markets?: (dataType: DataType) => ReadonlyArray<Market> | undefined
}): Catalogue => {
  const { markets, venue, offers, read, route } = options
  const instruments = new Map<string, Instrument>()
  const entries = new Map<string, Entry>()
  const known = new Names<Entry>()
  const carried = new Map<string, Array<Entry>>()

  const name = (wire: string, entry: Entry): Entry => {
    entries.set(wire, entry)
    if (verbatim(wire) && entry.stream.headBytes.length <= maxHeadBytes) known.set(wire, entry)
    return entry
  }

  const instrument = (spelling: string): Instrument | Refusal => {
    const known = instruments.get(spelling.trim().toUpperCase())
    if (known !== undefined) return known
    const made = read(spelling)
    if (isRefusal(made)) return made
    const same = instruments.get(made.native)
    if (same === undefined) {
      if (instruments.size >= maxNames) return { refused: `${venue} has ${maxNames} instruments already` }
      instruments.set(made.native, made)
      return made
    }
    return same.symbol === made.symbol
      ? same
      : { refused: `"${spelling}": ${made.native} is already known as ${same.symbol}` }
  }

  const entryOf = (channel: Channel, dataType: DataType, of: Instrument): Entry => {
    const wire = `${of.native.toLowerCase()}@${suffixOf(channel, dataType)}`
    const made = entries.get(wire)
    if (made !== undefined) return made
    const stream = makeStream({ venue, dataType, instrument: of, wire, route: route(channel) })
    const symbolText = JSON.stringify(of.native)
    const symbolField = new Literal(`,"s":${symbolText},`)
    return name(wire, { stream, channel, place: allChannels.indexOf(channel), symbolText, symbolField })
  }

  return {
    instrument,
    stream: (dataType, of) => {
      const channel = offers.includes(dataType.word) ? channelOf(dataType) : undefined
      if (channel === undefined)
        return { refused: `${venue} has no "${dataType.word}"; it has ${offers.join(", ")}` }
      const has = markets?.(dataType)
      if (has?.includes(of.market) === false)
        return {
          refused: `${venue} has no "${dataType.word}" of ${of.symbol}, which is ${of.market}: only of ${has.join(", ")}`,
        }
      const entry = entryOf(channel, dataType, of)
      if (channel !== "markPrice") return entry.stream
      const carrier = carrierOf(entry.stream.wire)
      const asked = carried.get(carrier)
      if (asked === undefined) carried.set(carrier, [entry])
      else if (!asked.includes(entry)) asked.push(entry)
      return entry.stream
    },
    carriedBy: (entry) =>
      entry.channel === "markPrice" ? (carried.get(entry.stream.wire) ?? [entry]) : [entry],
    known,
    forget: (stream) => {
      for (const [wire, entry] of entries)
        if (entry.stream === stream) {
          entries.delete(wire)
          known.delete(wire)
        }
      instruments.delete(stream.instrument.native)
      const carrier = carrierOf(stream.wire)
      const left = carried.get(carrier)?.filter((entry) => entry.stream !== stream) ?? []
      if (left.length === 0) carried.delete(carrier)
      else carried.set(carrier, left)
    },
    find: (wire) => {
      const made = entries.get(wire)
      if (made !== undefined) return made
      if (entries.size >= maxNames) return undefined
      const at = wire.indexOf("@")
      if (at <= 0) return undefined
      const dataType = dataTypeOfSuffix(wire.slice(at + 1))
      if (dataType === undefined || !offers.includes(dataType.word)) return undefined
      const of = instrument(wire.slice(0, at))
      // A wire name is the native name alone: `btc-usdt@trade` is nobody's.
      if (isRefusal(of) || of.native.toLowerCase() !== wire.slice(0, at).toLowerCase()) return undefined
      if (markets?.(dataType)?.includes(of.market) === false) return undefined
      return name(wire, entryOf(channelOf(dataType)!, dataType, of))
    },
  }
}
