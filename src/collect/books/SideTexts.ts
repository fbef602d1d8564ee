import { compareDecimals } from "../../domain/DecimalText.ts"
import { isOdd, packedTextBytes, writePrice, writeQuantity } from "./PackedLevel.ts"
import type { BookSide } from "../../exchanges/Venue.ts"
import type { Side } from "./Side.ts"

/*
 * The levels of a side as the venue wrote them. Texts are written from their ends, the one that comes last first.
 */

const quote = 0x22
const comma = 0x2c
const opening = 0x5b
const closing = 0x5d

/** Where texts are written: the same bytes for all. */
let scratch = Buffer.allocUnsafeSlow(16 * 1024)

const scratchOf = (bytes: number): Buffer => {
  if (scratch.length < bytes) scratch = Buffer.allocUnsafeSlow(2 * bytes)
  return scratch
}

/** The text of a packed price. */
export const packedPrice = (price: number, high: number): string =>
  scratch.toString("latin1", writePrice(scratch, scratch.length, price, high))

export const priceAt = ({ halves, odd, words }: Side, index: number): string => {
  const high = halves[4 * index + 3]!
  return isOdd(high) ? odd.get(halves[4 * index + 2]!)!.price : packedPrice(Math.abs(words[2 * index]!), high)
}

const quantityAt = ({ halves, odd }: Side, index: number): string => {
  const low = halves[4 * index + 2]!
  const high = halves[4 * index + 3]!
  if (isOdd(high)) return odd.get(low)!.quantity
  return scratch.toString("latin1", writeQuantity(scratch, scratch.length, low, high))
}

/** The price at which a side ends. */
export const worstPrice = (side: Side): string | undefined =>
  side.begin === side.end ? undefined : priceAt(side, side.begin)

export const bestPrice = (side: Side): string | undefined =>
  side.begin === side.end ? undefined : priceAt(side, side.end - 1)

export const bestQuantity = (side: Side): string | undefined =>
  side.begin === side.end ? undefined : quantityAt(side, side.end - 1)

/** The first of the best levels, so many at most, that is known for certain. */
const firstCertain = (side: Side, levels: number): number => {
  const { begin, end, horizon, sign, words } = side
  let first = Math.max(begin, end - levels)
  if (horizon === undefined) return first
  const key = sign * Number(horizon)
  while (first < end && words[2 * first]! < key) first++
  while (first < end && words[2 * first] === key && sign * compareDecimals(priceAt(side, first), horizon) < 0)
    first++
  return first
}

const writeText = (bytes: Buffer, end: number, text: string): number => {
  bytes.write(text, end - text.length, "latin1")
  return end - text.length
}

/** The best levels of a side as JSON, best first: those that are known for certain. */
export const bestText = (side: Side, levels: number): string => {
  const first = firstCertain(side, levels)
  if (first === side.end) return "[]"
  const { end: behind, halves, odd, words } = side
  let room = (behind - first) * packedTextBytes + 2
  if (odd.size > 0) for (const { price, quantity } of odd.values()) room += price.length + quantity.length
  const bytes = scratchOf(room)
  const { length } = bytes
  let at = length
  bytes[--at] = closing
  for (let index = first; index < behind; index++) {
    const low = halves[4 * index + 2]!
    const high = halves[4 * index + 3]!
    const texts = isOdd(high) ? odd.get(low)! : undefined
    bytes[--at] = closing
    bytes[--at] = quote
    at = texts === undefined ? writeQuantity(bytes, at, low, high) : writeText(bytes, at, texts.quantity)
    bytes[--at] = quote
    bytes[--at] = comma
    bytes[--at] = quote
    at =
      texts === undefined
        ? writePrice(bytes, at, Math.abs(words[2 * index]!), high)
        : writeText(bytes, at, texts.price)
    bytes[--at] = quote
    bytes[--at] = opening
    if (index + 1 < behind) bytes[--at] = comma
  }
  bytes[--at] = opening
  return bytes.toString("latin1", at, length)
}

/** The same as pairs of texts. */
export const bestOf = (side: Side, levels: number): BookSide => {
  const text = bestText(side, levels)
  const best: Array<readonly [string, string]> = []
  // `[["price","quantity"],…]`: no text has a quote.
  for (let at = 3; at < text.length;) {
    const priceEnd = text.indexOf('"', at)
    const quantity = priceEnd + 3
    const quantityEnd = text.indexOf('"', quantity)
    best.push([text.slice(at, priceEnd), text.slice(quantity, quantityEnd)])
    at = quantityEnd + 5
  }
  return best
}
