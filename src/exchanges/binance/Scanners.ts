import { noSequence } from "../../domain/Decoded.ts"
import type { Scan } from "./Reader.ts"
import { aggregateRecord, bboRecord, deltaRecord, tradeRecord } from "./Records.ts"
import { decimal, idDigits, integer, levels, literal, ownText, timeDigits, valueOf } from "./Scan.ts"

/** `"e":"trade","E":…,"s":"…","t":…,"p":"…","q":"…","T":…,"m":true,"M":true}}` */
export const scanTrade: Scan = (bytes, text, at, entry, receivedAt, output) => {
  const event = literal(bytes, at, '"e":"trade","E":')
  if (event < 0) return false
  const eventEnd = integer(bytes, event, timeDigits)
  const id = literal(bytes, literal(bytes, literal(bytes, eventEnd, ',"s":'), entry.symbolText), ',"t":')
  const idEnd = integer(bytes, id, idDigits)
  const price = literal(bytes, idEnd, ',"p":"')
  const priceEnd = decimal(bytes, price)
  const quantity = literal(bytes, priceEnd, '","q":"')
  const quantityEnd = decimal(bytes, quantity)
  const time = literal(bytes, quantityEnd, '","T":')
  const timeEnd = integer(bytes, time, timeDigits)
  const maker = literal(bytes, timeEnd, ',"m":')
  if (maker < 0) return false
  const seller = bytes[maker] === 116
  const end = literal(bytes, maker, seller ? 'true,"M":' : 'false,"M":')
  if (end < 0) return false
  const tail = bytes[end] === 116 ? "true}}" : "false}}"
  if (literal(bytes, end, tail) !== bytes.length) return false
  const timestamp = valueOf(bytes, event, eventEnd)
  if (timestamp === 0) return false
  output.records.push(
    tradeRecord(
      entry.stream,
      receivedAt,
      timestamp,
      text.slice(price, priceEnd),
      text.slice(quantity, quantityEnd),
      seller,
      ownText(text, id, idEnd),
      valueOf(bytes, id, idEnd),
      text.slice(time, timeEnd),
    ),
  )
  return true
}

/** `"e":"aggTrade","E":…,"s":"…","a":…,"p":"…","q":"…","f":…,"l":…,"T":…,"m":true,"M":true}}` */
export const scanAggregate: Scan = (bytes, text, at, entry, receivedAt, output) => {
  const event = literal(bytes, at, '"e":"aggTrade","E":')
  if (event < 0) return false
  const eventEnd = integer(bytes, event, timeDigits)
  const id = literal(bytes, literal(bytes, literal(bytes, eventEnd, ',"s":'), entry.symbolText), ',"a":')
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
  if (maker < 0) return false
  const seller = bytes[maker] === 116
  const end = literal(bytes, maker, seller ? 'true,"M":' : 'false,"M":')
  if (end < 0) return false
  const tail = bytes[end] === 116 ? "true}}" : "false}}"
  if (literal(bytes, end, tail) !== bytes.length) return false
  const timestamp = valueOf(bytes, event, eventEnd)
  if (timestamp === 0) return false
  output.records.push(
    aggregateRecord(
      entry.stream,
      receivedAt,
      timestamp,
      text.slice(price, priceEnd),
      text.slice(quantity, quantityEnd),
      seller,
      ownText(text, id, idEnd),
      valueOf(bytes, id, idEnd),
      text.slice(time, timeEnd),
      text.slice(first, firstEnd),
      text.slice(last, lastEnd),
    ),
  )
  return true
}

/** `"u":…,"s":"…","b":"…","B":"…","a":"…","A":"…"}}` */
export const scanBookTicker: Scan = (bytes, text, at, entry, receivedAt, output) => {
  const sequence = literal(bytes, at, '"u":')
  if (sequence < 0) return false
  const sequenceEnd = integer(bytes, sequence, idDigits)
  const bid = literal(bytes, literal(bytes, literal(bytes, sequenceEnd, ',"s":'), entry.symbolText), ',"b":"')
  const bidEnd = decimal(bytes, bid)
  const bidQuantity = literal(bytes, bidEnd, '","B":"')
  const bidQuantityEnd = decimal(bytes, bidQuantity)
  const ask = literal(bytes, bidQuantityEnd, '","a":"')
  const askEnd = decimal(bytes, ask)
  const askQuantity = literal(bytes, askEnd, '","A":"')
  const askQuantityEnd = decimal(bytes, askQuantity)
  if (literal(bytes, askQuantityEnd, '"}}') !== bytes.length) return false
  output.records.push(
    bboRecord(
      entry.stream,
      receivedAt,
      0,
      text.slice(bid, bidEnd),
      text.slice(bidQuantity, bidQuantityEnd),
      text.slice(ask, askEnd),
      text.slice(askQuantity, askQuantityEnd),
      ownText(text, sequence, sequenceEnd),
    ),
  )
  return true
}

/** `"e":"depthUpdate","E":…,"s":"…","U":…,"u":…,"b":[…],"a":[…]}}` */
export const scanDelta: Scan = (bytes, text, at, entry, receivedAt, output) => {
  const event = literal(bytes, at, '"e":"depthUpdate","E":')
  if (event < 0) return false
  const eventEnd = integer(bytes, event, timeDigits)
  const first = literal(bytes, literal(bytes, literal(bytes, eventEnd, ',"s":'), entry.symbolText), ',"U":')
  const firstEnd = integer(bytes, first, idDigits)
  const last = literal(bytes, firstEnd, ',"u":')
  const lastEnd = integer(bytes, last, idDigits)
  const bidsAt = literal(bytes, lastEnd, ',"b":')
  const bids = levels(bytes, text, bidsAt, true)
  if (bids === "") return false
  const asksAt = literal(bytes, bidsAt + bids.length, ',"a":')
  const asks = levels(bytes, text, asksAt, false)
  if (asks === "" || literal(bytes, asksAt + asks.length, "}}") !== bytes.length) return false
  const timestamp = valueOf(bytes, event, eventEnd)
  const firstValue = valueOf(bytes, first, firstEnd)
  const lastValue = valueOf(bytes, last, lastEnd)
  if (timestamp === 0 || firstValue > lastValue) return false
  output.records.push(
    deltaRecord(
      entry.stream,
      receivedAt,
      timestamp,
      bids,
      asks,
      text.slice(first, firstEnd),
      firstValue,
      ownText(text, last, lastEnd),
      lastValue,
      "",
      noSequence,
    ),
  )
  return true
}
