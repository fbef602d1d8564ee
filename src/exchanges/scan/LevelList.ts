import { comparePrices } from "./Levels.ts"
import { Literal } from "./Literal.ts"
import type { Scratch } from "./Scratch.ts"
import { byteAt, literal } from "./Steps.ts"

const quote = 0x22
const comma = 0x2c
const opening = 0x5b
const closing = 0x5d

/** Where the parts of the level stand that was read last: without quotes. The same object for every level. */
export const level = { price: -1, priceEnd: -1, quantity: -1, quantityEnd: -1 }

/** Reads one level, its brackets too, and leaves where its parts stand in `level`. */
export type ReadLevel = (bytes: DataView, at: number) => number

/**
 * Levels of a side that exchanges write in ways of their own, bare numbers or with other things between, as a record has
 * them: written one by one into a scratch as they are read.
 */
export class LevelList {
  /** Where the list begins, and its end as `levels` gives it. */
  from = -1
  to = -1
  private readonly highestFirst: boolean
  private previous = -1
  private ordered = true
  private turned = true

  constructor(side: "bids" | "asks") {
    this.highestFirst = side === "bids"
  }

  begin(bytes: DataView, scratch: Scratch): void {
    this.from = scratch.at
    this.to = -1
    this.previous = -1
    this.ordered = this.turned = true
    bytes.setUint8(scratch.at++, opening)
  }

  /** Adds the level that was read last. */
  add(bytes: DataView, scratch: Scratch): void {
    if (this.previous >= 0) bytes.setUint8(scratch.at++, comma)
    bytes.setUint8(scratch.at++, opening)
    bytes.setUint8(scratch.at++, quote)
    const price = scratch.copy(bytes, level.price, level.priceEnd)
    bytes.setUint8(scratch.at++, quote)
    bytes.setUint8(scratch.at++, comma)
    bytes.setUint8(scratch.at++, quote)
    scratch.copy(bytes, level.quantity, level.quantityEnd)
    bytes.setUint8(scratch.at++, quote)
    bytes.setUint8(scratch.at++, closing)
    if (this.previous >= 0) {
      const order = comparePrices(bytes, this.previous, price)
      // Equal prices keep the order of the wire, so such a list cannot be turned.
      if (order === 0) this.turned = false
      else if (order > 0 === this.highestFirst) this.turned = false
      else this.ordered = false
    }
    this.previous = price
  }

  /** Whether it is in order, or can be turned. */
  end(bytes: DataView, scratch: Scratch): boolean {
    bytes.setUint8(scratch.at++, closing)
    this.to = this.ordered ? scratch.at : -scratch.at
    return this.ordered || this.turned
  }

  /** A whole list: `[…]` of what `readLevel` reads. The index behind it, or -1. */
  read(bytes: DataView, at: number, scratch: Scratch, readLevel: ReadLevel): number {
    if (byteAt(bytes, at) !== opening) return -1
    this.begin(bytes, scratch)
    let index = literal(bytes, at, emptyList)
    if (index < 0) {
      index = at
      do {
        index = readLevel(bytes, index + 1)
        if (index < 0) return -1
        this.add(bytes, scratch)
      } while (bytes.getUint8(index) === comma)
      if (bytes.getUint8(index) !== closing) return -1
      index++
    }
    return this.end(bytes, scratch) ? index : -1
  }

  /** A side that the message leaves out. */
  empty(bytes: DataView, scratch: Scratch): void {
    this.begin(bytes, scratch)
    this.end(bytes, scratch)
  }
}

const emptyList = new Literal("[]")
