import { bareNumbers } from "../scan/BareLevels.ts"
import type { Scan } from "../scan/KnownStreams.ts"
import { level, LevelList, type ReadLevel } from "../scan/LevelList.ts"
import { Literal } from "../scan/Literal.ts"
import { nextMember } from "../scan/Members.ts"
import { Scratch } from "../scan/Scratch.ts"
import { putDelta } from "../scan/Shapes.ts"
import { byteAt, idDigits, integer, isZero, literal, timeDigits, valueOf } from "../scan/Steps.ts"

/*
 * Changes of books. What is read of a frame stands in the values below, the same for every frame.
 */

const closing = 125

const text = {
  asks: new Literal('asks":'),
  bids: new Literal('bids":'),
  change: new Literal('["change",'),
  data: new Literal('","data":{"'),
  delete: new Literal('["delete",'),
  end: new Literal("}}}"),
  last: new Literal('change_id":'),
  new: new Literal('["new",'),
  previous: new Literal('prev_change_id":'),
  symbol: new Literal('instrument_name":'),
  time: new Literal('timestamp":'),
  type: new Literal('type":"change"'),
}

/** Where frames of Deribit are laid. */
export const scratch = new Scratch()

const bids = new LevelList("bids")
const asks = new LevelList("asks")

/** What a change says besides its levels. */
const said = {
  time: -1,
  timeEnd: -1,
  last: -1,
  lastEnd: -1,
  previous: -1,
  previousEnd: -1,
  isChange: false,
  hasSymbol: false,
}

/** `["new",31860.0,2.6]`; what is deleted has an amount of nothing, or is for the guards. */
const readLevel: ReadLevel = (bytes, at) => {
  const gone = text.delete.read(bytes, at)
  if (gone >= 0) {
    const end = bareNumbers(bytes, gone)
    return end >= 0 && isZero(bytes, level.quantity, level.quantityEnd) ? end : -1
  }
  const added = text.new.read(bytes, at)
  return bareNumbers(bytes, added >= 0 ? added : text.change.read(bytes, at))
}

/** One member of the data, from behind its name's first quote. Any other than a book's change has is for the guards. */
const readMember = (bytes: DataView, name: number, symbolText: Literal): number => {
  const ofBids = literal(bytes, name, text.bids)
  if (ofBids >= 0) return bids.from < 0 ? bids.read(bytes, ofBids, scratch, readLevel) : -1
  const ofAsks = literal(bytes, name, text.asks)
  if (ofAsks >= 0) return asks.from < 0 ? asks.read(bytes, ofAsks, scratch, readLevel) : -1
  const time = literal(bytes, name, text.time)
  if (time >= 0) {
    if (said.time >= 0) return -1
    said.time = time
    return (said.timeEnd = integer(bytes, time, timeDigits))
  }
  const previous = literal(bytes, name, text.previous)
  if (previous >= 0) {
    if (said.previous >= 0) return -1
    said.previous = previous
    return (said.previousEnd = integer(bytes, previous, idDigits))
  }
  const last = literal(bytes, name, text.last)
  if (last >= 0) {
    if (said.last >= 0) return -1
    said.last = last
    return (said.lastEnd = integer(bytes, last, idDigits))
  }
  const symbol = literal(bytes, name, text.symbol)
  if (symbol >= 0) {
    if (said.hasSymbol) return -1
    said.hasSymbol = true
    return literal(bytes, symbol, symbolText)
  }
  if (said.isChange) return -1
  said.isChange = true
  return literal(bytes, name, text.type)
}

/** `","data":{…}}}` from the quote behind the channel: all members that a change has, in any order, and none else. */
const readChange = (bytes: DataView, at: number, frameEnd: number, symbolText: Literal): boolean => {
  said.time = said.last = said.previous = bids.from = asks.from = -1
  said.isChange = said.hasSymbol = false
  let index = literal(bytes, at, text.data)
  for (;;) {
    index = index < 0 ? -1 : readMember(bytes, index, symbolText)
    if (index < 0) return false
    if (byteAt(bytes, index) === closing) break
    index = nextMember(bytes, index)
  }
  return (
    literal(bytes, index, text.end) === frameEnd &&
    said.isChange &&
    said.previous >= 0 &&
    said.last >= 0 &&
    bids.from >= 0 &&
    asks.from >= 0 &&
    said.time >= 0 &&
    valueOf(bytes, said.time, said.timeEnd) > 0
  )
}

/**
 * `"data":{"type":"change","timestamp":…,"prev_change_id":…,"instrument_name":"…","change_id":…,"bids":[["new",…,…]],"asks":[]}`
 */
export const scanBook: Scan = (at, { stream, symbolText }, _frame, receivedAt, { records, writer }) => {
  const { frameEnd, view } = writer
  if (!readChange(view, at, frameEnd, symbolText)) return false
  const { last, lastEnd, previous, previousEnd, time, timeEnd } = said
  const lastValue = valueOf(view, last, lastEnd)
  const previousValue = valueOf(view, previous, previousEnd)
  const firstValue = previousValue < lastValue ? previousValue + 1 : lastValue
  const first = scratch.integer(view, firstValue)
  const firstEnd = scratch.at
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
  const timestamp = valueOf(view, time, timeEnd)
  records.push(writer.end(stream, timestamp, firstValue, lastValue, previousValue))
  return true
}
