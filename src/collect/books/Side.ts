import { compareDecimals } from "../../domain/DecimalText.ts"
import { level } from "./LevelReader.ts"
import { isOdd } from "./PackedLevel.ts"
import { packedPrice, priceAt } from "./SideTexts.ts"

const leastLevels = 64
/** So many levels are moved one by one, more by a call. */
const fewLevels = 24

interface Texts {
  readonly price: string
  readonly quantity: string
}

/**
 * One side of a book, the worst level first: what changes is mostly near the best one, at the end. One array for all:
 * sixteen bytes a level (`PackedLevel.ts`), and one that comes or goes moves the shorter part of the others.
 */
export interface Side {
  /** 1 where a higher price is better. */
  readonly sign: 1 | -1
  /**
   * Two words a level: its price's nearest double times `sign`, ascending, and what else there is to it. Prices that
   * differ after the fifteenth digit may have the same.
   */
  words: Float64Array
  /** The same as halves of words. */
  halves: Int32Array
  /** The texts of odd levels, by the low half of their second word. */
  readonly odd: Map<number, Texts>
  /** The worst level, and behind the best one. */
  begin: number
  end: number
  /** Nothing worse than this price is known for certain; `undefined`: the venue tells everything that it has. */
  horizon: string | undefined
}

export const makeSide = (sign: 1 | -1): Side => {
  const words = new Float64Array(0)
  return {
    sign,
    words,
    halves: new Int32Array(words.buffer),
    odd: new Map(),
    begin: 0,
    end: 0,
    horizon: undefined,
  }
}

export const levelsOfSide = ({ begin, end }: Side): number => end - begin

/** Levels that it has room for. */
export const roomOfSide = ({ words }: Side): number => words.length / 2

/** Room for one more at the end: everything moves to the beginning, of an array of twice the size where need be. */
const makeRoom = (side: Side): void => {
  const { begin, end, words } = side
  const capacity = roomOfSide(side)
  if (begin <= capacity >>> 2) {
    side.words = new Float64Array(2 * Math.max(leastLevels, 2 * capacity))
    side.halves = new Int32Array(side.words.buffer)
    side.words.set(words.subarray(2 * begin, 2 * end))
  } else words.copyWithin(0, 2 * begin, 2 * end)
  side.begin = 0
  side.end = end - begin
}

/** Moves levels by one place. */
const move = (words: Float64Array, from: number, to: number, by: 1 | -1): void => {
  if (to - from > fewLevels) {
    words.copyWithin(2 * (from + by), 2 * from, 2 * to)
    return
  }
  // No word is a NaN, whose bits a processor may change.
  if (by < 0) for (let index = 2 * from; index < 2 * to; index++) words[index - 2] = words[index]!
  else for (let index = 2 * to - 1; index >= 2 * from; index--) words[index + 2] = words[index]!
}

/**
 * The first level that is not worse than this key. `near`: all from there on are not, and it is most likely not far
 * below.
 */
const firstFrom = ({ begin, words }: Side, key: number, near: number): number => {
  let high = near
  let step = 1
  while (high - step >= begin && words[2 * (high - step)]! >= key) {
    high -= step
    step *= 2
  }
  let low = Math.max(begin, high - step)
  while (low < high) {
    const middle = (low + high) >>> 1
    if (words[2 * middle]! < key) low = middle + 1
    else high = middle
  }
  return high
}

/** A level of the same key beside `level`: below zero where it is worse. */
const compareAt = (side: Side, index: number): number => {
  const isOddLevel = isOdd(level.high)
  // Of those that are packed no two prices have the same key.
  if (!isOddLevel && !isOdd(side.halves[4 * index + 3]!)) return 0
  const price = isOddLevel ? level.price : packedPrice(level.key, level.high)
  return side.sign * compareDecimals(priceAt(side, index), price)
}

/** Writes `level` to a place whose own was no odd one, or is none any more. */
const write = ({ halves, odd, words }: Side, index: number, key: number): void => {
  words[2 * index] = key
  halves[4 * index + 2] = level.low
  halves[4 * index + 3] = level.high
  if (!isOdd(level.high)) return
  let id = odd.size
  while (odd.has(id)) id++
  odd.set(id, { price: level.price, quantity: level.quantity })
  halves[4 * index + 2] = id
}

/** The texts of levels that go, where they have any. */
const forgetOdd = ({ halves, odd }: Side, from: number, to: number): void => {
  if (odd.size === 0) return
  for (let index = from; index < to; index++)
    if (isOdd(halves[4 * index + 3]!)) odd.delete(halves[4 * index + 2]!)
}

/** Takes a level out; gives where the one above it is then. */
const remove = (side: Side, at: number): number => {
  const { begin, end, words } = side
  forgetOdd(side, at, at + 1)
  if (at - begin < end - at) {
    move(words, begin, at, 1)
    side.begin++
    return at + 1
  }
  move(words, at + 1, end, -1)
  side.end--
  return at
}

/** Makes a place before the level at `at`, or at the end; gives where it is then. */
const makePlace = (side: Side, at: number): number => {
  const { begin, end, words } = side
  if (begin > 0 && at - begin < end - at) {
    move(words, begin, at, -1)
    side.begin--
    return at - 1
  }
  if (end === roomOfSide(side)) {
    makeRoom(side)
    return makePlace(side, at - begin)
  }
  move(words, at, end, 1)
  side.end++
  return at
}

/**
 * Applies `level`: a quantity of zero removes it. `near`: where the one before it in the same list is, or was; levels come
 * best first. Gives where it is itself, or was.
 */
export const change = (side: Side, near: number): number => {
  const { end, sign, words } = side
  const key = sign * level.key
  let at = firstFrom(side, key, near < end && words[2 * near]! >= key ? near : end)
  let isThere = false
  for (; at < end && words[2 * at] === key; at++) {
    const order = compareAt(side, at)
    if (order < 0) continue
    isThere = order === 0
    break
  }
  if (isThere) {
    if (level.isNothing) return remove(side, at)
    forgetOdd(side, at, at + 1)
  } else {
    if (level.isNothing) return at
    at = makePlace(side, at)
  }
  write(side, at, key)
  return at
}

/** Forgets everything, and makes room for so many levels. */
export const clear = (side: Side, levels: number): void => {
  side.horizon = undefined
  side.words = new Float64Array(2 * levels)
  side.halves = new Int32Array(side.words.buffer)
  side.odd.clear()
  side.begin = side.end = levels
}

/** Puts `level` below all others, where it is worse than they are; it comes after them in a snapshot. */
export const append = (side: Side): number => {
  const { begin, end } = side
  if (level.isNothing) return begin
  const key = side.sign * level.key
  if (begin === 0 || (begin < end && side.words[2 * begin]! <= key)) return change(side, end)
  side.begin--
  write(side, side.begin, key)
  return side.begin
}

/** Forgets what lies deeper than so many levels; whether there was any. */
export const cutSide = (side: Side, levels: number): boolean => {
  if (side.end - side.begin <= levels) return false
  const begin = side.end - levels
  forgetOdd(side, side.begin, begin)
  side.begin = begin
  return true
}

/** The best price's key, as a number that is compared with the other side's; `undefined` where there is none. */
export const bestKey = ({ begin, end, sign, words }: Side): number | undefined =>
  begin === end ? undefined : sign * words[2 * (end - 1)]!
