import { noSequence } from "../../domain/Decoded.ts"
import type { Scan } from "../binance/Reader.ts"
import { afterSymbol, afterText, afterValue, messageStart } from "../binance/Literals.ts"
import { behind, levels } from "../scan/Levels.ts"
import { aggregateKey, objectEnd, putBbo, putDelta, putMerged, putTrade } from "../scan/Shapes.ts"
import { wordId } from "../scan/Members.ts"
import {
  decimal,
  flag,
  idDigits,
  integer,
  isTrue,
  isZero,
  literal,
  timeDigits,
  valueOf,
} from "../scan/Steps.ts"

/** `"e":"trade","E":…,"T":…,"s":"…","t":…,"p":"…","q":"…","X":"MARKET","m":true}}`; any other `X` is for the guards. */
export const scanTrade: Scan = (at, { stream, symbolField }, receivedAt, { writer, records }) => {
  const { view } = writer
  const event = literal(view, at, messageStart.trade)
  const eventEnd = integer(view, event, timeDigits)
  const time = literal(view, eventEnd, afterValue.T)
  const timeEnd = integer(view, time, timeDigits)
  const id = literal(view, literal(view, timeEnd, symbolField), afterSymbol.t)
  const idEnd = integer(view, id, idDigits)
  const price = literal(view, idEnd, afterValue.p)
  const priceEnd = decimal(view, price)
  const quantity = literal(view, priceEnd, afterText.q)
  const quantityEnd = decimal(view, quantity)
  const maker = literal(view, quantityEnd, afterText.marketMaker)
  if (literal(view, flag(view, maker), afterValue.end) !== writer.frameEnd) return false
  const timestamp = valueOf(view, event, eventEnd)
  if (timestamp === 0 || isZero(view, price, priceEnd) || isZero(view, quantity, quantityEnd)) return false
  const value = valueOf(view, id, idEnd)
  const sold = isTrue(view, maker)
  writer.begin(stream)
  writer.copy(id, idEnd)
  writer.eventTime(event, eventEnd, receivedAt)
  putTrade(writer, price, priceEnd, quantity, quantityEnd, sold, id, idEnd, time, timeEnd)
  writer.put(objectEnd)
  records.push(writer.end(stream, timestamp, value, value, noSequence))
  return true
}

/** `"e":"aggTrade","E":…,"a":…,"s":"…","p":"…","q":"…","f":…,"l":…,"T":…,"m":true}}` */
export const scanAggregate: Scan = (at, { stream, symbolField }, receivedAt, { writer, records }) => {
  const { view } = writer
  const event = literal(view, at, messageStart.aggregate)
  const eventEnd = integer(view, event, timeDigits)
  const id = literal(view, eventEnd, afterValue.a)
  const idEnd = integer(view, id, idDigits)
  const price = literal(view, literal(view, idEnd, symbolField), afterSymbol.p)
  const priceEnd = decimal(view, price)
  const quantity = literal(view, priceEnd, afterText.q)
  const quantityEnd = decimal(view, quantity)
  const first = literal(view, quantityEnd, afterText.f)
  const firstEnd = integer(view, first, idDigits)
  const last = literal(view, firstEnd, afterValue.l)
  const lastEnd = integer(view, last, idDigits)
  const time = literal(view, lastEnd, afterValue.T)
  const timeEnd = integer(view, time, timeDigits)
  const maker = literal(view, timeEnd, afterValue.m)
  if (literal(view, flag(view, maker), afterValue.end) !== writer.frameEnd) return false
  const timestamp = valueOf(view, event, eventEnd)
  if (timestamp === 0) return false
  const value = valueOf(view, id, idEnd)
  const sold = isTrue(view, maker)
  writer.begin(stream)
  writer.put(aggregateKey)
  writer.copy(id, idEnd)
  writer.eventTime(event, eventEnd, receivedAt)
  putTrade(writer, price, priceEnd, quantity, quantityEnd, sold, id, idEnd, time, timeEnd)
  putMerged(writer, first, firstEnd, last, lastEnd)
  records.push(writer.end(stream, timestamp, value, value, noSequence))
  return true
}

/** `"e":"bookTicker","u":…,"s":"…","b":"…","B":"…","a":"…","A":"…","T":…,"E":…}}` */
export const scanBookTicker: Scan = (at, { stream, symbolField }, receivedAt, { writer, records }) => {
  const { view } = writer
  const id = literal(view, at, messageStart.best)
  const idEnd = integer(view, id, idDigits)
  const bid = literal(view, literal(view, idEnd, symbolField), afterSymbol.b)
  const bidEnd = decimal(view, bid)
  const bidSize = literal(view, bidEnd, afterText.B)
  const bidSizeEnd = decimal(view, bidSize)
  const ask = literal(view, bidSizeEnd, afterText.a)
  const askEnd = decimal(view, ask)
  const askSize = literal(view, askEnd, afterText.A)
  const askSizeEnd = decimal(view, askSize)
  const time = literal(view, askSizeEnd, afterText.T)
  const event = literal(view, integer(view, time, timeDigits), afterValue.E)
  const eventEnd = integer(view, event, timeDigits)
  if (literal(view, eventEnd, afterValue.end) !== writer.frameEnd) return false
  const timestamp = valueOf(view, event, eventEnd)
  if (timestamp === 0) return false
  writer.begin(stream)
  writer.copy(id, idEnd)
  writer.eventTime(event, eventEnd, receivedAt)
  putBbo(writer, bid, bidEnd, bidSize, bidSizeEnd, ask, askEnd, askSize, askSizeEnd, id, idEnd)
  records.push(writer.end(stream, timestamp, noSequence, valueOf(view, id, idEnd), noSequence))
  return true
}

/** Behind `"ps":"BTCUSD",`, or here where it does not follow. */
const behindPair = (view: DataView, at: number): number => {
  const pair = literal(view, at, afterSymbol.ps)
  return pair < 0 ? at : literal(view, wordId(view, pair, 64), afterText.next)
}

/** `"e":"depthUpdate","E":…,"T":…,"s":"…","ps":"…","U":…,"u":…,"pu":…,"b":[…],"a":[…]}}`; the pair in COIN-M alone. */
export const scanDelta: Scan = (at, { stream, symbolField }, receivedAt, { writer, records }) => {
  const { view } = writer
  const event = literal(view, at, messageStart.depth)
  const eventEnd = integer(view, event, timeDigits)
  const timeEnd = integer(view, literal(view, eventEnd, afterValue.T), timeDigits)
  const first = literal(view, behindPair(view, literal(view, timeEnd, symbolField)), afterSymbol.U)
  const firstEnd = integer(view, first, idDigits)
  const last = literal(view, firstEnd, afterValue.u)
  const lastEnd = integer(view, last, idDigits)
  const previous = literal(view, lastEnd, afterValue.pu)
  const previousEnd = integer(view, previous, idDigits)
  const bids = literal(view, previousEnd, afterValue.b)
  const bidsEnd = levels(view, bids, true)
  const asks = literal(view, behind(bidsEnd), afterValue.a)
  const asksEnd = levels(view, asks, false)
  if (literal(view, behind(asksEnd), afterValue.end) !== writer.frameEnd) return false
  const timestamp = valueOf(view, event, eventEnd)
  const firstValue = valueOf(view, first, firstEnd)
  const lastValue = valueOf(view, last, lastEnd)
  if (timestamp === 0 || firstValue > lastValue) return false
  const previousValue = valueOf(view, previous, previousEnd)
  writer.begin(stream)
  writer.copy(last, lastEnd)
  writer.eventTime(event, eventEnd, receivedAt)
  putDelta(writer, bids, bidsEnd, asks, asksEnd, first, firstEnd, last, lastEnd, previous, previousEnd)
  records.push(writer.end(stream, timestamp, firstValue, lastValue, previousValue))
  return true
}
