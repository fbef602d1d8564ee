import { noSequence } from "../../domain/Decoded.ts"
import { behind, levels } from "../scan/Levels.ts"
import { aggregateKey, objectEnd, putBbo, putDelta, putMerged, putTrade } from "../scan/Shapes.ts"
import { decimal, flag, idDigits, integer, isTrue, literal, timeDigits, valueOf } from "../scan/Steps.ts"
import type { Scan } from "./Reader.ts"

/** `"e":"trade","E":…,"s":"…","t":…,"p":"…","q":"…","T":…,"m":true,"M":true}}` */
export const scanTrade: Scan = (at, { stream, symbolText }, receivedAt, { writer, records }) => {
  const { bytes } = writer
  const event = literal(bytes, at, '"e":"trade","E":')
  const eventEnd = integer(bytes, event, timeDigits)
  const id = literal(bytes, literal(bytes, literal(bytes, eventEnd, ',"s":'), symbolText), ',"t":')
  const idEnd = integer(bytes, id, idDigits)
  const price = literal(bytes, idEnd, ',"p":"')
  const priceEnd = decimal(bytes, price)
  const quantity = literal(bytes, priceEnd, '","q":"')
  const quantityEnd = decimal(bytes, quantity)
  const time = literal(bytes, quantityEnd, '","T":')
  const timeEnd = integer(bytes, time, timeDigits)
  const maker = literal(bytes, timeEnd, ',"m":')
  const ignored = literal(bytes, flag(bytes, maker), ',"M":')
  if (literal(bytes, flag(bytes, ignored), "}}") !== writer.frameEnd) return false
  const timestamp = valueOf(bytes, event, eventEnd)
  if (timestamp === 0) return false
  const value = valueOf(bytes, id, idEnd)
  const sold = isTrue(bytes, maker)
  writer.begin(stream)
  writer.copy(id, idEnd)
  writer.eventTime(event, eventEnd, receivedAt)
  putTrade(writer, price, priceEnd, quantity, quantityEnd, sold, id, idEnd, time, timeEnd)
  writer.put(objectEnd)
  records.push(writer.end(stream, timestamp, value, value, noSequence))
  return true
}

/** `"e":"aggTrade","E":…,"s":"…","a":…,"p":"…","q":"…","f":…,"l":…,"T":…,"m":true,"M":true}}` */
export const scanAggregate: Scan = (at, { stream, symbolText }, receivedAt, { writer, records }) => {
  const { bytes } = writer
  const event = literal(bytes, at, '"e":"aggTrade","E":')
  const eventEnd = integer(bytes, event, timeDigits)
  const id = literal(bytes, literal(bytes, literal(bytes, eventEnd, ',"s":'), symbolText), ',"a":')
  const idEnd = integer(bytes, id, idDigits)
  const price = literal(bytes, idEnd, ',"p":"')
  const priceEnd = decimal(bytes, price)
  const quantity = literal(bytes, priceEnd, '","q":"')
  const quantityEnd = decimal(bytes, quantity)
  const first = literal(bytes, quantityEnd, '","f":')
  const firstEnd = integer(bytes, first, idDigits)
  const last = literal(bytes, firstEnd, ',"l":')
  const lastEnd = integer(bytes, last, idDigits)
  const time = literal(bytes, lastEnd, ',"T":')
  const timeEnd = integer(bytes, time, timeDigits)
  const maker = literal(bytes, timeEnd, ',"m":')
  const ignored = literal(bytes, flag(bytes, maker), ',"M":')
  if (literal(bytes, flag(bytes, ignored), "}}") !== writer.frameEnd) return false
  const timestamp = valueOf(bytes, event, eventEnd)
  if (timestamp === 0) return false
  const value = valueOf(bytes, id, idEnd)
  const sold = isTrue(bytes, maker)
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
export const scanBookTicker: Scan = (at, { stream, symbolText }, receivedAt, { writer, records }) => {
  const { bytes } = writer
  const id = literal(bytes, at, '"u":')
  const idEnd = integer(bytes, id, idDigits)
  const bid = literal(bytes, literal(bytes, literal(bytes, idEnd, ',"s":'), symbolText), ',"b":"')
  const bidEnd = decimal(bytes, bid)
  const bidSize = literal(bytes, bidEnd, '","B":"')
  const bidSizeEnd = decimal(bytes, bidSize)
  const ask = literal(bytes, bidSizeEnd, '","a":"')
  const askEnd = decimal(bytes, ask)
  const askSize = literal(bytes, askEnd, '","A":"')
  const askSizeEnd = decimal(bytes, askSize)
  if (literal(bytes, askSizeEnd, '"}}') !== writer.frameEnd) return false
  writer.begin(stream)
  writer.copy(id, idEnd)
  writer.noEventTime(receivedAt)
  putBbo(writer, bid, bidEnd, bidSize, bidSizeEnd, ask, askEnd, askSize, askSizeEnd, id, idEnd)
  records.push(writer.end(stream, 0, noSequence, valueOf(bytes, id, idEnd), noSequence))
  return true
}

/** `"e":"depthUpdate","E":…,"s":"…","U":…,"u":…,"b":[…],"a":[…]}}` */
export const scanDelta: Scan = (at, { stream, symbolText }, receivedAt, { writer, records }) => {
  const { bytes } = writer
  const event = literal(bytes, at, '"e":"depthUpdate","E":')
  const eventEnd = integer(bytes, event, timeDigits)
  const first = literal(bytes, literal(bytes, literal(bytes, eventEnd, ',"s":'), symbolText), ',"U":')
  const firstEnd = integer(bytes, first, idDigits)
  const last = literal(bytes, firstEnd, ',"u":')
  const lastEnd = integer(bytes, last, idDigits)
  const bids = literal(bytes, lastEnd, ',"b":')
  const bidsEnd = levels(bytes, bids, true)
  const asks = literal(bytes, behind(bidsEnd), ',"a":')
  const asksEnd = levels(bytes, asks, false)
  if (literal(bytes, behind(asksEnd), "}}") !== writer.frameEnd) return false
  const timestamp = valueOf(bytes, event, eventEnd)
  const firstValue = valueOf(bytes, first, firstEnd)
  const lastValue = valueOf(bytes, last, lastEnd)
  if (timestamp === 0 || firstValue > lastValue) return false
  writer.begin(stream)
  writer.copy(last, lastEnd)
  writer.eventTime(event, eventEnd, receivedAt)
  putDelta(writer, bids, bidsEnd, asks, asksEnd, first, firstEnd, last, lastEnd)
  records.push(writer.end(stream, timestamp, firstValue, lastValue, noSequence))
  return true
}
