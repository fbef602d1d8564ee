import { FixedText } from "../../domain/FixedText.ts"
import type { RecordWriter } from "../../domain/RecordWriter.ts"
import { putLevels } from "./Levels.ts"

/*
 * The records' `data` by kind, its values copied from a frame: each is given by where it begins and where it ends.
 */

/** The end of a trade's data, or of any object. */
export const objectEnd = new FixedText("}")

/** What stands before an aggregate's id in its key. */
export const aggregateKey = new FixedText("agg:")

const trade = {
  price: new FixedText('{"price":"'),
  quantity: new FixedText('","quantity":"'),
  sold: new FixedText('","side":"sell","tradeId":"'),
  bought: new FixedText('","side":"buy","tradeId":"'),
  time: new FixedText('","tradeTime":'),
  first: new FixedText(',"aggregate":{"first":"'),
  last: new FixedText('","last":"'),
  end: new FixedText('"}}'),
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
  bid: new FixedText('{"bid":"'),
  bidQuantity: new FixedText('","bidQuantity":"'),
  ask: new FixedText('","ask":"'),
  askQuantity: new FixedText('","askQuantity":"'),
  sequence: new FixedText('","sequence":"'),
  end: new FixedText('"}'),
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
  bids: new FixedText('{"kind":"delta","bids":'),
  asks: new FixedText(',"asks":'),
  first: new FixedText(',"sequence":{"first":"'),
  last: new FixedText('","last":"'),
  previous: new FixedText('","previous":"'),
  end: new FixedText('"}}'),
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
  bids: new FixedText('{"kind":"snapshot","bids":'),
  asks: new FixedText(',"asks":'),
  last: new FixedText(',"sequence":{"last":"'),
  depth: new FixedText('"},"depth":'),
  end: new FixedText('"}}'),
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
  depth?: FixedText,
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
export const snapshotKey = (depth = "full"): FixedText => new FixedText(`snapshot:${depth}:`)
