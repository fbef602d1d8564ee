import type { Scan } from "../binance/Reader.ts"
import { aggregateRecord, bboRecord, deltaRecord, tradeRecord } from "../binance/Records.ts"
import { decimal, idDigits, integer, levels, literal, timeDigits, valueOf } from "../binance/Scan.ts"
import { isZero } from "./Trades.ts"

/** `"e":"trade","E":…,"T":…,"s":"…","t":…,"p":"…","q":"…","X":"MARKET","m":true}}`; any other `X` is for the guards. */
export const scanTrade: Scan = (text, at, entry, receivedAt, output) => {
  const event = literal(text, at, '"e":"trade","E":')
  if (event < 0) return false
  const eventEnd = integer(text, event, timeDigits)
  const time = literal(text, eventEnd, ',"T":')
  const timeEnd = integer(text, time, timeDigits)
  const id = literal(text, literal(text, literal(text, timeEnd, ',"s":'), entry.symbolText), ',"t":')
  const idEnd = integer(text, id, idDigits)
  const priceAt = literal(text, idEnd, ',"p":"')
  const priceEnd = decimal(text, priceAt)
  const quantityAt = literal(text, priceEnd, '","q":"')
  const quantityEnd = decimal(text, quantityAt)
  const maker = literal(text, quantityEnd, '","X":"MARKET","m":')
  if (maker < 0) return false
  const seller = text.charCodeAt(maker) === 116
  if (literal(text, maker, seller ? "true}}" : "false}}") !== text.length) return false
  const timestamp = valueOf(text, event, eventEnd)
  const price = text.slice(priceAt, priceEnd)
  const quantity = text.slice(quantityAt, quantityEnd)
  if (timestamp === 0 || isZero(price) || isZero(quantity)) return false
  const tradeTime = text.slice(time, timeEnd)
  const tradeId = valueOf(text, id, idEnd)
  output.records.push(
    tradeRecord(entry.stream, receivedAt, timestamp, price, quantity, seller, tradeId, tradeTime),
  )
  return true
}

/** `"e":"aggTrade","E":…,"a":…,"s":"…","p":"…","q":"…","f":…,"l":…,"T":…,"m":true}}` */
export const scanAggregate: Scan = (text, at, entry, receivedAt, output) => {
  const event = literal(text, at, '"e":"aggTrade","E":')
  if (event < 0) return false
  const eventEnd = integer(text, event, timeDigits)
  const id = literal(text, eventEnd, ',"a":')
  const idEnd = integer(text, id, idDigits)
  const price = literal(text, literal(text, literal(text, idEnd, ',"s":'), entry.symbolText), ',"p":"')
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
  if (literal(text, maker, seller ? "true}}" : "false}}") !== text.length) return false
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

/** `"e":"bookTicker","u":…,"s":"…","b":"…","B":"…","a":"…","A":"…","T":…,"E":…}}` */
export const scanBookTicker: Scan = (text, at, entry, receivedAt, output) => {
  const sequence = literal(text, at, '"e":"bookTicker","u":')
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
  const time = literal(text, askQuantityEnd, '","T":')
  const event = literal(text, integer(text, time, timeDigits), ',"E":')
  const eventEnd = integer(text, event, timeDigits)
  if (literal(text, eventEnd, "}}") !== text.length) return false
  const timestamp = valueOf(text, event, eventEnd)
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
      valueOf(text, sequence, sequenceEnd),
    ),
  )
  return true
}

/** `"e":"depthUpdate","E":…,"T":…,"s":"…","U":…,"u":…,"pu":…,"b":[…],"a":[…]}}` */
export const scanDelta: Scan = (text, at, entry, receivedAt, output) => {
  const event = literal(text, at, '"e":"depthUpdate","E":')
  if (event < 0) return false
  const eventEnd = integer(text, event, timeDigits)
  const timeEnd = integer(text, literal(text, eventEnd, ',"T":'), timeDigits)
  const first = literal(text, literal(text, literal(text, timeEnd, ',"s":'), entry.symbolText), ',"U":')
  const firstEnd = integer(text, first, idDigits)
  const last = literal(text, firstEnd, ',"u":')
  const lastEnd = integer(text, last, idDigits)
  const previous = literal(text, lastEnd, ',"pu":')
  const previousEnd = integer(text, previous, idDigits)
  const bidsAt = literal(text, previousEnd, ',"b":')
  const bids = levels(text, bidsAt, true)
  if (bids === "") return false
  const asksAt = literal(text, bidsAt + bids.length, ',"a":')
  const asks = levels(text, asksAt, false)
  if (asks === "" || literal(text, asksAt + asks.length, "}}") !== text.length) return false
  const timestamp = valueOf(text, event, eventEnd)
  const firstValue = valueOf(text, first, firstEnd)
  const lastValue = valueOf(text, last, lastEnd)
  const previousValue = valueOf(text, previous, previousEnd)
  if (timestamp === 0 || firstValue > lastValue) return false
  output.records.push(
    deltaRecord(entry.stream, receivedAt, timestamp, bids, asks, firstValue, lastValue, previousValue),
  )
  return true
}
