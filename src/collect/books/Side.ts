import { compareDecimals } from "../../domain/DecimalText.ts"
import { level } from "./LevelReader.ts"

/** Before a level's texts: the price's length, the quantity's, and whether its key is its own. */
const header = 3
/** Bytes of a level until one needs more: room for nearly every price and quantity. */
const usualWidth = 32
const leastLevels = 64

/**
 * One side of a book, its levels as the venue wrote them, the worst first: what changes is mostly near the best one, at
 * the end. Two arrays of plain bytes for all: a book of a thousand levels is a handful of objects, and a level that comes
 * or goes moves others by one copy of a block.
 */
export interface Side {
  /** 1 where a higher price is better. */
  readonly sign: 1 | -1
  /** Prices as the nearest doubles, times `sign`, ascending. Two that differ after the fifteenth digit may have the same. */
  keys: Float64Array
  /** `width` bytes a level: the header, the price's text, the quantity's. */
  texts: Buffer
  width: number
  /** The worst level, and behind the best one. */
  begin: number
  end: number
  /** Nothing worse than this price is known for certain; `undefined`: the venue tells everything that it has. */
  horizon: string | undefined
}

export const makeSide = (sign: 1 | -1): Side => ({
  sign,
  keys: new Float64Array(0),
  texts: Buffer.alloc(0),
  width: usualWidth,
  begin: 0,
  end: 0,
  horizon: undefined,
})

export const levelsOfSide = ({ begin, end }: Side): number => end - begin

/** Moves everything into arrays of so many levels of such a width, to their beginning. */
const rearrange = (side: Side, capacity: number, width: number): void => {
  const { begin, end } = side
  const keys = new Float64Array(capacity)
  keys.set(side.keys.subarray(begin, end))
  const texts = Buffer.allocUnsafeSlow(capacity * width)
  if (width === side.width) side.texts.copy(texts, 0, begin * width, end * width)
  else
    for (let index = begin; index < end; index++) {
      const from = index * side.width
      side.texts.copy(texts, (index - begin) * width, from, from + Math.min(width, side.width))
    }
  side.keys = keys
  side.texts = texts
  side.width = width
  side.begin = 0
  side.end = end - begin
}

/** Room for one more at the end. */
const makeRoom = (side: Side): void => {
  const { begin, end, keys, texts, width } = side
  const capacity = keys.length
  if (begin <= capacity >>> 2) return rearrange(side, Math.max(leastLevels, 2 * capacity), width)
  keys.copyWithin(0, begin, end)
  texts.copyWithin(0, begin * width, end * width)
  side.begin = 0
  side.end = end - begin
}

const priceAt = ({ texts, width }: Side, index: number): string => {
  const from = index * width + header
  return texts.toString("latin1", from, from + texts[index * width]!)
}

const quantityAt = ({ texts, width }: Side, index: number): string => {
  const at = index * width
  const from = at + header + texts[at]!
  return texts.toString("latin1", from, from + texts[at + 1]!)
}

/** The first level that is not worse than the price of `level`, which stands in `bytes`. */
const placeOf = (side: Side, key: number, bytes: Buffer): number => {
  const { keys } = side
  let low = side.begin
  let high = side.end
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keys[middle]! < key) low = middle + 1
    else high = middle
  }
  while (low < side.end && keys[low] === key && compareAt(side, low, bytes) < 0) low++
  return low
}

/** A level of the same key beside `level`: below zero where it is worse. */
const compareAt = (side: Side, index: number, bytes: Buffer): number => {
  if (level.isExact && side.texts[index * side.width + 2] === 1) return 0
  return (
    side.sign * compareDecimals(priceAt(side, index), bytes.toString("latin1", level.price, level.priceEnd))
  )
}

/** Writes the texts of `level` to its place. */
const write = (side: Side, index: number, bytes: Buffer): void => {
  const { texts, width } = side
  const { price, priceEnd, quantity, quantityEnd } = level
  let at = index * width
  texts[at++] = priceEnd - price
  texts[at++] = quantityEnd - quantity
  texts[at++] = level.isExact ? 1 : 0
  for (let from = price; from < priceEnd; from++) texts[at++] = bytes[from]!
  for (let from = quantity; from < quantityEnd; from++) texts[at++] = bytes[from]!
}

/** A width that the texts of `level` fit. */
const widen = (side: Side): void => {
  const { price, priceEnd, quantity, quantityEnd } = level
  const needed = header + priceEnd - price + quantityEnd - quantity
  let { width } = side
  if (needed <= width) return
  while (width < needed) width *= 2
  rearrange(side, side.keys.length, width)
}

/** Takes a level out; the shorter part of the others moves. */
const remove = (side: Side, at: number): void => {
  const { begin, end, keys, texts, width } = side
  if (at - begin < end - at) {
    keys.copyWithin(begin + 1, begin, at)
    texts.copyWithin((begin + 1) * width, begin * width, at * width)
    side.begin++
  } else {
    keys.copyWithin(at, at + 1, end)
    texts.copyWithin(at * width, (at + 1) * width, end * width)
    side.end--
  }
}

/** A place before the level at `at`, or at the end; the shorter part of the others moves, where there is room. */
const insert = (side: Side, at: number, key: number): number => {
  const { begin, end, keys, texts, width } = side
  if (begin > 0 && at - begin < end - at) {
    keys.copyWithin(begin - 1, begin, at)
    texts.copyWithin((begin - 1) * width, begin * width, at * width)
    side.begin--
    keys[at - 1] = key
    return at - 1
  }
  if (end === keys.length) {
    makeRoom(side)
    return insert(side, at - begin, key)
  }
  keys.copyWithin(at + 1, at, end)
  texts.copyWithin((at + 1) * width, at * width, end * width)
  side.end++
  keys[at] = key
  return at
}

/** Applies `level`, whose texts stand in `bytes`: a quantity of zero removes it. */
export const change = (side: Side, bytes: Buffer): void => {
  const key = side.sign * level.key
  const at = placeOf(side, key, bytes)
  const stands = at < side.end && side.keys[at] === key && compareAt(side, at, bytes) === 0
  if (level.isNothing) {
    if (stands) remove(side, at)
    return
  }
  const above = at - side.begin
  widen(side)
  const place = side.begin + above
  write(side, stands ? place : insert(side, place, key), bytes)
}

/** Forgets everything, and makes room for so many levels. */
export const clear = (side: Side, levels: number): void => {
  side.horizon = undefined
  side.keys = new Float64Array(levels)
  side.texts = Buffer.allocUnsafeSlow(levels * side.width)
  side.begin = side.end = levels
}

/** Puts `level` below all others, where it is worse than they are; it comes after them in a snapshot. */
export const append = (side: Side, bytes: Buffer): void => {
  if (level.isNothing) return
  const key = side.sign * level.key
  const { begin, end } = side
  if (begin === 0 || (begin < end && side.keys[begin]! <= key)) return change(side, bytes)
  const needed = header + level.priceEnd - level.price + level.quantityEnd - level.quantity
  if (needed > side.width) return change(side, bytes)
  side.begin--
  side.keys[side.begin] = key
  write(side, side.begin, bytes)
}

/** Forgets what lies deeper than so many levels; whether there was any. */
export const cutSide = (side: Side, levels: number): boolean => {
  if (side.end - side.begin <= levels) return false
  side.begin = side.end - levels
  return true
}

/** The price at which a side ends. */
export const worstPrice = (side: Side): string | undefined =>
  side.begin === side.end ? undefined : priceAt(side, side.begin)

export const bestPrice = (side: Side): string | undefined =>
  side.begin === side.end ? undefined : priceAt(side, side.end - 1)

export const bestQuantity = (side: Side): string | undefined =>
  side.begin === side.end ? undefined : quantityAt(side, side.end - 1)

/** The best price's key, as a number that is compared with the other side's; `undefined` where there is none. */
export const bestKey = ({ begin, end, keys, sign }: Side): number | undefined =>
  begin === end ? undefined : sign * keys[end - 1]!

/** Each of the best levels, best first, as far as they are known for certain; so many at most. */
export const eachBest = (
  side: Side,
  levels: number,
  take: (price: string, quantity: string) => void,
): void => {
  const { begin, end, horizon, sign, texts, width } = side
  const last = Math.max(begin, end - levels)
  // One text of them all: its parts cost less than as many texts from bytes.
  const text = texts.toString("latin1", last * width, end * width)
  for (let at = (end - last - 1) * width; at >= 0; at -= width) {
    const quantity = at + header + text.charCodeAt(at)
    const price = text.slice(at + header, quantity)
    if (horizon !== undefined && sign * compareDecimals(price, horizon) < 0) return
    take(price, text.slice(quantity, quantity + text.charCodeAt(at + 1)))
  }
}
