import type { MarketRecord } from "../../../src/domain/Record.ts"
import type { SymbolMarket } from "../../../src/simulator/index.ts"
import { isGap } from "../../support/streamStates.ts"
import type { VenueFixture } from "../Venue.ts"

type Side = ReadonlyArray<readonly [string, string]>

/** A book as somebody builds it who knows the records alone, and its text of so many levels. */
export const makeReader = (exactLevels = Number.POSITIVE_INFINITY) => {
  const sides = { bids: new Map<string, string>(), asks: new Map<string, string>() }
  let isValid = false
  const apply = (side: "bids" | "asks", levels: Side) => {
    for (const [price, quantity] of levels)
      if (/^[0.]+$/.test(quantity)) sides[side].delete(price)
      else sides[side].set(price, quantity)
  }
  return {
    /** The book's text after this record, where it claims to be one. */
    read: (record: MarketRecord): (() => string) | undefined => {
      if (isGap(record)) {
        if (record.revision === 1) isValid = false
        return undefined
      }
      if (record.type !== "depth") return undefined
      if (record.data.kind === "snapshot") {
        sides.bids.clear()
        sides.asks.clear()
        isValid = true
      }
      apply("bids", record.data.bids)
      apply("asks", record.data.asks)
      return isValid ? () => textOf([...sides.bids], [...sides.asks], exactLevels) : undefined
    },
  }
}

const textOf = (bids: Side, asks: Side, levels: number): string => {
  const text = (side: Side, sign: number) =>
    side
      .toSorted(([a], [b]) => sign * (Number(a) - Number(b)))
      .slice(0, levels)
      .map(([price, quantity]) => `${price} ${quantity}`)
  return [...text(bids, -1), "", ...text(asks, 1)].join("\n")
}

export const truthAt = (
  market: SymbolMarket,
  step: number,
  exactLevels = Number.POSITIVE_INFINITY,
): string => {
  const { asks, bids } = market.book.at(step, exactLevels)
  const parse = (levels: typeof bids) => JSON.parse(market.levels(levels)) as Side
  return textOf(parse(bids), parse(asks), exactLevels)
}

/**
 * The step of the market after which a depth record tells the book, between two times; `firstId`: the number that became
 * 1, where the venue has counted anew.
 */
export const stepsOf = (
  { stepOf }: VenueFixture["simulated"],
  market: SymbolMarket,
  from: number,
  to: number,
  firstId?: number,
): ((record: Extract<MarketRecord, { readonly type: "depth" }>) => number) => {
  const steps = new Map<number, number>()
  for (let step = market.market.stepAt(from); step <= market.market.stepAt(to); step++)
    steps.set(market.market.updateId(step), step)
  return ({ data, timestamp }) => {
    const told = Number(data.sequence.last)
    const last = firstId !== undefined && told < firstId / 2 ? told + firstId - 1 : told
    return stepOf === undefined ? steps.get(last)! : stepOf(market, { last, timestamp })
  }
}
