import { noSequence } from "../../domain/Decoded.ts"
import { afterSymbol, afterText, afterValue, messageStart } from "./Literals.ts"
import { behind, levels } from "../scan/Levels.ts"
import { aggregateKey, objectEnd, putBbo, putDelta, putMerged, putTrade } from "../scan/Shapes.ts"
import { decimal, flag, idDigits, integer, isTrue, literal, timeDigits, valueOf } from "../scan/Steps.ts"
import type { Scan } from "./Reader.ts"

/** `"e":"trade","E":…,"s":"…","t":…,"p":"…","q":"…","T":…,"m":true,"M":true}}` */
export const scanTrade: Scan = (at, { stream, symbolField }, receivedAt, { writer, records }) => {
  const { view } = writer
  const event = literal(view, at, messageStart.trade)
  const eventEnd = integer(view, event, timeDigits)
  const id = literal(view, literal(view, eventEnd, symbolField), afterSymbol.t)
  const idEnd = integer(view, id, idDigits)
  const price = literal(view, idEnd, afterValue.p)
  const priceEnd = decimal(view, price)
  const quantity = literal(view, priceEnd, afterText.q)
  const quantityEnd = decimal(view, quantity)
  const time = literal(view, quantityEnd, afterText.T)
  const timeEnd = integer(view, time, timeDigits)
  const maker = literal(view, timeEnd, afterValue.m)
  const ignored = literal(view, flag(view, maker), afterValue.M)
  if (literal(view, flag(view, ignored), afterValue.end) !== writer.frameEnd) return false
  const timestamp = valueOf(view, event, eventEnd)
  if (timestamp === 0) return false
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

/** `"e":"aggTrade","E":…,"s":"…","a":…,"p":"…","q":"…","f":…,"l":…,"T":…,"m":true,"M":true}}` */
export const scanAggregate: Scan = (at, { stream, symbolField }, receivedAt, { writer, records }) => {
  const { view } = writer
  const event = literal(view, at, messageStart.aggregate)
  const eventEnd = integer(view, event, timeDigits)
  const id = literal(view, literal(view, eventEnd, symbolField), afterSymbol.a)
  const idEnd = integer(view, id, idDigits)
  const price = literal(view, idEnd, afterValue.p)
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
  const ignored = literal(view, flag(view, maker), afterValue.M)
  if (literal(view, flag(view, ignored), afterValue.end) !== writer.frameEnd) return false
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

/** `"u":…,"s":"…","b":"…","B":"…","a":"…","A":"…"}}` */
export const scanBookTicker: Scan = (at, { stream, symbolField }, receivedAt, { writer, records }) => {
  const { view } = writer
  const id = literal(view, at, messageStart.spotBest)
  const idEnd = integer(view, id, idDigits)
  const bid = literal(view, literal(view, idEnd, symbolField), afterSymbol.b)
  const bidEnd = decimal(view, bid)
  const bidSize = literal(view, bidEnd, afterText.B)
  const bidSizeEnd = decimal(view, bidSize)
  const ask = literal(view, bidSizeEnd, afterText.a)
  const askEnd = decimal(view, ask)
  const askSize = literal(view, askEnd, afterText.A)
  const askSizeEnd = decimal(view, askSize)
  if (literal(view, askSizeEnd, afterText.end) !== writer.frameEnd) return false
  writer.begin(stream)
  writer.copy(id, idEnd)
  writer.noEventTime(receivedAt)
  putBbo(writer, bid, bidEnd, bidSize, bidSizeEnd, ask, askEnd, askSize, askSizeEnd, id, idEnd)
  records.push(writer.end(stream, 0, noSequence, valueOf(view, id, idEnd), noSequence))
  return true
}

/** `"e":"depthUpdate","E":…,"s":"…","U":…,"u":…,"b":[…],"a":[…]}}` */
export const scanDelta: Scan = (at, { stream, symbolField }, receivedAt, { writer, records }) => {
  const { view } = writer
  const event = literal(view, at, messageStart.depth)
  const eventEnd = integer(view, event, timeDigits)
  const first = literal(view, literal(view, eventEnd, symbolField), afterSymbol.U)
  const firstEnd = integer(view, first, idDigits)
  const last = literal(view, firstEnd, afterValue.u)
  const lastEnd = integer(view, last, idDigits)
  const bids = literal(view, lastEnd, afterValue.b)
  const bidsEnd = levels(view, bids, true)
  const asks = literal(view, behind(bidsEnd), afterValue.a)
  const asksEnd = levels(view, asks, false)
  if (literal(view, behind(asksEnd), afterValue.end) !== writer.frameEnd) return false
  const timestamp = valueOf(view, event, eventEnd)
  const firstValue = valueOf(view, first, firstEnd)
  const lastValue = valueOf(view, last, lastEnd)
  if (timestamp === 0 || firstValue > lastValue) return false
  writer.begin(stream)
  writer.copy(last, lastEnd)
  writer.eventTime(event, eventEnd, receivedAt)
  putDelta(writer, bids, bidsEnd, asks, asksEnd, first, firstEnd, last, lastEnd)
  records.push(writer.end(stream, timestamp, firstValue, lastValue, noSequence))
  return true
}
