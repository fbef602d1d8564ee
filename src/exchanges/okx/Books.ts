import { crc32 } from "node:zlib"
import type { Decoded } from "../../domain/Decoded.ts"
import type { BookSide, Continuation, DepthRule } from "../Venue.ts"

/** Levels a side of the channel `books`; what lies deeper is not told. */
const levels = 400
/** Levels a side that the checksum is taken of. */
const summed = 25

/**
 * The CRC32, signed, of `bid price:bid quantity:ask price:ask quantity:…` as they stand on the wire, 25 levels a side;
 * where one side is shorter the other one's stand alone. OKX has sent 0 since 2026; the decoder takes that for none.
 */
export const bookChecksum = (bids: BookSide, asks: BookSide): number => {
  const parts: Array<string> = []
  for (let index = 0; index < summed; index++) {
    const bid = bids[index]
    const ask = asks[index]
    if (bid !== undefined) parts.push(bid[0], bid[1])
    if (ask !== undefined) parts.push(ask[0], ask[1])
  }
  return crc32(parts.join(":")) | 0
}

/**
 * `prevSeqId` is the `seqId` of the update before. An update without a change repeats it as its own: the book is alive.
 * After maintenance `seqId` is below `prevSeqId`, and the chain goes on from it. Anything else is a break: an old update
 * cannot be told from one that follows a lost one below which the count began anew, so only the very same is a duplicate.
 *
 * Frames of before 2023 have no such numbers. Their time stands in their place; they follow each other by their checksum.
 */
const follow = (last: number, delta: Decoded): Continuation => {
  if (delta.previous < 0) return delta.last <= last ? "contained" : "next"
  if (delta.previous === last) {
    if (delta.last === last) return "contained"
    return delta.last < last ? "reset" : "next"
  }
  return delta.last === last ? "contained" : "gap"
}

export const okxDepth: DepthRule = {
  numbered: true,
  snapshots: { kind: "stream" },
  join: follow,
  follow,
  checksum: { levels: summed, of: bookChecksum, keeps: () => levels },
}
