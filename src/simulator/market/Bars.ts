import type { KlineInterval } from "../../domain/DataType.ts"
import { nextOpenTime, openTime } from "../../domain/KlineTime.ts"
import { modulo } from "./Hash.ts"
import { type Market, minuteMillis } from "./Market.ts"
import { pathScales } from "./Tape.ts"

/**
 * What traded in a period: a kline's or a ticker's numbers. Prices in rungs, quantities in units, their products in
 * rungs × units. A period without trades stands at the last price before it.
 */
export interface Bar {
  /** The period: from `start`, up to but not including `end`. */
  readonly start: number
  readonly end: number
  readonly firstTrade: number
  readonly trades: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly units: number
  readonly quote: bigint
  /** The part in which the taker bought. */
  readonly buyUnits: number
  readonly buyQuote: bigint
}

export interface Bars {
  /** The bar of any period. */
  readonly between: (start: number, end: number) => Bar
  /** The kline that is open at `time`, as far as it has come by then: trades before `time`. */
  readonly kline: (interval: KlineInterval, open: number, time: number) => Bar
}

interface Sums {
  high: number
  low: number
  units: number
  buyUnits: number
  quote: bigint
  buyQuote: bigint
}

const empty = (): Sums => ({ high: -Infinity, low: Infinity, units: 0, buyUnits: 0, quote: 0n, buyQuote: 0n })

const add = (to: Sums, sums: Sums): void => {
  if (sums.high > to.high) to.high = sums.high
  if (sums.low < to.low) to.low = sums.low
  to.units += sums.units
  to.buyUnits += sums.buyUnits
  to.quote += sums.quote
  to.buyQuote += sums.buyQuote
}

/** A few thousand sums of longer spans, the oldest forgotten first. */
const memo = (make: (index: number) => Sums): ((index: number) => Sums) => {
  const known = new Map<number, Sums>()
  return (index) => {
    const found = known.get(index)
    if (found !== undefined) return found
    const made = make(index)
    if (known.size >= 4096) for (const oldest of known.keys()) if (known.delete(oldest)) break
    known.set(index, made)
    return made
  }
}

export const makeBars = (market: Market): Bars => {
  /** Up to 60 whole minutes from their tapes' own sums, in constant time each: what walking the trades would give. */
  const wholeMinutes = (from: number, to: number): Sums => {
    const sums = empty()
    // Within an hour below 2^53 at any rate.
    let quote = 0
    let buyQuote = 0
    for (let index = from; index < to; index++) {
      const { base, scale, size, tape } = market.minute(index)
      const { buyMoment, buyUnits, high, low, moment, units } = tape.totals
      const path = pathScales[scale]!
      sums.high = Math.max(sums.high, base + high[scale]!)
      sums.low = Math.min(sums.low, base + low[scale]!)
      sums.units += size * units
      sums.buyUnits += size * buyUnits
      // A trade's price is base + path, one more where the taker bought.
      quote += size * (base * units + path * moment + buyUnits)
      buyQuote += size * ((base + 1) * buyUnits + path * buyMoment)
    }
    sums.quote = BigInt(quote)
    sums.buyQuote = BigInt(buyQuote)
    return sums
  }
  const hourSums = memo((hour) => wholeMinutes(hour * 60, hour * 60 + 60))
  const daySums = memo((day) => {
    const sums = empty()
    for (let hour = day * 24; hour < day * 24 + 24; hour++) add(sums, hourSums(hour))
    return sums
  })

  /** Trade by trade, for parts of minutes. */
  const walk = (from: number, to: number): Sums => {
    const sums = empty()
    let quote = 0
    let buyQuote = 0
    for (let id = from; id < to;) {
      const { at, minute } = market.locate(id)
      const { buy, path, step, units } = minute.tape
      const scale = pathScales[minute.scale]!
      const end = Math.min(units.length, at + to - id)
      for (let i = at; i < end; i++) {
        const bought = buy[i]!
        const rung = minute.base + scale * path[step[i]!]! + bought
        const size = minute.size * units[i]!
        if (rung > sums.high) sums.high = rung
        if (rung < sums.low) sums.low = rung
        sums.units += size
        sums.buyUnits += bought * size
        quote += rung * size
        buyQuote += bought * rung * size
      }
      id += end - at
    }
    sums.quote = BigInt(quote)
    sums.buyQuote = BigInt(buyQuote)
    return sums
  }

  /** Whole minutes, by days and hours where they fit. */
  const minutesBetween = (from: number, to: number, sums: Sums): void => {
    let at = from
    while (at < to) {
      if (modulo(at, 1440) === 0 && at + 1440 <= to) {
        add(sums, daySums(at / 1440))
        at += 1440
      } else if (modulo(at, 60) === 0 && at + 60 <= to) {
        add(sums, hourSums(at / 60))
        at += 60
      } else {
        const next = Math.min(to, at + 60 - modulo(at, 60))
        add(sums, wholeMinutes(at, next))
        at = next
      }
    }
  }

  const between = (start: number, end: number): Bar => {
    const firstTrade = market.tradeAt(start)
    const trades = Math.max(0, market.tradeAt(end) - firstTrade)
    const firstMinute = Math.ceil(start / minuteMillis)
    const endMinute = Math.floor(end / minuteMillis)
    const sums = empty()
    if (endMinute <= firstMinute) add(sums, walk(firstTrade, firstTrade + trades))
    else {
      add(sums, walk(firstTrade, market.firstTrade(firstMinute)))
      minutesBetween(firstMinute, endMinute, sums)
      add(sums, walk(market.firstTrade(endMinute), firstTrade + trades))
    }
    const last = market.trade(firstTrade + trades - 1).rung
    const open = trades === 0 ? last : market.trade(firstTrade).rung
    if (trades === 0) sums.high = sums.low = last
    return { start, end, firstTrade, trades, open, close: last, ...sums }
  }

  return {
    between,
    kline: (interval, open, time) => between(open, Math.min(time, nextOpenTime(interval, open))),
  }
}

/** The kline's opening time and that of the one after it. */
export const klineSpan = (interval: KlineInterval, time: number) => {
  const open = openTime(interval, time)
  return { open, next: nextOpenTime(interval, open) }
}
