import { compareDecimals } from "../../domain/DecimalText.ts"
import type { BookSide } from "../../exchanges/Venue.ts"

/** Neighbouring levels, the worst first. */
interface Run {
  /** Of the prices, as `orderKey` has it: they are compared side by side, and no text is looked at. */
  readonly keys: Array<number>
  readonly prices: Array<string>
  readonly quantities: Array<string>
}

/** Levels of one run at most: so few are moved when one comes or goes. */
const longest = 64

/**
 * One side of a book, its levels as the venue wrote them. They stand in runs, the worst first, so that a level that comes
 * or goes moves few others; what is looked for is mostly near the best one, at the end.
 */
export interface Side {
  /** 1 where a higher price is better. */
  readonly sign: 1 | -1
  /** None is empty. */
  readonly runs: Array<Run>
  levels: number
  /** Nothing worse than this price is known for certain; `undefined`: the venue tells everything that it has. */
  horizon: string | undefined
}

export const makeSide = (sign: 1 | -1): Side => ({ sign, runs: [], levels: 0, horizon: undefined })

const zero = 48
const point = 46

/** Whether a decimal is zero, however it is written. */
const isNothing = (quantity: string): boolean => {
  for (let index = 0; index < quantity.length; index++) {
    const code = quantity.charCodeAt(index)
    if (code !== zero && code !== point) return false
  }
  return true
}

const tens: ReadonlyArray<number> = Array.from({ length: 16 }, (_, power) => 10 ** power)

/**
 * The nearest double: it orders prices as they are, except that two which differ after the fifteenth digit may have the
 * same. Read digit by digit, as far as that is exact.
 */
const orderKey = (price: string): number => {
  const { length } = price
  if (length > 15) return Number(price)
  let digits = 0
  let decimals = 0
  for (let index = 0; index < length; index++) {
    const code = price.charCodeAt(index)
    if (code === point) decimals = length - 1 - index
    else digits = digits * 10 + code - zero
  }
  return decimals === 0 ? digits : digits / tens[decimals]!
}

/** The last run that begins worse than the price, or with it; the first where none does. */
const runOf = ({ runs, sign }: Side, key: number, price: string): number => {
  let low = 0
  let high = runs.length - 1
  let middle = high
  while (low < high) {
    const { keys, prices } = runs[middle]!
    const first = keys[0]!
    if (first === key ? sign * compareDecimals(prices[0]!, price) <= 0 : sign * (first - key) < 0)
      low = middle
    else high = middle - 1
    middle = (low + high + 1) >>> 1
  }
  return low
}

/** Where the price stands in the run, or would stand. */
const placeIn = ({ keys, prices }: Run, sign: 1 | -1, key: number, price: string): number => {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sign * (keys[middle]! - key) < 0) low = middle + 1
    else high = middle
  }
  while (low < keys.length && keys[low] === key && sign * compareDecimals(prices[low]!, price) < 0) low++
  return low
}

/** `splice` makes a list of what it takes, and moves by the way of every list: this moves strings. */
const insert = (
  { keys, prices, quantities }: Run,
  at: number,
  key: number,
  price: string,
  quantity: string,
): void => {
  keys.push(key)
  prices.push(price)
  quantities.push(quantity)
  for (let index = keys.length - 1; index > at; index--) {
    keys[index] = keys[index - 1]!
    prices[index] = prices[index - 1]!
    quantities[index] = quantities[index - 1]!
  }
  keys[at] = key
  prices[at] = price
  quantities[at] = quantity
}

const remove = ({ keys, prices, quantities }: Run, at: number): void => {
  for (let index = at + 1; index < keys.length; index++) {
    keys[index - 1] = keys[index]!
    prices[index - 1] = prices[index]!
    quantities[index - 1] = quantities[index]!
  }
  keys.pop()
  prices.pop()
  quantities.pop()
}

const split = ({ runs }: Side, index: number): void => {
  const { keys, prices, quantities } = runs[index]!
  const half = longest >>> 1
  const better = { keys: keys.splice(half), prices: prices.splice(half), quantities: quantities.splice(half) }
  runs.splice(index + 1, 0, better)
}

const put = (side: Side, price: string, quantity: string): void => {
  const { runs, sign } = side
  const key = orderKey(price)
  const removes = isNothing(quantity)
  if (runs.length === 0) {
    if (removes) return
    runs.push({ keys: [key], prices: [price], quantities: [quantity] })
    side.levels = 1
    return
  }
  const index = runOf(side, key, price)
  const run = runs[index]!
  const { keys, prices, quantities } = run
  const at = placeIn(run, sign, key, price)
  const stands = keys[at] === key && compareDecimals(prices[at]!, price) === 0
  if (removes) {
    if (!stands) return
    remove(run, at)
    side.levels--
    if (keys.length === 0) runs.splice(index, 1)
  } else if (stands) {
    prices[at] = price
    quantities[at] = quantity
  } else {
    insert(run, at, key, price, quantity)
    side.levels++
    if (keys.length === longest) split(side, index)
  }
}

/** Applies changes: a quantity of zero removes its level. */
export const changeSide = (side: Side, levels: BookSide): void => {
  for (const [price, quantity] of levels) put(side, price, quantity)
}

/** Replaces everything; the levels come best first. A side that has as many as were asked for may have more of them. */
export const resetSide = (side: Side, levels: BookSide, depth: number | undefined): void => {
  side.runs.length = 0
  side.levels = 0
  let run: Run | undefined
  for (let index = levels.length - 1; index >= 0; index--) {
    const [price, quantity] = levels[index]!
    if (isNothing(quantity)) continue
    if (run === undefined || run.prices.length === longest >>> 1) {
      run = { keys: [], prices: [], quantities: [] }
      side.runs.push(run)
    }
    run.keys.push(orderKey(price))
    run.prices.push(price)
    run.quantities.push(quantity)
    side.levels++
  }
  side.horizon = depth !== undefined && levels.length >= depth ? side.runs[0]?.prices[0] : undefined
}

/** Forgets what lies deeper than so many levels; whether there was any. */
export const cutSide = (side: Side, levels: number): boolean => {
  let excess = side.levels - levels
  if (excess <= 0) return false
  side.levels = levels
  for (; excess > 0;) {
    const { keys, prices, quantities } = side.runs[0]!
    if (prices.length <= excess) {
      excess -= prices.length
      side.runs.shift()
      continue
    }
    keys.splice(0, excess)
    prices.splice(0, excess)
    quantities.splice(0, excess)
    excess = 0
  }
  return true
}

/** The price at which a side ends. */
export const worstPrice = ({ runs }: Side): string | undefined => runs[0]?.prices[0]

export const bestPrice = ({ runs }: Side): string | undefined => runs.at(-1)?.prices.at(-1)

export const bestQuantity = ({ runs }: Side): string | undefined => runs.at(-1)?.quantities.at(-1)

/** Each of the best levels, best first, as far as they are known for certain; so many at most. */
export const eachBest = (
  { horizon, runs, sign }: Side,
  levels: number,
  take: (price: string, quantity: string) => void,
): void => {
  let left = levels
  for (let index = runs.length - 1; index >= 0; index--) {
    const { prices, quantities } = runs[index]!
    for (let at = prices.length - 1; at >= 0; at--) {
      if (left-- <= 0) return
      const price = prices[at]!
      if (horizon !== undefined && sign * compareDecimals(price, horizon) < 0) return
      take(price, quantities[at]!)
    }
  }
}
