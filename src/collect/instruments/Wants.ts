import type { Instrument } from "../../domain/Instrument.ts"
import type { InstrumentPattern } from "../../domain/InstrumentPattern.ts"
import type { Stream } from "../../domain/Stream.ts"
import { isRefusal, type Refusal, type Venue } from "../../exchanges/Venue.ts"
import type { Origin, StreamEntry } from "../StreamTable.ts"
import { dataTypeOf, instrumentOf, instrumentsOf, isWaiting, type Known, patternOf } from "./Meaning.ts"

/** A symbol or a pattern with a data type, as somebody asked for it. */
export interface Want {
  readonly symbol: string
  readonly dataType: string
  readonly origin: Origin
}

/** One stream of a want, or why there is none: for good, or until something changes. */
export interface Resolved {
  /** As it was asked for, where it is no stream. */
  readonly symbol: string
  readonly dataType: string
  readonly stream: Stream | undefined
  readonly reason: string
  /** It may become a stream: the want is kept. */
  readonly isWaiting: boolean
}

/** A stream by its names. */
export const nameKey = ({ dataType, symbol }: Pick<Want, "dataType" | "symbol">): string =>
  `${symbol}\u0000${dataType}`

/** What tasks want is theirs: neither the configuration nor the API gives it up. */
export const wantKey = (want: Want): string =>
  want.origin === "task" ? `task\u0000${nameKey(want)}` : nameKey(want)

export interface Meanings {
  readonly venue: Venue
  readonly table: ReadonlyMap<Stream, StreamEntry>
  readonly known: Known | undefined
  /** Streams by `nameKey` that a pattern would select, and somebody has removed. */
  readonly excluded: ReadonlySet<string>
  /** A stream that goes by another symbol than the list has for it. */
  readonly onMisread: (stream: Stream) => void
}

/**
 * The stream of an instrument, by the symbol that the list has for it. A name that was read otherwise before the list was
 * there waits until the venue sends nothing of it any more.
 */
const streamOf = (
  { onMisread, venue }: Meanings,
  word: string,
  instrument: Instrument,
): Stream | Refusal | "misread" => {
  const dataType = dataTypeOf(venue, word)
  if (isRefusal(dataType)) return dataType
  const stream = venue.stream(dataType, instrument)
  if (isRefusal(stream) || stream.instrument.symbol === instrument.symbol) return stream
  onMisread(stream)
  return "misread"
}

const ofSymbol = (meanings: Meanings, { dataType, symbol }: Want): Resolved => {
  const none = (reason: string, waiting = false): Resolved => ({
    symbol,
    dataType,
    stream: undefined,
    reason,
    isWaiting: waiting,
  })
  const instrument = instrumentOf(meanings.venue, meanings.known, symbol)
  if (isRefusal(instrument)) return none(instrument.refused)
  if (isWaiting(instrument)) return none(instrument.waiting, true)
  const stream = streamOf(meanings, dataType, instrument)
  if (stream === "misread")
    return none(`${instrument.native} was read as another pair before the list of instruments came`, true)
  if (isRefusal(stream)) return none(stream.refused)
  return { symbol, dataType, stream, reason: "", isWaiting: false }
}

const ofPattern = (meanings: Meanings, want: Want, pattern: InstrumentPattern): ReadonlyArray<Resolved> => {
  const { excluded, known, table, venue } = meanings
  const { dataType, symbol } = want
  const none = (reason: string, waiting: boolean): ReadonlyArray<Resolved> => [
    { symbol, dataType, stream: undefined, reason, isWaiting: waiting },
  ]
  const word = dataTypeOf(venue, dataType)
  if (isRefusal(word)) return none(word.refused, false)
  if (pattern.market !== undefined && !venue.instruments.markets.includes(pattern.market))
    return none(
      `"${symbol}": ${venue.name} has no ${pattern.market}; it has ${venue.instruments.markets.join(", ")}`,
      false,
    )
  if (known === undefined)
    return none(`"${symbol}" selects from the list of instruments, which has not come yet`, true)
  const collected = new Set([...table.keys()].map((stream) => stream.instrument.symbol))
  let refusal = ""
  const found = instrumentsOf(known, pattern, (each) => collected.has(each)).flatMap(
    (instrument): ReadonlyArray<Resolved> => {
      const stream = streamOf(meanings, dataType, instrument)
      if (stream === "misread" || excluded.has(nameKey({ symbol: instrument.symbol, dataType }))) return []
      // Where kinds of instrument stand side by side, not each has everything.
      if (isRefusal(stream)) {
        refusal = stream.refused
        return []
      }
      return [{ symbol: instrument.symbol, dataType, stream, reason: "", isWaiting: false }]
    },
  )
  if (found.length > 0) return found
  return none(refusal || `"${symbol}" selects none of the instruments that are traded now`, true)
}

/** What a want means as far as is known now: one answer for a symbol, any number for a pattern, at least one. */
export const resolve = (meanings: Meanings, want: Want): ReadonlyArray<Resolved> => {
  const pattern = patternOf(want.symbol)
  if (pattern === undefined) return [ofSymbol(meanings, want)]
  if (isRefusal(pattern))
    return [
      {
        symbol: want.symbol,
        dataType: want.dataType,
        stream: undefined,
        reason: pattern.refused,
        isWaiting: false,
      },
    ]
  return ofPattern(meanings, want, pattern)
}
