import { type Anatomy, millis, needed } from "../Anatomy.ts"

/** Candles and levels begin with what they cannot do without. */
export const okxAnatomy: Anatomy = {
  needed: needed(
    "channel action tradeId px sz side last volCcy24h vol24h markPx idxPx oi fundingRate fundingTime bkPx",
    "\\[\\[",
  ),
  stream: [/"channel":"[^"]*"/, `"channel":"mystery"`],
  symbol: [/"instId":"[^"]*"/g, `"instId":"NOBODY"`],
  checksum: /(?<="checksum":)-?\d+/,
  skewed: millis(/"ts":"(\d+)"/g),
}
