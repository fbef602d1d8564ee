import { comparePrices } from "./Levels.ts"
import { decimal } from "./Steps.ts"

const quote = 34
const comma = 44
const zero = 48
const nine = 57
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
  narrow(bytes: Buffer, at: number, highestFirst: boolean): number {
    this.from = at
    this.to = -1
    if (at < 0 || bytes[at] !== opening) return -1
    if (bytes[at + 1] === closing) {
      this.to = at + 2
      return at + 2
    }
    let index = at + 1
    let put = at + 1
    let previous = -1
    let ordered = true
    let turned = true
    for (;;) {
      if (bytes[index] !== opening || bytes[index + 1] !== quote) return -1
      const price = index + 2
      const priceEnd = decimal(bytes, price)
      if (
        priceEnd < 0 ||
        bytes[priceEnd] !== quote ||
        bytes[priceEnd + 1] !== comma ||
        bytes[priceEnd + 2] !== quote
      )
        return -1
      const end = decimal(bytes, priceEnd + 3)
      if (end < 0 || bytes[end] !== quote) return -1
      const next = behindRest(bytes, end + 1)
      if (next < 0) return -1
      // Never ahead of what is read: each level loses something, or nothing.
      const moved = put + 2
      for (let from = index; from <= end; from++) bytes[put++] = bytes[from]!
      bytes[put++] = closing
      if (previous >= 0) {
        const order = comparePrices(bytes, previous, moved)
        // Equal prices keep the order of the wire, so such a list cannot be turned.
        if (order === 0) turned = false
        else if (order > 0 === highestFirst) turned = false
        else ordered = false
        if (!ordered && !turned) return -1
      }
      previous = moved
      if (bytes[next] === closing) {
        bytes[put++] = closing
        this.to = ordered ? put : -put
        return next + 1
      }
      if (bytes[next] !== comma) return -1
      bytes[put++] = comma
      index = next + 1
    }
  }
}

/** Behind `,"0","13"]`, or the bracket alone. */
const behindRest = (bytes: Buffer, at: number): number => {
  let index = at
  for (;;) {
    if (bytes[index] === closing) return index + 1
    if (bytes[index] !== comma || bytes[index + 1] !== quote) return -1
    const digits = index + 2
    index = digits
    while (bytes[index]! >= zero && bytes[index]! <= nine) index++
    if (index === digits || bytes[index] !== quote) return -1
    index++
  }
}
