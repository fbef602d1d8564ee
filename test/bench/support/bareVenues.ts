/** What a client does that checks nothing: parse, and one object for each thing that a message tells. */

const parse = (frame: Buffer) => JSON.parse(frame as unknown as string)

export const bareBinance = (frame: Buffer): number => {
  const { data } = parse(frame)
  const { s: symbol } = data
  if (data.e === "trade") {
    const side = data.m ? "sell" : "buy"
    const { E: timestamp, p: price, q: quantity, t: id } = data
    return size({ type: "trade", symbol, price, quantity, side, id, timestamp })
  }
  if (data.e === "depthUpdate") {
    const { E: timestamp, U: first, a: asks, b: bids, u: last } = data
    return size({ type: "depth", symbol, first, last, bids, asks, timestamp })
  }
  const { A: askQuantity, B: bidQuantity, a: ask, b: bid, u: sequence } = data
  return size({ type: "bbo", symbol, bid, bidQuantity, ask, askQuantity, sequence })
}

export const bareOkx = (frame: Buffer): number => {
  const { action, arg, data } = parse(frame)
  const { channel, instId: symbol } = arg
  let sum = 0
  for (const item of data) {
    const { ts: timestamp } = item
    if (channel === "trades") {
      const { px: price, side, sz: quantity, tradeId: id } = item
      sum += size({ type: "trade", symbol, price, quantity, side, id, timestamp })
    } else if (channel === "bbo-tbt") {
      const { asks, bids, seqId: sequence } = item
      const [[ask, askQuantity]] = asks
      const [[bid, bidQuantity]] = bids
      sum += size({ type: "bbo", symbol, bid, bidQuantity, ask, askQuantity, sequence })
    } else {
      const { asks, bids, checksum, prevSeqId: previous, seqId: last } = item
      sum += size({ type: "depth", symbol, action, previous, last, bids, asks, checksum, timestamp })
    }
  }
  return sum
}

export const bareBybit = (frame: Buffer): number => {
  const { data, topic, ts: timestamp, type: action } = parse(frame)
  if (topic.startsWith("publicTrade")) {
    let sum = 0
    for (const { S: side, T: time, i: id, p: price, s: symbol, v: quantity } of data)
      sum += size({ type: "trade", symbol, price, quantity, side, id, time, timestamp })
    return sum
  }
  const { a: asks, b: bids, s: symbol, u: last } = data
  if (topic.startsWith("orderbook.1.")) {
    const [[ask, askQuantity]] = asks
    const [[bid, bidQuantity]] = bids
    return size({ type: "bbo", symbol, bid, bidQuantity, ask, askQuantity, sequence: last })
  }
  return size({ type: "depth", symbol, action, last, bids, asks, timestamp })
}

/** So that no object is optimised away. */
const size = <A extends { readonly type: string }>(made: A): number => made.type.length
