import type { Activity } from "./Activity.ts"
import { hash, hashText, modulo, noise } from "./Hash.ts"
import type { Listing } from "./Listing.ts"
import { pathScales, type Tape } from "./Tape.ts"

/** One fill. Prices in rungs, quantities in units of the listing. */
export interface Trade {
  readonly id: number
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly rung: number
  readonly units: number
  /** Whether the taker bought. */
  readonly buy: boolean
}

/** The trades of one order that took liquidity: what an exchange merges into an aggregate trade. */
export interface AggregateTrade extends Trade {
  readonly first: number
  readonly last: number
}

/** What plays in one minute: a tape at a base price, stretched. */
export interface Minute {
  readonly index: number
  readonly tape: Tape
  /** The rung from which the tape's path is measured. */
  readonly base: number
  /** An index of `pathScales`. */
  readonly scale: number
  /** By what the tape's quantities are multiplied. */
  readonly size: number
}

/**
 * The market of one symbol as a function of time. Nothing is stored or replayed: any trade, any state of the book, any
 * id can be asked for directly, and two processes with the same seed, symbol and activity answer the same.
 *
 * Time is cut into minutes, a minute into steps of equal length. Steps are numbered from the epoch; at each step the
 * book changes, and some steps have trades. `Book.ts` and `Bars.ts` build on it.
 */
export interface Market {
  readonly listing: Listing
  readonly activity: Activity
  readonly seed: number
  readonly minute: (index: number) => Minute
  /** The last step at or before a time. */
  readonly stepAt: (time: number) => number
  readonly stepTime: (step: number) => number
  /** The rung of the best bid after a step; the best ask is one above. */
  readonly bid: (step: number) => number
  /** The book's update id after a step: ascending, with gaps, since one step may be several updates. */
  readonly updateId: (step: number) => number
  /** The id of the first trade at or after a time. */
  readonly tradeAt: (time: number) => number
  readonly trade: (id: number) => Trade
  /** Where a trade stands: its minute, and its index on that minute's tape. */
  readonly locate: (id: number) => { readonly minute: Minute; readonly at: number }
  /** The first trade of an indexed minute. */
  readonly firstTrade: (minute: number) => number
  /** The id of the first aggregate trade at or after a time. */
  readonly aggregateAt: (time: number) => number
  readonly aggregate: (id: number) => AggregateTrade
  /** The aggregate trade that holds a trade. */
  readonly aggregateOf: (trade: number) => number
}

export const minuteMillis = 60_000

/** A minute's `size` is 1 to this. */
export const largestSize = 4

/** Price waves: period in minutes and height as a share of the price. Together at most 5 %. */
const waves: ReadonlyArray<readonly [period: number, height: number]> = [
  [10_080, 0.028],
  [1_440, 0.014],
  [240, 0.005],
  [30, 0.001],
  [5, 0.0002],
  [1, 0.0001],
]

const cached = 64

export const makeMarket = (options: {
  readonly seed: number
  readonly venue: string
  readonly listing: Listing
  readonly activity: Activity
  readonly tapes: ReadonlyArray<Tape>
}): Market => {
  const { activity, listing, tapes } = options
  // All venues of a pair follow one price; what happens within a minute is each venue's own.
  const priceSeed = hashText(options.seed, listing.base + listing.quote)
  const seed = hashText(options.seed, `${options.venue}:${listing.native}`)
  const waveSeeds = waves.map(([period]) => hash(priceSeed, period))
  const steps = activity.stepsPerMinute
  const trades = activity.tradesPerMinute
  const orders = activity.ordersPerMinute
  // Ids of different symbols are far apart, so that mixing them up is noticed.
  const firstIdOf = (kind: number) => (1_000_000 + (hash(seed, kind) % 1_000_000)) * 1000
  const firstUpdate = firstIdOf(1)
  const tradeOffset = firstIdOf(2)
  const aggregateOffset = firstIdOf(3)

  const minutes = new Array<Minute | undefined>(cached)
  const minute = (index: number): Minute => {
    // Also before the epoch, where a ticker's day may begin on a clock that starts at 0.
    const slot = modulo(index, cached)
    const known = minutes[slot]
    if (known !== undefined && known.index === index) return known
    let share = 0
    for (let w = 0; w < waves.length; w++) {
      const [period, height] = waves[w]!
      share += height * noise(waveSeeds[w]!, index / period)
    }
    const dice = hash(seed, index)
    const made: Minute = {
      index,
      tape: tapes[(dice >>> 8) % tapes.length]!,
      base: Math.round(listing.baseRung * (1 + share)),
      scale: dice & 3,
      size: 1 + ((dice >>> 2) % largestSize),
    }
    minutes[slot] = made
    return made
  }

  const stepAt = (time: number): number => {
    const index = Math.floor(time / minuteMillis)
    const offset = time - index * minuteMillis
    return index * steps + Math.ceil(((offset + 1) * steps) / minuteMillis) - 1
  }
  const stepTime = (step: number): number => {
    const index = Math.floor(step / steps)
    return index * minuteMillis + Math.floor(((step - index * steps) * minuteMillis) / steps)
  }

  const tradeAt = (time: number): number => {
    const index = Math.floor(time / minuteMillis)
    const step = stepAt(time - 1) + 1 - index * steps
    return tradeOffset + index * trades + minute(index).tape.firstOfStep[Math.max(0, step)]!
  }
  const locate = (id: number) => {
    const index = Math.floor((id - tradeOffset) / trades)
    return { minute: minute(index), at: id - tradeOffset - index * trades }
  }
  const trade = (id: number): Trade => {
    const { at, minute: playing } = locate(id)
    const { base, index, scale, size, tape } = playing
    const step = tape.step[at]!
    return {
      id,
      time: stepTime(index * steps + step),
      rung: base + pathScales[scale]! * tape.path[step]! + tape.buy[at]!,
      units: size * tape.units[at]!,
      buy: tape.buy[at] === 1,
    }
  }

  const aggregateOf = (id: number): number => {
    const { at, minute: playing } = locate(id)
    return aggregateOffset + playing.index * orders + playing.tape.order[at]!
  }
  const aggregate = (id: number): AggregateTrade => {
    const index = Math.floor((id - aggregateOffset) / orders)
    const { size, tape } = minute(index)
    const order = id - aggregateOffset - index * orders
    const first = tape.firstOfOrder[order]!
    const end = tape.firstOfOrder[order + 1]!
    let units = 0
    for (let i = first; i < end; i++) units += tape.units[i]!
    const start = tradeOffset + index * trades
    return { ...trade(start + first), id, units: units * size, first: start + first, last: start + end - 1 }
  }

  return {
    listing,
    activity,
    seed,
    minute,
    stepAt,
    stepTime,
    bid: (step) => {
      const index = Math.floor(step / steps)
      const { base, scale, tape } = minute(index)
      return base + pathScales[scale]! * tape.path[step - index * steps]!
    },
    updateId: (step) => firstUpdate + step * 3 + (hash(seed, step) % 3),
    tradeAt,
    trade,
    locate,
    firstTrade: (index) => tradeOffset + index * trades,
    aggregateAt: (time) => aggregateOf(tradeAt(time)),
    aggregate,
    aggregateOf,
  }
}
