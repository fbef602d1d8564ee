import { noSequence } from "../../domain/Decoded.ts"
import { FixedText } from "../../domain/FixedText.ts"
import { summed } from "../../domain/WrittenRecord.ts"
import type { Scan } from "../scan/KnownStreams.ts"
import { isSingle, single } from "../scan/Levels.ts"
import { Literal } from "../scan/Literal.ts"
import { nextMember } from "../scan/Members.ts"
import { putBbo, putDelta, putSnapshot, snapshotKey } from "../scan/Shapes.ts"
import { byteAt, idDigits, integer, literal, timeDigits, valueOf, writeInteger } from "../scan/Steps.ts"
import { WideLevels } from "../scan/WideLevels.ts"

/*
 * Books of any depth. What is read of a frame stands in the values below, the same for every frame: nothing is made for
 * one.
 */

const comma = 44

const text = {
  action: new Literal('"},"action":"'),
  asks: new Literal('"data":[{"asks":'),
  bids: new Literal(',"bids":'),
  checksum: new Literal('checksum":'),
  end: new Literal("}]}"),
  last: new Literal('seqId":'),
  minus: new Literal("-"),
  noAction: new Literal('"},'),
  none: new Literal("-1"),
  previous: new Literal('prevSeqId":'),
  quote: new Literal('"'),
  snapshot: new Literal('snapshot",'),
  symbol: new Literal('instId":'),
  time: new Literal('ts":"'),
  update: new Literal('update",'),
}

const bids = new WideLevels()
const asks = new WideLevels()

/** What stands behind the levels of a book, whatever its order. */
const rest = {
  time: -1,
  timeEnd: -1,
  last: -1,
  lastEnd: -1,
  /** -1 also where `-1` is written: a snapshot has none before it. */
  previous: -1,
  previousEnd: -1,
  hasPrevious: false,
  checksum: 0,
}

/** `"ts":"…","checksum":…,"prevSeqId":…,"seqId":…,"instId":"…"}]}`; false where it is anything else. */
const readRest = (bytes: DataView, at: number, symbolText: Literal, frameEnd: number): boolean => {
  rest.time = rest.last = rest.previous = -1
  rest.checksum = 0
  rest.hasPrevious = false
  let hasChecksum = false
  let index = at
  while (index >= 0 && byteAt(bytes, index) === comma) {
    const name = nextMember(bytes, index)
    let value = literal(bytes, name, text.time)
    if (value >= 0) {
      if (rest.time >= 0) return false
      rest.time = value
      rest.timeEnd = integer(bytes, value, timeDigits)
      index = literal(bytes, rest.timeEnd, text.quote)
      continue
    }
    value = literal(bytes, name, text.last)
    if (value >= 0) {
      if (rest.last >= 0) return false
      rest.last = value
      index = rest.lastEnd = integer(bytes, value, idDigits)
      continue
    }
    value = literal(bytes, name, text.previous)
    if (value >= 0) {
      if (rest.hasPrevious) return false
      rest.hasPrevious = true
      const none = literal(bytes, value, text.none)
      rest.previous = none >= 0 ? -1 : value
      index = rest.previousEnd = none >= 0 ? none : integer(bytes, value, idDigits)
      continue
    }
    value = literal(bytes, name, text.checksum)
    if (value >= 0) {
      if (hasChecksum) return false
      hasChecksum = true
      const negative = literal(bytes, value, text.minus)
      const digits = negative >= 0 ? negative : value
      index = integer(bytes, digits, idDigits)
      if (index < 0) return false
      rest.checksum = valueOf(bytes, digits, index) * (negative >= 0 ? -1 : 1)
      continue
    }
    index = literal(bytes, literal(bytes, name, text.symbol), symbolText)
  }
  return (
    literal(bytes, index, text.end) === frameEnd &&
    rest.time >= 0 &&
    valueOf(bytes, rest.time, rest.timeEnd) > 0
  )
}

/** `"asks":[…],"bids":[…]`; the index behind it. */
const readSides = (bytes: DataView, at: number): number => {
  const asksFrom = literal(bytes, at, text.asks)
  const bidsFrom = literal(bytes, asks.narrow(bytes, asksFrom, false), text.bids)
  return bids.narrow(bytes, bidsFrom, true)
}

const fullKey = snapshotKey()

/**
 * `"},"action":"update","data":[{"asks":[…],"bids":[…],"ts":"…","checksum":…,"prevSeqId":…,"seqId":…}]}`. Without numbers,
 * as before 2023, its time stands in their place.
 */
export const scanBook: Scan = (at, { stream, symbolText }, frame, receivedAt, { records, writer }) => {
  const { view } = writer
  const action = literal(view, at, text.action)
  const update = literal(view, action, text.update)
  const data = update >= 0 ? update : literal(view, action, text.snapshot)
  const sides = readSides(view, data)
  if (sides < 0 || !readRest(view, sides, symbolText, writer.frameEnd)) return false
  const { checksum, previous, previousEnd, time, timeEnd } = rest
  const numbered = rest.last >= 0
  const last = numbered ? rest.last : time
  const lastEnd = numbered ? rest.lastEnd : timeEnd
  const timestamp = valueOf(view, time, timeEnd)
  const lastValue = valueOf(view, last, lastEnd)
  const sum = checksum === 0 ? undefined : checksum
  if (update < 0) {
    writer.begin(stream)
    writer.put(fullKey)
    writer.copy(last, lastEnd)
    writer.eventTime(time, timeEnd, receivedAt)
    putSnapshot(writer, bids.from, bids.to, asks.from, asks.to, last, lastEnd)
    records.push(summed(writer.end(stream, timestamp, noSequence, lastValue, noSequence), sum))
    return true
  }
  // An update without one before it: none is written so.
  if (previous < 0 && rest.hasPrevious) return false
  const previousValue = previous < 0 ? noSequence : valueOf(view, previous, previousEnd)
  const follows = previous >= 0 && previousValue < lastValue
  const free = writer.frameEnd - frame.length
  const first = follows ? free : last
  const firstEnd = follows ? writeInteger(view, free, previousValue + 1) : lastEnd
  writer.begin(stream)
  writer.copy(last, lastEnd)
  writer.eventTime(time, timeEnd, receivedAt)
  putDelta(
    writer,
    bids.from,
    bids.to,
    asks.from,
    asks.to,
    first,
    firstEnd,
    last,
    lastEnd,
    previous,
    previousEnd,
  )
  const firstValue = follows ? previousValue + 1 : lastValue
  records.push(summed(writer.end(stream, timestamp, firstValue, lastValue, previousValue), sum))
  return true
}

const bestDepth = new FixedText("5")
const bestKey = snapshotKey("5")

/** `"},"data":[{"asks":[…],"bids":[…],"instId":"…","ts":"…","seqId":…}]}`: the five best of each side. */
export const scanBest5: Scan = (at, { stream, symbolText }, _frame, receivedAt, { records, writer }) => {
  const { view } = writer
  const sides = readSides(view, literal(view, at, text.noAction))
  if (sides < 0 || !readRest(view, sides, symbolText, writer.frameEnd) || rest.last < 0) return false
  const { last, lastEnd, time, timeEnd } = rest
  writer.begin(stream)
  writer.put(bestKey)
  writer.copy(last, lastEnd)
  writer.eventTime(time, timeEnd, receivedAt)
  putSnapshot(writer, bids.from, bids.to, asks.from, asks.to, last, lastEnd, bestDepth)
  const lastValue = valueOf(view, last, lastEnd)
  records.push(writer.end(stream, valueOf(view, time, timeEnd), noSequence, lastValue, noSequence))
  return true
}

/** `"},"data":[{"asks":[[…]],"bids":[[…]],"ts":"…","seqId":…}]}`: the best level of each side. */
export const scanBbo: Scan = (at, { stream, symbolText }, _frame, receivedAt, { records, writer }) => {
  const { view } = writer
  const sides = readSides(view, literal(view, at, text.noAction))
  if (sides < 0 || !readRest(view, sides, symbolText, writer.frameEnd) || rest.last < 0) return false
  if (!isSingle(view, bids.from, bids.to)) return false
  const { price: bid, priceEnd: bidEnd, quantity: bidSize, quantityEnd: bidSizeEnd } = single
  if (!isSingle(view, asks.from, asks.to)) return false
  const { price: ask, priceEnd: askEnd, quantity: askSize, quantityEnd: askSizeEnd } = single
  const { last, lastEnd, time, timeEnd } = rest
  writer.begin(stream)
  writer.copy(last, lastEnd)
  writer.eventTime(time, timeEnd, receivedAt)
  putBbo(writer, bid, bidEnd, bidSize, bidSizeEnd, ask, askEnd, askSize, askSizeEnd, last, lastEnd)
  records.push(writer.end(stream, valueOf(view, time, timeEnd), noSequence, noSequence, noSequence))
  return true
}
