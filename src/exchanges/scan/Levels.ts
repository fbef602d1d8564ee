import type { RecordWriter } from "../../domain/RecordWriter.ts"
import { bytesOf } from "../../domain/RecordWriter.ts"
import { decimal, literal } from "./Steps.ts"

/*
 * A list of `["price","quantity"]`, as nearly every exchange writes the levels of a book.
 */

const quote = 34
const comma = 44
const dot = 46
const zero = 48
const opening = 91
const closing = 93

/** Order of two decimals that `decimal` found and a quote ends; 0 also where only their digits differ (`1.5`, `1.50`). */
export const comparePrices = (bytes: Buffer, left: number, right: number): number => {
  let i = left
  let j = right
  let fraction = false
  let l = bytes[i]!
  let r = bytes[j]!
  while (l === r) {
    if (l === quote) return 0
    if (l === dot) fraction = true
    l = bytes[++i]!
    r = bytes[++j]!
  }
  if (!fraction) {
    // Neither begins with a needless zero: the longer whole part is the larger.
    let leftEnd = i
    let rightEnd = j
    while (bytes[leftEnd]! >= zero) leftEnd++
    while (bytes[rightEnd]! >= zero) rightEnd++
    const longer = leftEnd - i - (rightEnd - j)
    if (longer !== 0) return longer
    if (leftEnd > i) return l - r
    // Whole numbers alike, one of them without a fraction.
    if (l === dot) l = bytes[++i]!
    else r = bytes[++j]!
  }
  if (l >= zero && r >= zero) return l - r
  const longer = l >= zero ? 1 : -1
  for (let index = l >= zero ? i : j; ; index++) {
    const code = bytes[index]!
    if (code === quote) return 0
    if (code !== zero) return longer
  }
}

/**
 * A list of levels. Gives the index behind it where the best comes first, the same negative where the best comes last
 * and the list has to be turned round; -1 where it is neither, or no such list.
 */
export const levels = (bytes: Buffer, at: number, highestFirst: boolean): number => {
  if (at < 0 || bytes[at]! !== opening) return -1
  if (bytes[at + 1]! === closing) return at + 2
  let index = at + 1
  let previous = -1
  let ordered = true
  let turned = true
  for (;;) {
    if (bytes[index]! !== opening || bytes[index + 1]! !== quote) return -1
    const price = index + 2
    index = decimal(bytes, price)
    if (index < 0 || bytes[index] !== quote || bytes[index + 1] !== comma || bytes[index + 2] !== quote)
      return -1
    index = decimal(bytes, index + 3)
    if (index < 0 || bytes[index] !== quote || bytes[index + 1] !== closing) return -1
    if (previous >= 0) {
      const order = comparePrices(bytes, previous, price)
      // Equal prices keep the order of the wire, so such a list cannot be turned.
      if (order === 0) turned = false
      else if (order > 0 === highestFirst) turned = false
      else ordered = false
      if (!ordered && !turned) return -1
    }
    previous = price
    index += 2
    const next = bytes[index]!
    if (next === closing) break
    if (next !== comma) return -1
    index++
  }
  return ordered ? index + 1 : -index - 1
}

/** Where a list ends, from what `levels` gave. */
export const behind = (end: number): number => (end < -1 ? -end : end)

const listStart = bytesOf("[")
const between = bytesOf(",")
const listEnd = bytesOf("]")

/** Writes a list that begins at `from`, and of which `levels` gave `to`: best first. */
export const putLevels = (writer: RecordWriter, from: number, to: number): void => {
  if (to > 0) return writer.copy(from, to)
  const { bytes } = writer
  writer.put(listStart)
  for (let end = -to - 1; ;) {
    let start = end - 1
    while (bytes[start] !== opening) start--
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
export const isSingle = (bytes: Buffer, from: number, to: number): boolean => {
  single.price = literal(bytes, from, '[["')
  single.priceEnd = decimal(bytes, single.price)
  single.quantity = literal(bytes, single.priceEnd, '","')
  single.quantityEnd = decimal(bytes, single.quantity)
  return literal(bytes, single.quantityEnd, '"]]') === to
}
