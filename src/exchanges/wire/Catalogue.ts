import type { DataType } from "../../domain/DataType.ts"
import { parseDataType } from "../../domain/DataType.ts"
import type { Instrument } from "../../domain/Instrument.ts"
import { makeStream, type Stream } from "../../domain/Stream.ts"
import { isRefusal, type Refusal } from "../Venue.ts"

/** Where a venue has a stream. */
export interface Place {
  /** Its own name of it, unique within the venue. */
  readonly wire: string
  /** Streams of different routes cannot share a connection. */
  readonly route: string
  /** Its trades are not numbered one by one, or nobody says that its klines are closed. */
  readonly unnumbered?: true
}

/** Every instrument and stream of one venue, each made once. */
export interface Catalogue {
  readonly instrument: (spelling: string) => Instrument | Refusal
  readonly stream: (dataType: DataType, instrument: Instrument) => Stream | Refusal
  /** By the name on the wire, made if need be; `undefined` for what the venue does not have. */
  readonly find: (wire: string) => Stream | undefined
  readonly forget: (stream: Stream) => void
  /** Whoever keeps streams by their names is told of each one that is forgotten. */
  readonly onForget: (listener: (stream: Stream) => void) => void
}

/** More names than any venue has streams: a peer that invents names cannot fill the memory. */
const maxNames = 65_536

export const makeCatalogue = (options: {
  readonly venue: string
  /** The words of `dataTypes` that some instrument has. */
  readonly offers: ReadonlyArray<string>
  /** The instrument of a spelling, its native name among them. */
  readonly read: (spelling: string) => Instrument | Refusal
  /** Where it has a data type that it offers; a refusal where this instrument has none. */
  readonly place: (dataType: DataType, instrument: Instrument) => Place | Refusal
  /** What tells its instruments apart, itself a spelling of them; the native name unless given. */
  readonly idOf?: (instrument: Instrument) => string
  /** A wire name taken apart: the native name (or what `idOf` gives), and the word of `dataTypes`. */
  readonly split: (wire: string) => { readonly native: string; readonly word: string } | undefined
}): Catalogue => {
  const { idOf = ({ native }) => native, offers, place, read, split, venue } = options
  const instruments = new Map<string, Instrument>()
  const streams = new Map<string, Stream>()
  const listeners: Array<(stream: Stream) => void> = []

  const instrument = (spelling: string): Instrument | Refusal => {
    const known = instruments.get(spelling)
    if (known !== undefined) return known
    const made = read(spelling)
    if (isRefusal(made)) return made
    const same = instruments.get(idOf(made))
    if (same !== undefined && same.symbol !== made.symbol)
      return { refused: `"${spelling}": ${made.native} is already known as ${same.symbol}` }
    if (same !== undefined) return same
    if (instruments.size >= maxNames) return { refused: `${venue} has ${maxNames} instruments already` }
    instruments.set(idOf(made), made)
    return made
  }

  const stream = (dataType: DataType, of: Instrument): Stream | Refusal => {
    if (!offers.includes(dataType.word))
      return { refused: `${venue} has no "${dataType.word}"; it has ${offers.join(", ")}` }
    const found = place(dataType, of)
    if (isRefusal(found)) return found
    const known = streams.get(found.wire)
    if (known !== undefined) return known
    if (streams.size >= maxNames) return { refused: `${venue} has ${maxNames} streams already` }
    const made = makeStream({ venue, dataType, instrument: of, ...found })
    streams.set(found.wire, made)
    return made
  }

  return {
    instrument,
    stream,
    onForget: (listener) => void listeners.push(listener),
    forget: (gone) => {
      if (streams.get(gone.wire) === gone) streams.delete(gone.wire)
      instruments.delete(idOf(gone.instrument))
      for (const listener of listeners) listener(gone)
    },
    find: (wire) => {
      const known = streams.get(wire)
      if (known !== undefined) return known
      const parts = split(wire)
      const dataType = parts === undefined ? undefined : parseDataType(parts.word)
      if (parts === undefined || dataType === undefined) return undefined
      const of = instrument(parts.native)
      if (isRefusal(of) || idOf(of) !== parts.native) return undefined
      const made = stream(dataType, of)
      return isRefusal(made) || made.wire !== wire ? undefined : made
    },
  }
}
