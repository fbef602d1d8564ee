import { crc32 } from "node:zlib"
import { noSequence } from "../../domain/Decoded.ts"
import { FixedText } from "../../domain/FixedText.ts"
import type { Scan } from "../scan/KnownStreams.ts"
import { level, LevelList } from "../scan/LevelList.ts"
import { Literal } from "../scan/Literal.ts"
import { Scratch } from "../scan/Scratch.ts"
import { putDelta } from "../scan/Shapes.ts"
import { behindDigits, decimal, literal, valueOf } from "../scan/Steps.ts"
import { microsOf } from "./Times.ts"

/*
 * Changes of books. What is read of a frame stands in the values below, the same for every frame.
 */

const text = {
  bought: new Literal('["buy","'),
  changes: new Literal('","changes":['),
  dot: new Literal("."),
  end: new Literal('Z"}'),
  levelEnd: new Literal('"]'),
  next: new Literal(","),
  separator: new Literal('","'),
  sold: new Literal('["sell","'),
  time: new Literal('],"time":"'),
}

const colon = new FixedText(":")

/** `2021-04-17T16:43:37` */
const secondLength = 19
const fractionDigits = 6

/** Where frames of Coinbase are laid. */
export const scratch = new Scratch()

const bids = new LevelList("bids")
const asks = new LevelList("asks")

/** Behind a change; which side it is of. */
const change = { sold: false }

/** `["buy","57950.01","0.5"]` */
const readChange = (bytes: DataView, at: number): number => {
  const sold = literal(bytes, at, text.sold)
  change.sold = sold >= 0
  level.price = change.sold ? sold : literal(bytes, at, text.bought)
  level.priceEnd = decimal(bytes, level.price)
  level.quantity = literal(bytes, level.priceEnd, text.separator)
  level.quantityEnd = decimal(bytes, level.quantity)
  return literal(bytes, level.quantityEnd, text.levelEnd)
}

/** The changes of one side, of a list that has one at least; the index behind the last. */
const readSide = (bytes: DataView, at: number, list: LevelList, sold: boolean): number => {
  list.begin(bytes, scratch)
  let index = at
  for (;;) {
    index = readChange(bytes, index)
    if (index < 0) return -1
    if (change.sold === sold) list.add(bytes, scratch)
    const next = literal(bytes, index, text.next)
    if (next < 0) return list.end(bytes, scratch) ? index : -1
    index = next
  }
}

/** The second that was read last: many messages have the same. */
let second = new Literal("no second yet")
let secondMicros = 0

/** Microseconds of `2021-04-17T16:43:37.109951Z` up to the `Z`; -1 where it is none with six decimals. */
const readTime = (bytes: DataView, at: number): number => {
  const fraction = literal(bytes, at + secondLength, text.dot)
  const end = fraction + fractionDigits
  if (fraction < 0 || behindDigits(bytes, fraction) !== end) return -1
  if (second.read(bytes, at) < 0) {
    let written = ""
    for (let index = 0; index < secondLength; index++)
      written += String.fromCharCode(bytes.getUint8(at + index))
    const micros = microsOf(`${written}Z`)
    if (micros === undefined) return -1
    second = new Literal(written)
    secondMicros = micros
  }
  return secondMicros + valueOf(bytes, fraction, end)
}

/** `","changes":[["buy","…","…"]],"time":"2021-04-17T16:43:37.109951Z"}` from the quote behind the product. */
export const scanBook: Scan = (at, { stream }, _frame, receivedAt, { records, writer }) => {
  const { bytes, frameEnd, view } = writer
  const changes = literal(view, at, text.changes)
  const bidsEnd = changes < 0 ? -1 : readSide(view, changes, bids, false)
  const asksEnd = bidsEnd < 0 ? -1 : readSide(view, changes, asks, true)
  // The sum is that of the levels in their order, one side behind the other.
  if (asksEnd < 0 || bids.to < 0 || asks.to < 0) return false
  const time = literal(view, asksEnd, text.time)
  const timeEnd = time + secondLength + 1 + fractionDigits
  if (time < 0 || literal(view, timeEnd, text.end) !== frameEnd) return false
  const micros = readTime(view, time)
  if (micros < 0 || micros > Number.MAX_SAFE_INTEGER) return false
  const sum = scratch.integer(view, crc32(bytes.subarray(bids.from, asks.to)))
  const sumEnd = scratch.at
  const last = scratch.integer(view, micros)
  const lastEnd = scratch.at
  writer.begin(stream)
  writer.copy(last, lastEnd)
  writer.put(colon)
  writer.copy(sum, sumEnd)
  // The milliseconds are its first digits.
  writer.eventTime(last, lastEnd - 3, receivedAt)
  putDelta(writer, bids.from, bids.to, asks.from, asks.to, last, lastEnd, last, lastEnd)
  records.push(writer.end(stream, Math.floor(micros / 1000), micros, micros, noSequence))
  return true
}
