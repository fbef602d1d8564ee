import { bytesOf, type RecordWriter } from "../../domain/RecordWriter.ts"
import { putLevels } from "./Levels.ts"

/*
 * The records' `data` by kind, its values copied from a frame: each is given by where it begins and where it ends.
 */

/** The end of a trade's data, or of any object. */
export const objectEnd = bytesOf("}")

/** What stands before an aggregate's id in its key. */
export const aggregateKey = bytesOf("agg:")

const trade = {
  price: bytesOf('{"price":"'),
  quantity: bytesOf('","quantity":"'),
  sold: bytesOf('","side":"sell","tradeId":"'),
  bought: bytesOf('","side":"buy","tradeId":"'),
  time: bytesOf('","tradeTime":'),
  first: bytesOf(',"aggregate":{"first":"'),
  last: bytesOf('","last":"'),
  end: bytesOf('"}}'),
}

/** All but its end, which is `objectEnd` or `putMerged`. `sold`: the taker did. */
export const putTrade = (
  writer: RecordWriter,
  price: number,
  priceEnd: number,
  quantity: number,
  quantityEnd: number,
  sold: boolean,
  id: number,
  idEnd: number,
  time: number,
  timeEnd: number,
): void => {
  writer.put(trade.price)
  writer.copy(price, priceEnd)
  writer.put(trade.quantity)
  writer.copy(quantity, quantityEnd)
  writer.put(sold ? trade.sold : trade.bought)
  writer.copy(id, idEnd)
  writer.put(trade.time)
  writer.copy(time, timeEnd)
}

/** The end of an aggregate: the ids of the first and the last trade that the exchange merged. */
export const putMerged = (
  writer: RecordWriter,
  first: number,
  firstEnd: number,
  last: number,
  lastEnd: number,
): void => {
  writer.put(trade.first)
  writer.copy(first, firstEnd)
  writer.put(trade.last)
  writer.copy(last, lastEnd)
  writer.put(trade.end)
}

const best = {
  bid: bytesOf('{"bid":"'),
  bidQuantity: bytesOf('","bidQuantity":"'),
  ask: bytesOf('","ask":"'),
  askQuantity: bytesOf('","askQuantity":"'),
  sequence: bytesOf('","sequence":"'),
  end: bytesOf('"}'),
}

export const putBbo = (
  writer: RecordWriter,
  bid: number,
  bidEnd: number,
  bidQuantity: number,
  bidQuantityEnd: number,
  ask: number,
  askEnd: number,
  askQuantity: number,
  askQuantityEnd: number,
  sequence: number,
  sequenceEnd: number,
): void => {
  writer.put(best.bid)
  writer.copy(bid, bidEnd)
  writer.put(best.bidQuantity)
  writer.copy(bidQuantity, bidQuantityEnd)
  writer.put(best.ask)
  writer.copy(ask, askEnd)
  writer.put(best.askQuantity)
  writer.copy(askQuantity, askQuantityEnd)
  writer.put(best.sequence)
  writer.copy(sequence, sequenceEnd)
  writer.put(best.end)
}

const delta = {
  bids: bytesOf('{"kind":"delta","bids":'),
  asks: bytesOf(',"asks":'),
  first: bytesOf(',"sequence":{"first":"'),
  last: bytesOf('","last":"'),
  previous: bytesOf('","previous":"'),
  end: bytesOf('"}}'),
}

/** `bidsEnd` and `asksEnd` as `levels` gave them; `previous` where the exchange has one. */
export const putDelta = (
  writer: RecordWriter,
  bids: number,
  bidsEnd: number,
  asks: number,
  asksEnd: number,
  first: number,
  firstEnd: number,
  last: number,
  lastEnd: number,
  previous = -1,
  previousEnd = -1,
): void => {
  writer.put(delta.bids)
  putLevels(writer, bids, bidsEnd)
  writer.put(delta.asks)
  putLevels(writer, asks, asksEnd)
  writer.put(delta.first)
  writer.copy(first, firstEnd)
  writer.put(delta.last)
  writer.copy(last, lastEnd)
  if (previous >= 0) {
    writer.put(delta.previous)
    writer.copy(previous, previousEnd)
  }
  writer.put(delta.end)
}

const snapshot = {
  bids: bytesOf('{"kind":"snapshot","bids":'),
  asks: bytesOf(',"asks":'),
  last: bytesOf(',"sequence":{"last":"'),
  depth: bytesOf('"},"depth":'),
  end: bytesOf('"}}'),
}

/** A book's best levels, or all of it where `depth` is `undefined`; else their number as text. */
export const putSnapshot = (
  writer: RecordWriter,
  bids: number,
  bidsEnd: number,
  asks: number,
  asksEnd: number,
  last: number,
  lastEnd: number,
  depth?: Uint8Array,
): void => {
  writer.put(snapshot.bids)
  putLevels(writer, bids, bidsEnd)
  writer.put(snapshot.asks)
  putLevels(writer, asks, asksEnd)
  writer.put(snapshot.last)
  writer.copy(last, lastEnd)
  if (depth === undefined) return writer.put(snapshot.end)
  writer.put(snapshot.depth)
  writer.put(depth)
  writer.put(objectEnd)
}

/** What stands in a snapshot's key before its sequence. */
export const snapshotKey = (depth = "full"): Uint8Array => bytesOf(`snapshot:${depth}:`)
