import type { Scan } from "../binance/Reader.ts"
import { aggregateRecord, bboRecord, deltaRecord, tradeRecord } from "../binance/Records.ts"
import { decimal, idDigits, integer, levels, literal, ownText, timeDigits, valueOf } from "../binance/Scan.ts"
import { isZero } from "./Trades.ts"

/** `"e":"trade","E":…,"T":…,"s":"…","t":…,"p":"…","q":"…","X":"MARKET","m":true}}`; any other `X` is for the guards. */
export const scanTrade: Scan = (bytes, text, at, entry, receivedAt, output) => {
  const event = literal(bytes, at, '"e":"trade","E":')
  if (event < 0) return false
  const eventEnd = integer(bytes, event, timeDigits)
  const time = literal(bytes, eventEnd, ',"T":')
  const timeEnd = integer(bytes, time, timeDigits)
  const id = literal(bytes, literal(bytes, literal(bytes, timeEnd, ',"s":'), entry.symbolText), ',"t":')
  const idEnd = integer(bytes, id, idDigits)
  const priceAt = literal(bytes, idEnd, ',"p":"')
  const priceEnd = decimal(bytes, priceAt)
  const quantityAt = literal(bytes, priceEnd, '","q":"')
  const quantityEnd = decimal(bytes, quantityAt)
  const maker = literal(bytes, quantityEnd, '","X":"MARKET","m":')
  if (maker < 0) return false
  const seller = bytes[maker] === 116
  if (literal(bytes, maker, seller ? "true}}" : "false}}") !== bytes.length) return false
  const timestamp = valueOf(bytes, event, eventEnd)
  const price = text.slice(priceAt, priceEnd)
  const quantity = text.slice(quantityAt, quantityEnd)
  if (timestamp === 0 || isZero(price) || isZero(quantity)) return false
  const tradeTime = text.slice(time, timeEnd)
  const tradeId = ownText(text, id, idEnd)
  const idValue = valueOf(bytes, id, idEnd)
  output.records.push(
    tradeRecord(entry.stream, receivedAt, timestamp, price, quantity, seller, tradeId, idValue, tradeTime),
  )
  return true
}

/** `"e":"aggTrade","E":…,"a":…,"s":"…","p":"…","q":"…","f":…,"l":…,"T":…,"m":true}}` */
export const scanAggregate: Scan = (bytes, text, at, entry, receivedAt, output) => {
  const event = literal(bytes, at, '"e":"aggTrade","E":')
  if (event < 0) return false
  const eventEnd = integer(bytes, event, timeDigits)
  const id = literal(bytes, eventEnd, ',"a":')
  const idEnd = integer(bytes, id, idDigits)
  const price = literal(bytes, literal(bytes, literal(bytes, idEnd, ',"s":'), entry.symbolText), ',"p":"')
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
  if (literal(bytes, maker, seller ? "true}}" : "false}}") !== bytes.length) return false
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

/** `"e":"bookTicker","u":…,"s":"…","b":"…","B":"…","a":"…","A":"…","T":…,"E":…}}` */
export const scanBookTicker: Scan = (bytes, text, at, entry, receivedAt, output) => {
  const sequence = literal(bytes, at, '"e":"bookTicker","u":')
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
  const time = literal(bytes, askQuantityEnd, '","T":')
  const event = literal(bytes, integer(bytes, time, timeDigits), ',"E":')
  const eventEnd = integer(bytes, event, timeDigits)
  if (literal(bytes, eventEnd, "}}") !== bytes.length) return false
  const timestamp = valueOf(bytes, event, eventEnd)
  if (timestamp === 0) return false
  output.records.push(
    bboRecord(
      entry.stream,
      receivedAt,
      timestamp,
      text.slice(bid, bidEnd),
      text.slice(bidQuantity, bidQuantityEnd),
      text.slice(ask, askEnd),
      text.slice(askQuantity, askQuantityEnd),
      ownText(text, sequence, sequenceEnd),
    ),
  )
  return true
}

/** `"e":"depthUpdate","E":…,"T":…,"s":"…","U":…,"u":…,"pu":…,"b":[…],"a":[…]}}` */
export const scanDelta: Scan = (bytes, text, at, entry, receivedAt, output) => {
  const event = literal(bytes, at, '"e":"depthUpdate","E":')
  if (event < 0) return false
  const eventEnd = integer(bytes, event, timeDigits)
  const timeEnd = integer(bytes, literal(bytes, eventEnd, ',"T":'), timeDigits)
  const first = literal(bytes, literal(bytes, literal(bytes, timeEnd, ',"s":'), entry.symbolText), ',"U":')
  const firstEnd = integer(bytes, first, idDigits)
  const last = literal(bytes, firstEnd, ',"u":')
  const lastEnd = integer(bytes, last, idDigits)
  const previous = literal(bytes, lastEnd, ',"pu":')
  const previousEnd = integer(bytes, previous, idDigits)
  const bidsAt = literal(bytes, previousEnd, ',"b":')
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
      text.slice(previous, previousEnd),
      valueOf(bytes, previous, previousEnd),
    ),
  )
  return true
}
