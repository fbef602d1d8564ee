import { noSequence } from "../../domain/Decoded.ts"
import { barePair } from "../scan/BareLevels.ts"
import type { Scan } from "../scan/KnownStreams.ts"
import { LevelList } from "../scan/LevelList.ts"
import { Literal } from "../scan/Literal.ts"
import { nextMember, otherMember } from "../scan/Members.ts"
import { Scratch } from "../scan/Scratch.ts"
import { putDelta } from "../scan/Shapes.ts"
import { byteAt, idDigits, integer, literal, timeDigits, valueOf } from "../scan/Steps.ts"

/*
 * Changes of books, of spot and of swaps. What is read of a frame stands in the values below, the same for every frame.
 */

const comma = 44
const closing = 125

const text = {
  asks: new Literal('asks":'),
  bids: new Literal('bids":'),
  end: new Literal("}"),
  event: new Literal('event":'),
  last: new Literal('seqNum":'),
  nothing: [new Literal("null"), new Literal("{}")],
  opening: new Literal("{"),
  previous: new Literal('prevSeqNum":'),
  quote: new Literal('"'),
  tick: new Literal('tick":'),
  time: new Literal('ts":'),
  update: new Literal('"update"'),
  version: new Literal('version":'),
}

/** Where frames of HTX are laid. */
export const scratch = new Scratch()

const bids = new LevelList("bids")
const asks = new LevelList("asks")

/** What a message says besides its levels; -1 where it does not. */
const said = {
  time: -1,
  timeEnd: -1,
  last: -1,
  lastEnd: -1,
  previous: -1,
  previousEnd: -1,
  version: -1,
  versionEnd: -1,
  isUpdate: false,
}

const readSide = (bytes: DataView, at: number, list: LevelList): number => {
  // Twice: the last of them would count.
  if (list.from >= 0) return -1
  for (const each of text.nothing) {
    const end = each.read(bytes, at)
    if (end < 0) continue
    list.empty(bytes, scratch)
    return end
  }
  return list.read(bytes, at, scratch, barePair)
}

/** One member of a tick, from behind its name's first quote. */
const readTickMember = (bytes: DataView, name: number): number => {
  const ofBids = literal(bytes, name, text.bids)
  if (ofBids >= 0) return readSide(bytes, ofBids, bids)
  const ofAsks = literal(bytes, name, text.asks)
  if (ofAsks >= 0) return readSide(bytes, ofAsks, asks)
  const last = literal(bytes, name, text.last)
  if (last >= 0) {
    if (said.last >= 0) return -1
    said.last = last
    return (said.lastEnd = integer(bytes, last, idDigits))
  }
  const previous = literal(bytes, name, text.previous)
  if (previous >= 0) {
    if (said.previous >= 0) return -1
    said.previous = previous
    return (said.previousEnd = integer(bytes, previous, idDigits))
  }
  const version = literal(bytes, name, text.version)
  if (version >= 0) {
    if (said.version >= 0) return -1
    said.version = version
    return (said.versionEnd = integer(bytes, version, idDigits))
  }
  const event = literal(bytes, name, text.event)
  if (event < 0) return otherMember(bytes, name)
  if (said.isUpdate) return -1
  said.isUpdate = true
  return literal(bytes, event, text.update)
}

const readTick = (bytes: DataView, at: number): number => {
  let index = literal(bytes, literal(bytes, at, text.opening), text.quote)
  while (index >= 0) {
    index = readTickMember(bytes, index)
    if (byteAt(bytes, index) === closing) return index + 1
    index = nextMember(bytes, index)
  }
  return -1
}

/** `","ts":…,"tick":{…}}` from the quote behind the topic, in either order; false where it is anything else. */
const readMessage = (bytes: DataView, at: number, frameEnd: number): boolean => {
  said.time = said.last = said.previous = said.version = bids.from = asks.from = -1
  said.isUpdate = false
  let hasTick = false
  let index = literal(bytes, at, text.quote)
  while (byteAt(bytes, index) === comma) {
    const name = nextMember(bytes, index)
    const time = literal(bytes, name, text.time)
    if (time >= 0) {
      if (said.time >= 0) return false
      said.time = time
      index = said.timeEnd = integer(bytes, time, timeDigits)
    } else {
      if (hasTick) return false
      hasTick = true
      index = readTick(bytes, literal(bytes, name, text.tick))
    }
  }
  if (literal(bytes, index, text.end) !== frameEnd || !hasTick || said.time < 0) return false
  if (bids.from < 0) bids.empty(bytes, scratch)
  if (asks.from < 0) asks.empty(bytes, scratch)
  return valueOf(bytes, said.time, said.timeEnd) > 0
}

/** `"tick":{"seqNum":…,"prevSeqNum":…,"bids":[[…]],"asks":[[…]]}`; without `prevSeqNum` it is a whole book, for the guards. */
export const scanSpotBook: Scan = (at, { stream }, _frame, receivedAt, { records, writer }) => {
  const { frameEnd, view } = writer
  if (!readMessage(view, at, frameEnd) || said.last < 0 || said.previous < 0) return false
  const { last, lastEnd, previous, previousEnd, time, timeEnd } = said
  const lastValue = valueOf(view, last, lastEnd)
  const previousValue = valueOf(view, previous, previousEnd)
  const follows = previousValue < lastValue
  const firstValue = follows ? previousValue + 1 : lastValue
  const first = scratch.integer(view, firstValue)
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
    scratch.at,
    last,
    lastEnd,
    previous,
    previousEnd,
  )
  const timestamp = valueOf(view, time, timeEnd)
  records.push(writer.end(stream, timestamp, firstValue, lastValue, previousValue))
  return true
}

/** `"tick":{"bids":[[…]],"asks":[[…]],"ch":"…","event":"update",…,"version":…}`; a `snapshot` is for the guards. */
export const scanSwapBook: Scan = (at, { stream }, _frame, receivedAt, { records, writer }) => {
  const { frameEnd, view } = writer
  if (!readMessage(view, at, frameEnd) || said.version < 0 || !said.isUpdate) return false
  const { time, timeEnd, version, versionEnd } = said
  const value = valueOf(view, version, versionEnd)
  writer.begin(stream)
  writer.copy(version, versionEnd)
  writer.eventTime(time, timeEnd, receivedAt)
  putDelta(writer, bids.from, bids.to, asks.from, asks.to, version, versionEnd, version, versionEnd)
  records.push(writer.end(stream, valueOf(view, time, timeEnd), value, value, noSequence))
  return true
}
