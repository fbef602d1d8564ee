import { noSequence } from "../../domain/Decoded.ts"
import type { Scan } from "../scan/KnownStreams.ts"
import { behind, isSingle, levels, single } from "../scan/Levels.ts"
import { Literal } from "../scan/Literal.ts"
import { otherMember, wordId } from "../scan/Members.ts"
import { putBbo, putDelta, putSnapshot, snapshotKey } from "../scan/Shapes.ts"
import { byteAt, decimal, idDigits, integer, literal, timeDigits, valueOf } from "../scan/Steps.ts"
import { type TradePlace, Trades } from "../scan/Trades.ts"
import { message, type ReadData, readMessage } from "./Messages.ts"

const quote = 34
const comma = 44
const colon = 58
const opening = 123
const closing = 125
const capitalS = 83
const capitalT = 84
const letterA = 97
const letterB = 98
const letterI = 105
const letterP = 112
const letterS = 115
const letterU = 117
const letterV = 118

const text = {
  buy: new Literal('"Buy"'),
  closing: new Literal("]"),
  opening: new Literal("["),
  quote: new Literal('"'),
  sell: new Literal('"Sell"'),
}

/** Which members a scan has read, so that none is read twice: the last of two would count. */
const seen = { id: 1, time: 2, symbol: 4, side: 8, quantity: 16, price: 32 } as const
const allOfTrade = 63

/** A text's end that a step found, behind its quote. */
const closed = (bytes: DataView, end: number): number => literal(bytes, end, text.quote)

/** One member of a trade; `index` stands behind its name. */
const readField = (bytes: DataView, name: number, place: TradePlace, symbolText: Literal): number => {
  const value = name + 3
  switch (byteAt(bytes, name)) {
    case letterI:
      place.id = closed(bytes, value)
      place.idEnd = wordId(bytes, place.id, 64)
      return closed(bytes, place.idEnd)
    case capitalT:
      place.time = value
      place.timeEnd = integer(bytes, value, timeDigits)
      return place.timeEnd >= 0 && valueOf(bytes, value, place.timeEnd) > 0 ? place.timeEnd : -1
    case letterS:
      return literal(bytes, value, symbolText)
    case capitalS:
      place.sold = byteAt(bytes, value + 1) === capitalS
      return literal(bytes, value, place.sold ? text.sell : text.buy)
    case letterV:
      place.quantity = closed(bytes, value)
      place.quantityEnd = decimal(bytes, place.quantity)
      return closed(bytes, place.quantityEnd)
    default:
      place.price = closed(bytes, value)
      place.priceEnd = decimal(bytes, place.price)
      return closed(bytes, place.priceEnd)
  }
}

/** The bit of a trade's member of one letter; 0 of those that nobody asks for. */
const bitOf = (letter: number): number => {
  switch (letter) {
    case letterI:
      return seen.id
    case capitalT:
      return seen.time
    case letterS:
      return seen.symbol
    case capitalS:
      return seen.side
    case letterV:
      return seen.quantity
    case letterP:
      return seen.price
    default:
      return 0
  }
}

const trades = new Trades()

/** `{"i":"…","T":…,"p":"…","v":"…","S":"Buy","s":"BTCUSDT","BT":false}`, its members in any order. */
const readOneTrade = (bytes: DataView, at: number, symbolText: Literal): number => {
  const place = trades.next()
  if (place === undefined || at < 0 || byteAt(bytes, at) !== opening) return -1
  let read = 0
  let index = at
  do {
    if (byteAt(bytes, index + 1) !== quote) return -1
    const name = index + 2
    const bit = byteAt(bytes, name + 1) === quote ? bitOf(byteAt(bytes, name)) : 0
    if ((read & bit) !== 0) return -1
    read |= bit
    index =
      bit === 0
        ? otherMember(bytes, name)
        : byteAt(bytes, name + 2) === colon
          ? readField(bytes, name, place, symbolText)
          : -1
  } while (index >= 0 && byteAt(bytes, index) === comma)
  return index >= 0 && byteAt(bytes, index) === closing && read === allOfTrade ? index + 1 : -1
}

const readTrades: ReadData = (bytes, at, symbolText) => {
  trades.clear()
  let index = literal(bytes, at, text.opening)
  for (;;) {
    index = readOneTrade(bytes, index, symbolText)
    if (index < 0) return -1
    if (byteAt(bytes, index) !== comma) return literal(bytes, index, text.closing)
    index++
  }
}

/** `{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":…,"data":[{…},{…}]}` */
export const scanTrades: Scan = (at, { stream, symbolText }, frame, receivedAt, output) => {
  const { frameEnd, view } = output.writer
  if (!readMessage(view, at, frameEnd, symbolText, readTrades)) return false
  trades.write(stream, frame, receivedAt, output, message.time, message.timeEnd, false)
  return true
}

/** What a book's data says, the same object for every frame: sides as `levels` gives them. */
const book = { bids: -1, bidsEnd: -1, asks: -1, asksEnd: -1, last: -1, lastEnd: -1 }

/** `{"s":"BTCUSDT","b":[…],"a":[…],"u":…,"seq":…}`, its members in any order. */
const readBook: ReadData = (bytes, at, symbolText) => {
  book.bids = book.asks = book.last = -1
  let hasSymbol = false
  if (at < 0 || byteAt(bytes, at) !== opening) return -1
  let index = at
  do {
    if (byteAt(bytes, index + 1) !== quote) return -1
    const name = index + 2
    const value = byteAt(bytes, name + 1) === quote ? name + 3 : -1
    const letter = value < 0 ? 0 : byteAt(bytes, name)
    if (letter !== 0 && byteAt(bytes, name + 2) !== colon) return -1
    if (letter === letterB) {
      if (book.bids >= 0) return -1
      book.bids = value
      book.bidsEnd = levels(bytes, value, true)
      index = behind(book.bidsEnd)
    } else if (letter === letterA) {
      if (book.asks >= 0) return -1
      book.asks = value
      book.asksEnd = levels(bytes, value, false)
      index = behind(book.asksEnd)
    } else if (letter === letterU) {
      if (book.last >= 0) return -1
      book.last = value
      index = book.lastEnd = integer(bytes, value, idDigits)
    } else if (letter === letterS) {
      if (hasSymbol) return -1
      hasSymbol = true
      index = literal(bytes, value, symbolText)
    } else {
      index = otherMember(bytes, name)
    }
  } while (index >= 0 && byteAt(bytes, index) === comma)
  const isWhole = hasSymbol && book.bids >= 0 && book.asks >= 0 && book.last >= 0
  return index >= 0 && byteAt(bytes, index) === closing && isWhole ? index + 1 : -1
}

const fullKey = snapshotKey()

/** `{"topic":"orderbook.1000.BTCUSDT","type":"delta","ts":…,"data":{…},"cts":…}` */
export const scanBook: Scan = (at, { stream, symbolText }, _frame, receivedAt, { records, writer }) => {
  const { frameEnd, view } = writer
  if (!readMessage(view, at, frameEnd, symbolText, readBook)) return false
  const { asks, asksEnd, bids, bidsEnd, last, lastEnd } = book
  const { isDelta, time, timeEnd } = message
  const timestamp = valueOf(view, time, timeEnd)
  const value = valueOf(view, last, lastEnd)
  writer.begin(stream)
  // Whatever it is called, the update with the number 1 is a whole book.
  const isSnapshot = !isDelta || value === 1
  if (isSnapshot) writer.put(fullKey)
  writer.copy(last, lastEnd)
  writer.eventTime(time, timeEnd, receivedAt)
  if (isSnapshot) putSnapshot(writer, bids, bidsEnd, asks, asksEnd, last, lastEnd)
  else putDelta(writer, bids, bidsEnd, asks, asksEnd, last, lastEnd, last, lastEnd)
  records.push(writer.end(stream, timestamp, isSnapshot ? noSequence : value, value, noSequence))
  return true
}

/** `{"topic":"orderbook.1.BTCUSDT","type":"snapshot","ts":…,"data":{…},"cts":…}`: the best level of each side. */
export const scanBest: Scan = (at, { stream, symbolText }, _frame, receivedAt, { records, writer }) => {
  const { frameEnd, view } = writer
  if (!readMessage(view, at, frameEnd, symbolText, readBook) || message.isDelta) return false
  if (!isSingle(view, book.bids, book.bidsEnd)) return false
  const { price: bid, priceEnd: bidEnd, quantity: bidSize, quantityEnd: bidSizeEnd } = single
  if (!isSingle(view, book.asks, book.asksEnd)) return false
  const { price: ask, priceEnd: askEnd, quantity: askSize, quantityEnd: askSizeEnd } = single
  const { last, lastEnd } = book
  const { time, timeEnd } = message
  writer.begin(stream)
  writer.copy(last, lastEnd)
  writer.eventTime(time, timeEnd, receivedAt)
  putBbo(writer, bid, bidEnd, bidSize, bidSizeEnd, ask, askEnd, askSize, askSizeEnd, last, lastEnd)
  records.push(writer.end(stream, valueOf(view, time, timeEnd), noSequence, noSequence, noSequence))
  return true
}

/** By the part of a topic before its symbol. */
export const bybitScanners: ReadonlyMap<string, Scan> = new Map([
  ["publicTrade", scanTrades],
  ["orderbook.1", scanBest],
  ["orderbook.1000", scanBook],
])
