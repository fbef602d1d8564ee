import { FixedText } from "../../domain/FixedText.ts"
import type { RecordWriter } from "../../domain/RecordWriter.ts"
import { Literal } from "./Literal.ts"
import { behindDigits, decimal, found, literal } from "./Steps.ts"
import { leadingZeros, quotesIn } from "./Words.ts"

/*
 * A list of `["price","quantity"]`, as nearly every exchange writes the levels of a book.
 */

const quote = 34
const dot = 46
const zero = 48
const opening = 91

/** Between a price and its quantity. */
const separator = new Literal('","')
/** The same, and what is between two levels, as words; another quote follows that. */
const separatorWord = 0x222c22
const nextLevelWord = 0x5b2c5d22
const listStartText = new Literal('[["')
const listEndText = new Literal('"]]')
const emptyList = new Literal("[]")

/** Order of two decimals that `decimal` found and a quote ends; 0 also where only their digits differ (`1.5`, `1.50`). */
export const comparePrices = (bytes: DataView, left: number, right: number): number => {
  let i = left
  let j = right
  for (;;) {
    const word = bytes.getInt32(i, true)
    const differing = word ^ bytes.getInt32(j, true)
    const quotes = quotesIn(word)
    // Alike as far as the first byte that differs, or as the quote that ends both.
    const alike = differing === 0 ? 4 : leadingZeros(differing)
    if (quotes !== 0 && leadingZeros(quotes) < alike) return 0
    i += alike
    j += alike
    if (differing !== 0) return compareFrom(bytes, left, i, j)
  }
}

/**
 * The same of two that are equally long and have their points at the same place: the order of their texts. Nearly all
 * neighbours in a list are.
 */
export const compareAlike = (bytes: DataView, left: number, right: number, length: number): number => {
  for (let index = 0; index < length; index += 4) {
    const word = bytes.getInt32(left + index, true)
    const differing = word ^ bytes.getInt32(right + index, true)
    if (differing === 0) continue
    // Never behind them: there the same three characters follow both.
    const alike = leadingZeros(differing)
    const other = word ^ differing
    return ((word >>> (alike * 8)) & 0xff) - ((other >>> (alike * 8)) & 0xff)
  }
  return 0
}

/** The order of two prices that are alike before `i` and `j`, and not there. */
const compareFrom = (bytes: DataView, left: number, i: number, j: number): number => {
  const leftDigits = behindDigits(bytes, i) - i
  const rightDigits = behindDigits(bytes, j) - j
  const l = bytes.getUint8(i)
  const r = bytes.getUint8(j)
  // Of the whole part or the fraction: places of one value.
  if (leftDigits === rightDigits && leftDigits > 0) return l - r
  let fraction = false
  for (let index = left; index < i; index++) if (bytes.getUint8(index) === dot) fraction = true
  if (!fraction) {
    // Neither begins with a needless zero: the longer whole part is the larger.
    if (leftDigits !== rightDigits) return leftDigits - rightDigits
    // Whole numbers alike, one of them without a fraction.
    return l === dot ? compareFraction(bytes, i + 1) : -compareFraction(bytes, j + 1)
  }
  if (leftDigits > 0 && rightDigits > 0) return l - r
  return leftDigits > 0 ? compareFraction(bytes, i) : -compareFraction(bytes, j)
}

/** Whether what is left of a fraction adds anything: 1 or 0. */
const compareFraction = (bytes: DataView, at: number): number => {
  let index = at
  while (bytes.getUint8(index) === zero) index++
  return bytes.getUint8(index) === quote ? 0 : 1
}

/**
 * A list of levels. Gives the index behind it where the best comes first, the same negative where the best comes last
 * and the list has to be turned round; -1 where it is neither, or no such list.
 */
export const levels = (bytes: DataView, at: number, highestFirst: boolean): number => {
  if (at < 0) return -1
  let price = literal(bytes, at, listStartText)
  if (price < 0) return literal(bytes, at, emptyList)
  let previous = -1
  let previousLength = -1
  let previousWhole = -1
  let ordered = true
  let turned = true
  for (;;) {
    const priceEnd = decimal(bytes, price)
    const length = priceEnd - price
    const whole = found.point - price
    if (priceEnd < 0 || (bytes.getInt32(priceEnd, true) & 0xffffff) !== separatorWord) return -1
    const end = decimal(bytes, priceEnd + 3)
    if (end < 0) return -1
    if (previous >= 0) {
      const order =
        length === previousLength && whole === previousWhole
          ? compareAlike(bytes, previous, price, length)
          : comparePrices(bytes, previous, price)
      // Equal prices keep the order of the wire, so such a list cannot be turned.
      if (order === 0) turned = false
      else if (order > 0 === highestFirst) turned = false
      else ordered = false
      if (!ordered && !turned) return -1
    }
    previous = price
    previousLength = length
    previousWhole = whole
    if (bytes.getInt32(end, true) === nextLevelWord && bytes.getUint8(end + 4) === quote) price = end + 5
    else {
      const behindList = listEndText.read(bytes, end)
      return ordered || behindList < 0 ? behindList : -behindList
    }
  }
}

/** Where a list ends, from what `levels` gave. */
export const behind = (end: number): number => (end < -1 ? -end : end)

const listStart = new FixedText("[")
const between = new FixedText(",")
const listEnd = new FixedText("]")

/** Writes a list that begins at `from`, and of which `levels` gave `to`: best first. */
export const putLevels = (writer: RecordWriter, from: number, to: number): void => {
  if (to > 0) return writer.copy(from, to)
  const { view } = writer
  writer.put(listStart)
  for (let end = -to - 1; ;) {
    let start = end - 1
    while (view.getUint8(start) !== opening) start--
    writer.copy(start, end)
    if (start === from + 1) break
    writer.put(between)
    end = start - 1
  }
  writer.put(listEnd)
}

/** `[["price","quantity"]]`: where its parts stand. The same object for every frame. */
export const single = { price: -1, priceEnd: -1, quantity: -1, quantityEnd: -1 }

/** Whether a list that ends at `to` is of one level; then `single` says where its parts stand. */
export const isSingle = (bytes: DataView, from: number, to: number): boolean => {
  single.price = literal(bytes, from, listStartText)
  single.priceEnd = decimal(bytes, single.price)
  single.quantity = literal(bytes, single.priceEnd, separator)
  single.quantityEnd = decimal(bytes, single.quantity)
  return literal(bytes, single.quantityEnd, listEndText) === to
}
