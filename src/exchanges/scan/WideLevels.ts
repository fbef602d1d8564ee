import { compareAlike, comparePrices } from "./Levels.ts"
import { Literal } from "./Literal.ts"
import { behindDigits, decimal, found, literal } from "./Steps.ts"

const levelStart = new Literal('["')
const separator = new Literal('","')

const quote = 34
const comma = 44
const opening = 91
const closing = 93

/**
 * A list of levels with more than price and quantity, as OKX writes them: `["8476.98","415","0","13"]`. What follows the
 * quantity is digits, and nobody asks for it.
 */
export class WideLevels {
  /** Where the list begins, and its end as `levels` gives it, without what follows the quantities. */
  from = -1
  to = -1

  /**
   * Takes the list out of the frame as it was laid: its levels move together in its place, so that `putLevels` copies
   * them as one. Gives the index behind the list in the frame; -1 where it is no such list, or in no order.
   */
  narrow(bytes: DataView, at: number, highestFirst: boolean): number {
    this.from = at
    this.to = -1
    if (at < 0 || bytes.getUint8(at) !== opening) return -1
    if (bytes.getUint8(at + 1) === closing) {
      this.to = at + 2
      return at + 2
    }
    let index = at + 1
    let put = at + 1
    let previous = -1
    let previousLength = -1
    let previousWhole = -1
    let ordered = true
    let turned = true
    for (;;) {
      const price = levelStart.read(bytes, index)
      const priceEnd = decimal(bytes, price)
      const priceLength = priceEnd - price
      const whole = found.point - price
      const end = decimal(bytes, literal(bytes, priceEnd, separator))
      if (end < 0 || bytes.getUint8(end) !== quote) return -1
      const next = behindRest(bytes, end + 1)
      if (next < 0) return -1
      // Never ahead of what is read: each level loses something, or nothing.
      const moved = put + 2
      // Either nothing, or more than a word is wide.
      const length = end + 1 - index
      if (put < index)
        for (let done = 0; done < length; done += 4)
          bytes.setInt32(put + done, bytes.getInt32(index + done, true), true)
      put += length
      bytes.setUint8(put++, closing)
      if (previous >= 0) {
        const order =
          priceLength === previousLength && whole === previousWhole
            ? compareAlike(bytes, previous, moved, priceLength)
            : comparePrices(bytes, previous, moved)
        // Equal prices keep the order of the wire, so such a list cannot be turned.
        if (order === 0) turned = false
        else if (order > 0 === highestFirst) turned = false
        else ordered = false
        if (!ordered && !turned) return -1
      }
      previous = moved
      previousLength = priceLength
      previousWhole = whole
      if (bytes.getUint8(next) === closing) {
        bytes.setUint8(put++, closing)
        this.to = ordered ? put : -put
        return next + 1
      }
      if (bytes.getUint8(next) !== comma) return -1
      bytes.setUint8(put++, comma)
      index = next + 1
    }
  }
}

/** Behind `,"0","13"]`, or the bracket alone. */
const behindRest = (bytes: DataView, at: number): number => {
  let index = at
  for (;;) {
    if (bytes.getUint8(index) === closing) return index + 1
    if (bytes.getUint8(index) !== comma || bytes.getUint8(index + 1) !== quote) return -1
    const digits = index + 2
    index = behindDigits(bytes, digits)
    if (index === digits || bytes.getUint8(index) !== quote) return -1
    index++
  }
}
