import { type DataType, parseDataType } from "../../domain/DataType.ts"
import type { Instrument } from "../../domain/Instrument.ts"
import { type InstrumentPattern, isPattern, parsePattern } from "../../domain/InstrumentPattern.ts"
import type { ListedInstrument } from "../../domain/ListedInstrument.ts"
import { isRefusal, type Refusal, type Venue } from "../../exchanges/Venue.ts"
import type { Directory } from "./Directory.ts"

/** What is known of a venue's instruments. */
export interface Known {
  readonly directory: Directory
  /** From the venue itself, since this process began; else what the last one kept. */
  readonly isFresh: boolean
}

/** It will be collected once that has changed. */
export interface Waiting {
  readonly waiting: string
}

export const isWaiting = (value: object): value is Waiting => "waiting" in value

const unknown = (venue: Venue, text: string, { listed, nearest }: Directory): Refusal => {
  const near = nearest(text)
  const meant = near.length === 0 ? "" : `; did you mean ${near.join(", ")}?`
  return { refused: `"${text}" is none of the ${listed.length} instruments that ${venue.name} lists${meant}` }
}

/** A listed instrument, as far as it can be collected. */
const collectable = (venue: Venue, listed: ListedInstrument): Instrument | Refusal | Waiting => {
  if (listed.status === "ended")
    return { refused: `${listed.symbol} is not traded any more on ${venue.name}` }
  if (listed.status === "upcoming")
    return { waiting: `${listed.symbol} is announced on ${venue.name} and not traded yet` }
  return listed
}

/**
 * The instrument of a spelling: by the venue's list, where it is there. A list that another process kept refuses nothing:
 * what it does not have is read by its letters, as everything is without a list.
 */
export const instrumentOf = (
  venue: Venue,
  known: Known | undefined,
  text: string,
): Instrument | Refusal | Waiting => {
  const found = known?.directory.find(text)
  if (found !== undefined) return collectable(venue, found)
  const read = venue.instrument(text)
  if (known?.isFresh !== true) return read
  const isUnlisted = !isRefusal(read) && (venue.instruments.unlisted?.includes(read.market) ?? false)
  return isUnlisted ? read : unknown(venue, text, known.directory)
}

/** A pattern's instruments; those that were collected stay while they are halted. */
export const instrumentsOf = (
  known: Known | undefined,
  pattern: InstrumentPattern,
  isCollected: (symbol: string) => boolean,
): ReadonlyArray<ListedInstrument> =>
  known?.directory
    .select(pattern)
    .filter(({ status, symbol }) => status === "trading" || (status === "halted" && isCollected(symbol))) ??
  []

/** The pattern of a text that is one and can be read. */
export const patternOf = (text: string): InstrumentPattern | Refusal | undefined => {
  if (!isPattern(text)) return undefined
  const pattern = parsePattern(text)
  return "problem" in pattern ? { refused: pattern.problem } : pattern
}

/** The data type of a word, or why the venue has none of it. */
export const dataTypeOf = (venue: Venue, word: string): DataType | Refusal => {
  const dataType = parseDataType(word)
  const offers = venue.offers.join(", ")
  if (dataType === undefined) return { refused: `"${word}" is no data type; ${venue.name} offers ${offers}` }
  return venue.offers.includes(dataType.word)
    ? dataType
    : { refused: `${venue.name} has no "${word}"; it has ${offers}` }
}
