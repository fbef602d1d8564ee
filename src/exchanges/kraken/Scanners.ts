import { noSequence } from "../../domain/Decoded.ts"
import { summed } from "../../domain/WrittenRecord.ts"
import type { Scan } from "../scan/KnownStreams.ts"
import { level, LevelList, type ReadLevel } from "../scan/LevelList.ts"
import { Literal } from "../scan/Literal.ts"
import { Scratch } from "../scan/Scratch.ts"
import { putDelta } from "../scan/Shapes.ts"
import { behindDigits, decimal, idDigits, integer, literal, valueOf } from "../scan/Steps.ts"
import { bookLevels } from "./Channels.ts"

/*
 * Changes of books. What is read of a frame stands in the values below, the same for every frame.
 */

const text = {
  again: new Literal(',"r"'),
  asks: new Literal('{"a":'),
  bids: new Literal('{"b":'),
  channel: new Literal(`"},"book-${bookLevels}",`),
  checksum: new Literal(',"c":"'),
  comma: new Literal(","),
  dot: new Literal("."),
  end: new Literal("]"),
  level: new Literal('["'),
  next: new Literal("},"),
  opening: new Literal("["),
  quote: new Literal('"'),
  separator: new Literal('","'),
}

/** Digits of the seconds until the year 2286. */
const secondDigits = 10
const fractionDigits = 6
const sumDigits = 10

/** Where frames of Kraken are laid. */
export const scratch = new Scratch()

const bids = new LevelList("bids")
const asks = new LevelList("asks")

/** The newest of the levels' times, where it stands. */
const newest = { micros: 0, seconds: -1, fraction: -1, end: -1 }

/** `["354.15000000","5.00000000","1618678133.365913"]`, with `"r"` behind the time or without. */
const readLevel: ReadLevel = (bytes, at) => {
  level.price = literal(bytes, at, text.level)
  level.priceEnd = decimal(bytes, level.price)
  level.quantity = literal(bytes, level.priceEnd, text.separator)
  level.quantityEnd = decimal(bytes, level.quantity)
  const seconds = literal(bytes, level.quantityEnd, text.separator)
  const fraction = literal(bytes, integer(bytes, seconds, secondDigits), text.dot)
  const end = fraction + fractionDigits
  if (fraction < 0 || behindDigits(bytes, fraction) !== end) return -1
  const micros = valueOf(bytes, seconds, fraction - 1) * 1_000_000 + valueOf(bytes, fraction, end)
  // Without a second there would be zeros in front.
  if (micros < 1_000_000 || micros > Number.MAX_SAFE_INTEGER) return -1
  if (micros > newest.micros) {
    newest.micros = micros
    newest.seconds = seconds
    newest.fraction = fraction
    newest.end = end
  }
  const index = literal(bytes, end, text.quote)
  const again = literal(bytes, index, text.again)
  return literal(bytes, again >= 0 ? again : index, text.end)
}

/** `"a":[…]` alone, `"b":[…]` alone, or one behind the other as two parts of a message. */
const readSides = (bytes: DataView, at: number): number => {
  newest.micros = 0
  const ofAsks = literal(bytes, at, text.asks)
  if (ofAsks < 0) {
    const end = bids.read(bytes, literal(bytes, at, text.bids), scratch, readLevel)
    asks.empty(bytes, scratch)
    return end
  }
  const end = asks.read(bytes, ofAsks, scratch, readLevel)
  const ofBids = literal(bytes, literal(bytes, end, text.next), text.bids)
  if (ofBids >= 0) return bids.read(bytes, ofBids, scratch, readLevel)
  bids.empty(bytes, scratch)
  return end
}

/** `[992,{"b":[[…]],"c":"2583817756"},"book-1000","XMR/USD"]`, from its first byte. */
export const scanBook: Scan = (at, { stream, symbolText }, _frame, receivedAt, { records, writer }) => {
  const { frameEnd, view } = writer
  const number = integer(view, literal(view, at, text.opening), idDigits)
  const sum = literal(view, readSides(view, literal(view, number, text.comma)), text.checksum)
  const sumEnd = integer(view, sum, sumDigits)
  const symbol = literal(view, sumEnd, text.channel)
  if (literal(view, literal(view, symbol, symbolText), text.end) !== frameEnd) return false
  const { end, fraction, micros, seconds } = newest
  if (micros === 0) return false
  const last = scratch.copy(view, seconds, fraction - 1)
  scratch.copy(view, fraction, end)
  const lastEnd = scratch.at
  writer.begin(stream)
  writer.copy(last, lastEnd)
  // The milliseconds are its first digits.
  writer.eventTime(last, lastEnd - 3, receivedAt)
  putDelta(writer, bids.from, bids.to, asks.from, asks.to, last, lastEnd, last, lastEnd)
  const record = writer.end(stream, Math.floor(micros / 1000), micros, micros, noSequence)
  records.push(summed(record, valueOf(view, sum, sumEnd)))
  return true
}
