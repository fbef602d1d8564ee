import type { Activity } from "./Activity.ts"
import { hash, sequence } from "./Hash.ts"

/**
 * One scripted minute: the path of the price, step by step, and every trade, relative to the minute's own base price
 * and scales. A market plays one tape of its library each minute, so that the sums of any minute are known without
 * walking through its trades, and equal what walking gives.
 */
export interface Tape {
  /** Per step: distance of the best bid from the minute's base, before scaling. Begins and ends near 0. */
  readonly path: Int16Array
  /** Per trade, ascending. */
  readonly step: Int32Array
  /** Per trade, 1 to `largestTrade`, before scaling. */
  readonly units: Int32Array
  /** Per trade: 1 when the taker bought, at the ask, which is one rung above the bid. */
  readonly buy: Uint8Array
  /** Per trade: the order it belongs to. */
  readonly order: Int32Array
  /** Per order: its first trade; one more entry for the end. */
  readonly firstOfOrder: Int32Array
  /** Per step: the first trade of this or a later step; one more entry for the end. */
  readonly firstOfStep: Int32Array
  readonly totals: TapeTotals
}

/** Sums over a tape's trades, `path` unscaled. */
export interface TapeTotals {
  readonly units: number
  readonly buyUnits: number
  /** Σ path × units. */
  readonly moment: number
  readonly buyMoment: number
  /** By scale, as in `pathScales`: the highest and lowest price relative to the base. */
  readonly high: ReadonlyArray<number>
  readonly low: ReadonlyArray<number>
}

/** By what a minute may multiply a tape's path. */
export const pathScales: ReadonlyArray<number> = [-2, -1, 1, 2]

export const largestTrade = 400

/** A random walk that comes back to where it began. */
const makePath = (steps: number, random: (bound: number) => number): Int16Array => {
  const walk = new Int16Array(steps)
  // About the same range within a minute whether it has ten steps or a hundred thousand.
  const moving = Math.min(0.5, 400 / steps)
  let at = 0
  for (let i = 1; i < steps; i++) {
    if (random(1_000_000) < moving * 1_000_000) at += random(2) === 0 ? -1 : 1
    walk[i] = at
  }
  const last = steps - 1
  return walk.map((value, i) => value - Math.round((at * i) / last))
}

const totalsOf = (tape: Omit<Tape, "totals">): TapeTotals => {
  let units = 0
  let buyUnits = 0
  let moment = 0
  let buyMoment = 0
  const high = pathScales.map(() => -Infinity)
  const low = pathScales.map(() => Infinity)
  for (let i = 0; i < tape.units.length; i++) {
    const size = tape.units[i]!
    const path = tape.path[tape.step[i]!]!
    const buy = tape.buy[i]!
    units += size
    moment += path * size
    buyUnits += buy * size
    buyMoment += buy * path * size
    for (let s = 0; s < pathScales.length; s++) {
      const price = pathScales[s]! * path + buy
      if (price > high[s]!) high[s] = price
      if (price < low[s]!) low[s] = price
    }
  }
  return { units, buyUnits, moment, buyMoment, high, low }
}

const makeTape = (activity: Activity, seed: number): Tape => {
  const { stepsPerMinute, tradesPerMinute, ordersPerMinute } = activity
  const random = sequence(seed)
  const sizeOfOrder = new Int32Array(ordersPerMinute).fill(1)
  for (let i = ordersPerMinute; i < tradesPerMinute; i++) sizeOfOrder[random(ordersPerMinute)]!++
  const stepOfOrder = new Int32Array(ordersPerMinute).map(() => random(stepsPerMinute)).sort()
  const step = new Int32Array(tradesPerMinute)
  const units = new Int32Array(tradesPerMinute)
  const buy = new Uint8Array(tradesPerMinute)
  const order = new Int32Array(tradesPerMinute)
  const firstOfOrder = new Int32Array(ordersPerMinute + 1)
  let trade = 0
  for (let o = 0; o < ordersPerMinute; o++) {
    firstOfOrder[o] = trade
    const side = random(2)
    for (let i = 0; i < sizeOfOrder[o]!; i++, trade++) {
      step[trade] = stepOfOrder[o]!
      // Mostly small, sometimes large.
      units[trade] = 1 + random(random(4) === 0 ? largestTrade : 40)
      buy[trade] = side
      order[trade] = o
    }
  }
  firstOfOrder[ordersPerMinute] = tradesPerMinute
  const firstOfStep = new Int32Array(stepsPerMinute + 1)
  for (let s = 0, t = 0; s <= stepsPerMinute; s++) {
    while (t < tradesPerMinute && step[t]! < s) t++
    firstOfStep[s] = t
  }
  const tape = { path: makePath(stepsPerMinute, random), step, units, buy, order, firstOfOrder, firstOfStep }
  return { ...tape, totals: totalsOf(tape) }
}

/** The tapes that all markets of one seed and activity share. Fewer where a minute holds much, to bound the memory. */
export const makeTapes = (seed: number, activity: Activity): ReadonlyArray<Tape> =>
  Array.from(
    { length: Math.max(4, Math.min(16, Math.floor(400_000 / activity.stepsPerMinute))) },
    (_, index) => makeTape(activity, hash(seed, index)),
  )
