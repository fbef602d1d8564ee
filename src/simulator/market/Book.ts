import { hash, hash2, modulo } from "./Hash.ts"
import { type Market, largestSize } from "./Market.ts"
import { largestTrade } from "./Tape.ts"

/** A price in rungs and what stands there in units; 0 units: the level is gone. */
export type Level = readonly [rung: number, units: number]

/** Bids from the highest price down, asks from the lowest up. */
export interface Levels {
  readonly bids: ReadonlyArray<Level>
  readonly asks: ReadonlyArray<Level>
}

/**
 * The order book after any step, and the exact difference between two steps, both without the history: what stands at
 * a level is a hash of the level and of when it last changed, and at each step only levels of one residue class change,
 * so the difference looks at those, at the best prices and at the two ends.
 */
export interface Book {
  /** The first `depth` levels of both sides. */
  readonly at: (step: number, depth: number) => Levels
  /**
   * What turns the book after `from`, or after any step between, into the book after `to`: a level that changed and
   * ended as it began is in it, for those whose snapshot was taken between.
   */
  readonly delta: (from: number, to: number) => Levels
  /** Units at the best bid and ask after a step. */
  readonly bestBid: (step: number) => number
  readonly bestAsk: (step: number) => number
}

/** Rungs on either side that may hold a level. */
export const bookWidth = 400

/** A level away from the best price changes once in so many steps; a prime. */
const period = 401
const stride = 157
/** `stride × inverse ≡ 1` modulo the period. */
const inverse = Array.from({ length: period }, (_, i) => i).find((i) => (i * stride) % period === 1)!

const bestFloor = largestTrade * largestSize

export const makeBook = (market: Market): Book => {
  const seeds = { bid: hash(market.seed, 11), ask: hash(market.seed, 12) }
  const bests = { bid: hash(market.seed, 13), ask: hash(market.seed, 14) }

  // One side's best changes at even steps, the other's at odd ones; always enough for the largest trade.
  const bestBid = (step: number) => bestFloor + (hash(bests.bid, Math.floor(step / 2)) % 20_000)
  const bestAsk = (step: number) => bestFloor + (hash(bests.ask, Math.floor((step + 1) / 2)) % 20_000)

  const resting = (seed: number, rung: number, step: number): number => {
    const dice = hash2(seed, rung, Math.floor((step + rung * stride) / period))
    // One level in eight is empty.
    return (dice & 7) === 0 ? 0 : 1 + ((dice >>> 3) % 50_000)
  }
  const bidUnits = (rung: number, step: number, best: number): number =>
    rung > best || rung <= best - bookWidth || rung < 1
      ? 0
      : rung === best
        ? bestBid(step)
        : resting(seeds.bid, rung, step)
  const askUnits = (rung: number, step: number, best: number): number =>
    rung < best || rung >= best + bookWidth
      ? 0
      : rung === best
        ? bestAsk(step)
        : resting(seeds.ask, rung, step)

  /** The lowest and the highest best bid of some steps. */
  const bidsOf = (from: number, to: number): Range => {
    let low = market.bid(from)
    let high = low
    for (let step = from + 1; step <= to; step++) {
      const bid = market.bid(step)
      if (bid < low) low = bid
      else if (bid > high) high = bid
    }
    return { low, high }
  }

  /** Rungs of `low` to `high` that may differ between two steps, ascending and without repeats. */
  const candidates = (
    from: number,
    to: number,
    before: Range,
    after: Range,
    passed: ReadonlyArray<Range>,
  ): ReadonlyArray<number> => {
    const low = Math.min(before.low, after.low, ...passed.map((range) => range.low))
    const high = Math.max(before.high, after.high, ...passed.map((range) => range.high))
    const found = new Set<number>()
    if (to - from >= period || to - from > high - low) {
      for (let rung = low; rung <= high; rung++) found.add(rung)
      return [...found]
    }
    const between = (one: number, other: number) => {
      for (let rung = Math.min(one, other); rung <= Math.max(one, other); rung++) found.add(rung)
    }
    between(before.low, after.low)
    between(before.high, after.high)
    for (const range of passed) between(range.low, range.high)
    for (let step = from + 1; step <= to; step++) {
      // The rungs for which (step + rung × stride) is a multiple of the period.
      const residue = (modulo(-step, period) * inverse) % period
      for (let rung = low + modulo(residue - low, period); rung <= high; rung += period) found.add(rung)
    }
    return [...found].sort((a, b) => a - b)
  }

  return {
    bestBid,
    bestAsk,
    at: (step, depth) => {
      const best = market.bid(step)
      const bids: Array<Level> = []
      const asks: Array<Level> = []
      for (let rung = best; rung > best - bookWidth && bids.length < depth; rung--) {
        const units = bidUnits(rung, step, best)
        if (units > 0) bids.push([rung, units])
      }
      for (let rung = best + 1; rung <= best + bookWidth && asks.length < depth; rung++) {
        const units = askUnits(rung, step, best + 1)
        if (units > 0) asks.push([rung, units])
      }
      return { bids, asks }
    },
    delta: (from, to) => {
      const old = market.bid(from)
      const best = market.bid(to)
      const bids: Array<Level> = []
      const asks: Array<Level> = []
      // What the best prices passed between the two, and what the far ends of the book did with them, came and went.
      const passed = to - from > 1 ? bidsOf(from, to) : undefined
      const passedBids = passed === undefined ? [] : [passed, shifted(passed, -bookWidth)]
      const passedAsks = passed === undefined ? [] : [shifted(passed, 1), shifted(passed, 1 + bookWidth)]
      const bidRange = (top: number): Range => ({ low: top - bookWidth + 1, high: top })
      const askRange = (top: number): Range => ({ low: top + 1, high: top + bookWidth })
      for (const rung of candidates(from, to, bidRange(old), bidRange(best), passedBids)) {
        const units = bidUnits(rung, to, best)
        if (units !== bidUnits(rung, from, old) || passedBids.some((range) => within(range, rung)))
          bids.push([rung, units])
      }
      for (const rung of candidates(from, to, askRange(old), askRange(best), passedAsks)) {
        const units = askUnits(rung, to, best + 1)
        if (units !== askUnits(rung, from, old + 1) || passedAsks.some((range) => within(range, rung)))
          asks.push([rung, units])
      }
      return { bids: bids.reverse(), asks }
    },
  }
}

const within = ({ high, low }: Range, rung: number): boolean => rung >= low && rung <= high

const shifted = ({ high, low }: Range, by: number): Range => ({ low: low + by, high: high + by })

interface Range {
  readonly low: number
  readonly high: number
}
