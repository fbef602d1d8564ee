import { type Anatomy, bareNumber, millis, needed } from "../Anatomy.ts"

export const htxAnatomy: Anatomy = {
  needed: needed("ch tradeId amount price direction open close seqNum seqId", "\\[\\[", bareNumber),
  stream: [/"ch":"(market\.\w+)\.[^"]*"/, `"ch":"$1.mystery"`],
  symbol: [/"ch":"market\.\w+/, `"ch":"market.nobody`],
  skewed: millis(/"(?:ts|quoteTime)":(\d+)/g),
}
