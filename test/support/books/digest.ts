import type { MarketRecord } from "../../../src/domain/Record.ts"
import type { SymbolMarket } from "../../../src/simulator/index.ts"

type Side = ReadonlyArray<readonly [price: string, quantity: string]>

/** Of one level: two sums, so that what makes one equal by chance does not make both. */
const marksOf = (side: string, price: string, quantity: string): readonly [number, number] => {
  const text = `${side}${price} ${quantity}`
  let one = 2_166_136_261
  let other = 5381
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    one = Math.imul(one ^ code, 16_777_619)
    other = (Math.imul(other, 33) ^ code) | 0
  }
  return [one, other]
}

/** What a book adds up to, whatever the order in which its levels came. */
export const digestOf = (bids: Side, asks: Side): string => {
  let one = 0
  let other = 0
  for (const [name, side] of [["b", bids] as const, ["a", asks] as const])
    for (const [price, quantity] of side) {
      const [first, second] = marksOf(name, price, quantity)
      one = (one + first) | 0
      other = (other + second) | 0
    }
  return `${one} ${other} ${bids.length} ${asks.length}`
}

const bestText = (bids: Side, asks: Side): string => JSON.stringify([bids, asks])

/** The exchange's own book after a step, as `makeReader` says it. */
export const truthAt = (
  { book, levels }: SymbolMarket,
  step: number,
  exactLevels: number | undefined,
): string => {
  const { asks, bids } = book.at(step, exactLevels ?? Number.POSITIVE_INFINITY)
  const [bidTexts, askTexts] = [bids, asks].map((side) => JSON.parse(levels(side)) as Side) as [Side, Side]
  return exactLevels === undefined ? digestOf(bidTexts, askTexts) : bestText(bidTexts, askTexts)
}

interface Level {
  readonly number: number
  readonly quantity: string
  readonly one: number
  readonly other: number
}

const bestOf = (side: ReadonlyMap<string, Level>, sign: 1 | -1, count: number): Side => {
  const best: Array<readonly [price: string, number: number, quantity: string]> = []
  for (const [price, { number, quantity }] of side) {
    if (best.length === count && sign * (number - best[count - 1]![1]) >= 0) continue
    let at = best.length
    while (at > 0 && sign * (number - best[at - 1]![1]) < 0) at--
    best.splice(at, 0, [price, number, quantity])
    if (best.length > count) best.pop()
  }
  return best.map(([price, , quantity]) => [price, quantity])
}

interface Parsed {
  readonly record: MarketRecord
  /** Of a snapshot: its book, as it is before anything changes it. */
  readonly whole: Whole | undefined
}

interface Whole {
  readonly bids: ReadonlyMap<string, Level>
  readonly asks: ReadonlyMap<string, Level>
  readonly one: number
  readonly other: number
}

/** What was read before is not read again: schedules on one world publish the same texts, byte for byte. */
const known = new Map<string, Parsed>()
const mostKnown = 4000

const levelOf = (side: string, price: string, quantity: string): Level => {
  const [one, other] = marksOf(side, price, quantity)
  return { number: Number(price), quantity, one, other }
}

const wholeOf = (record: MarketRecord): Whole | undefined => {
  if (record.type !== "depth" || record.data.kind !== "snapshot") return undefined
  const whole = { bids: new Map<string, Level>(), asks: new Map<string, Level>(), one: 0, other: 0 }
  for (const name of ["bids", "asks"] as const)
    for (const [price, quantity] of record.data[name]) {
      const level = levelOf(name[0]!, price, quantity)
      whole[name].set(price, level)
      whole.one = (whole.one + level.one) | 0
      whole.other = (whole.other + level.other) | 0
    }
  return whole
}

const parse = (text: string): Parsed => {
  const before = known.get(text)
  if (before !== undefined) return before
  const record = JSON.parse(text) as MarketRecord
  const parsed = { record, whole: wholeOf(record) }
  if (known.size >= mostKnown) known.clear()
  known.set(text, parsed)
  return parsed
}

/** A book as somebody builds it who knows the published records alone: with a map, and not as Millrace keeps it. */
export const makeReader = (exactLevels: number | undefined) => {
  const sides = { bids: new Map<string, Level>(), asks: new Map<string, Level>() }
  let one = 0
  let other = 0
  let isValid = false

  const drop = (side: Map<string, Level>, price: string) => {
    const level = side.get(price)
    if (level === undefined) return
    side.delete(price)
    one = (one - level.one) | 0
    other = (other - level.other) | 0
  }
  const apply = (name: "bids" | "asks", levels: Side) => {
    const side = sides[name]
    for (const [price, quantity] of levels) {
      drop(side, price)
      if (Number(quantity) === 0) continue
      const level = levelOf(name[0]!, price, quantity)
      side.set(price, level)
      one = (one + level.one) | 0
      other = (other + level.other) | 0
    }
  }

  return {
    /** The record, and what the book is after it, where it claims to be one. */
    read: (text: string): { readonly record: MarketRecord; readonly book: string | undefined } => {
      const { record, whole } = parse(text)
      const nothing = { record, book: undefined }
      if (record.type === "gap") {
        if (record.revision === 1) isValid = false
        return nothing
      }
      if (record.type !== "depth") return nothing
      if (whole === undefined) {
        apply("bids", record.data.bids)
        apply("asks", record.data.asks)
      } else {
        sides.bids = new Map(whole.bids)
        sides.asks = new Map(whole.asks)
        one = whole.one
        other = whole.other
        isValid = true
      }
      if (!isValid) return nothing
      const { asks, bids } = sides
      const book =
        exactLevels === undefined
          ? `${one} ${other} ${bids.size} ${asks.size}`
          : bestText(bestOf(bids, -1, exactLevels), bestOf(asks, 1, exactLevels))
      return { record, book }
    },
  }
}
