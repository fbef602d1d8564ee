/** Plain hand-written clients: what a message means to them, as one object. */

export interface BareRecord {
  readonly type: "trade" | "depth" | "bbo"
  readonly symbol: string
}

const parse = (frame: Buffer) => {
  // What `ws` hands over is bytes, and JSON.parse takes them.
  const { data } = JSON.parse(frame as unknown as string)
  return data
}

/** Nothing is checked. */
export const bareObject = (frame: Buffer): BareRecord => {
  const data = parse(frame)
  if (data.e === "trade") {
    const side = data.m ? "sell" : "buy"
    const { s: symbol, p: price, q: quantity, t: tradeId, T: tradeTime, E: timestamp } = data
    return { type: "trade", symbol, price, quantity, side, tradeId, tradeTime, timestamp } as BareRecord
  }
  const { s: symbol } = data
  if (data.e === "depthUpdate") {
    const { U: first, u: last, b: bids, a: asks, E: timestamp } = data
    return { type: "depth", symbol, first, last, bids, asks, timestamp } as BareRecord
  }
  const { b: bid, B: bidQuantity, a: ask, A: askQuantity, u: sequence } = data
  return { type: "bbo", symbol, bid, bidQuantity, ask, askQuantity, sequence } as BareRecord
}

const isDecimal = (text: unknown): boolean => {
  if (typeof text !== "string") return false
  const { length } = text
  if (length === 0) return false
  let dot = -1
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 48 && code <= 57) continue
    if (code !== 46 || dot >= 0 || index === 0 || index === length - 1) return false
    dot = index
  }
  return true
}

const isInteger = Number.isSafeInteger

const areLevels = (levels: unknown): boolean => {
  if (!Array.isArray(levels)) return false
  for (const level of levels)
    if (!Array.isArray(level) || level.length !== 2 || !isDecimal(level[0]) || !isDecimal(level[1]))
      return false
  return true
}

/** Every field that is used is checked; `undefined` when one is not as it should be. */
export const guardedObject = (frame: Buffer): BareRecord | undefined => {
  const data = parse(frame)
  if (typeof data !== "object" || data === null || typeof data.s !== "string") return undefined
  const { s: symbol } = data
  if (data.e === "trade") {
    const { p: price, q: quantity, t: tradeId, T: tradeTime, E: timestamp, m } = data
    if (!isDecimal(price) || !isDecimal(quantity) || typeof m !== "boolean") return undefined
    if (!isInteger(tradeId) || !isInteger(tradeTime) || !isInteger(timestamp)) return undefined
    const side = m ? "sell" : "buy"
    return { type: "trade", symbol, price, quantity, side, tradeId, tradeTime, timestamp } as BareRecord
  }
  if (data.e === "depthUpdate") {
    const { U: first, u: last, b: bids, a: asks, E: timestamp } = data
    if (!isInteger(first) || !isInteger(last) || !isInteger(timestamp)) return undefined
    if (!areLevels(bids) || !areLevels(asks)) return undefined
    return { type: "depth", symbol, first, last, bids, asks, timestamp } as BareRecord
  }
  const { b: bid, B: bidQuantity, a: ask, A: askQuantity, u: sequence } = data
  if (!isDecimal(bid) || !isDecimal(bidQuantity) || !isDecimal(ask) || !isDecimal(askQuantity))
    return undefined
  if (!isInteger(sequence)) return undefined
  return { type: "bbo", symbol, bid, bidQuantity, ask, askQuantity, sequence } as BareRecord
}
