import { noSequence } from "../../domain/Decoded.ts"
import type { Scan } from "./Reader.ts"
import { aggregateRecord, bboRecord, deltaRecord, tradeRecord } from "./Records.ts"
import { decimal, idDigits, integer, levels, literal, timeDigits, valueOf } from "./Scan.ts"

/** `"e":"trade","E":…,"s":"…","t":…,"p":"…","q":"…","T":…,"m":true,"M":true}}` */
export const scanTrade: Scan = (text, at, entry, receivedAt, output) => {
  const event = literal(text, at, '"e":"trade","E":')
  if (event < 0) return false
  const eventEnd = integer(text, event, timeDigits)
  const id = literal(text, literal(text, literal(text, eventEnd, ',"s":'), entry.symbolText), ',"t":')
  const idEnd = integer(text, id, idDigits)
  const price = literal(text, idEnd, ',"p":"')
  const priceEnd = decimal(text, price)
  const quantity = literal(text, priceEnd, '","q":"')
  const quantityEnd = decimal(text, quantity)
  const time = literal(text, quantityEnd, '","T":')
  const timeEnd = integer(text, time, timeDigits)
  const maker = literal(text, timeEnd, ',"m":')
  if (maker < 0) return false
  const seller = text.charCodeAt(maker) === 116
  const end = literal(text, maker, seller ? 'true,"M":' : 'false,"M":')
  if (end < 0) return false
  const tail = text.charCodeAt(end) === 116 ? "true}}" : "false}}"
  if (literal(text, end, tail) !== text.length) return false
  const timestamp = valueOf(text, event, eventEnd)
  if (timestamp === 0) return false
  output.records.push(
    tradeRecord(
      entry.stream,
      receivedAt,
      timestamp,
      text.slice(price, priceEnd),
      text.slice(quantity, quantityEnd),
      seller,
      valueOf(text, id, idEnd),
      text.slice(time, timeEnd),
    ),
  )
  return true
}

/** `"e":"aggTrade","E":…,"s":"…","a":…,"p":"…","q":"…","f":…,"l":…,"T":…,"m":true,"M":true}}` */
export const scanAggregate: Scan = (text, at, entry, receivedAt, output) => {
  const event = literal(text, at, '"e":"aggTrade","E":')
  if (event < 0) return false
  const eventEnd = integer(text, event, timeDigits)
  const id = literal(text, literal(text, literal(text, eventEnd, ',"s":'), entry.symbolText), ',"a":')
  const idEnd = integer(text, id, idDigits)
  const price = literal(text, idEnd, ',"p":"')
  const priceEnd = decimal(text, price)
  const quantity = literal(text, priceEnd, '","q":"')
  const quantityEnd = decimal(text, quantity)
  const first = literal(text, quantityEnd, '","f":')
  const firstEnd = integer(text, first, idDigits)
  const last = literal(text, firstEnd, ',"l":')
  const lastEnd = integer(text, last, idDigits)
  const time = literal(text, lastEnd, ',"T":')
  const timeEnd = integer(text, time, timeDigits)
  const maker = literal(text, timeEnd, ',"m":')
  if (maker < 0) return false
  const seller = text.charCodeAt(maker) === 116
  const end = literal(text, maker, seller ? 'true,"M":' : 'false,"M":')
  if (end < 0) return false
  const tail = text.charCodeAt(end) === 116 ? "true}}" : "false}}"
  if (literal(text, end, tail) !== text.length) return false
  const timestamp = valueOf(text, event, eventEnd)
  if (timestamp === 0) return false
  output.records.push(
    aggregateRecord(
      entry.stream,
      receivedAt,
      timestamp,
      text.slice(price, priceEnd),
      text.slice(quantity, quantityEnd),
      seller,
      valueOf(text, id, idEnd),
      text.slice(time, timeEnd),
      text.slice(first, firstEnd),
      text.slice(last, lastEnd),
    ),
  )
  return true
}

/** `"u":…,"s":"…","b":"…","B":"…","a":"…","A":"…"}}` */
export const scanBookTicker: Scan = (text, at, entry, receivedAt, output) => {
  const sequence = literal(text, at, '"u":')
  if (sequence < 0) return false
  const sequenceEnd = integer(text, sequence, idDigits)
  const bid = literal(text, literal(text, literal(text, sequenceEnd, ',"s":'), entry.symbolText), ',"b":"')
  const bidEnd = decimal(text, bid)
  const bidQuantity = literal(text, bidEnd, '","B":"')
  const bidQuantityEnd = decimal(text, bidQuantity)
  const ask = literal(text, bidQuantityEnd, '","a":"')
  const askEnd = decimal(text, ask)
  const askQuantity = literal(text, askEnd, '","A":"')
  const askQuantityEnd = decimal(text, askQuantity)
  if (literal(text, askQuantityEnd, '"}}') !== text.length) return false
  output.records.push(
    bboRecord(
      entry.stream,
      receivedAt,
      0,
      text.slice(bid, bidEnd),
      text.slice(bidQuantity, bidQuantityEnd),
      text.slice(ask, askEnd),
      text.slice(askQuantity, askQuantityEnd),
      valueOf(text, sequence, sequenceEnd),
    ),
  )
  return true
}

/** `"e":"depthUpdate","E":…,"s":"…","U":…,"u":…,"b":[…],"a":[…]}}` */
export const scanDelta: Scan = (text, at, entry, receivedAt, output) => {
  const event = literal(text, at, '"e":"depthUpdate","E":')
  if (event < 0) return false
  const eventEnd = integer(text, event, timeDigits)
  const first = literal(text, literal(text, literal(text, eventEnd, ',"s":'), entry.symbolText), ',"U":')
  const firstEnd = integer(text, first, idDigits)
  const last = literal(text, firstEnd, ',"u":')
  const lastEnd = integer(text, last, idDigits)
  const bidsAt = literal(text, lastEnd, ',"b":')
  const bids = levels(text, bidsAt, true)
  if (bids === "") return false
  const asksAt = literal(text, bidsAt + bids.length, ',"a":')
  const asks = levels(text, asksAt, false)
  if (asks === "" || literal(text, asksAt + asks.length, "}}") !== text.length) return false
  const timestamp = valueOf(text, event, eventEnd)
  const firstValue = valueOf(text, first, firstEnd)
  const lastValue = valueOf(text, last, lastEnd)
  if (timestamp === 0 || firstValue > lastValue) return false
  output.records.push(
    deltaRecord(entry.stream, receivedAt, timestamp, bids, asks, firstValue, lastValue, noSequence),
  )
  return true
}
