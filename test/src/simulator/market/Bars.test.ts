import { describe, expect, it } from "@effect/vitest"
import { klineIntervals } from "../../../../src/domain/DataType.ts"
import { nextOpenTime, openTime } from "../../../../src/domain/KlineTime.ts"
import type { Trade } from "../../../../src/simulator/market/Market.ts"
import { marketOf, random, runSeed, someTime } from "../support/markets.ts"

type Made = ReturnType<typeof marketOf>

/** A bar as anyone would compute it who has the trades. */
const walk = ({ market }: Made, start: number, end: number) => {
  const trades: Array<Trade> = []
  for (let id = market.tradeAt(start); id < market.tradeAt(end); id++) trades.push(market.trade(id))
  const last = market.trade(market.tradeAt(end) - 1).rung
  const rungs = trades.length === 0 ? [last] : trades.map(({ rung }) => rung)
  const sum = (of: ReadonlyArray<Trade>) => ({
    units: of.reduce((total, { units }) => total + units, 0),
    quote: of.reduce((total, { rung, units }) => total + BigInt(rung) * BigInt(units), 0n),
  })
  const all = sum(trades)
  const bought = sum(trades.filter(({ buy }) => buy))
  return {
    start,
    end,
    firstTrade: market.tradeAt(start),
    trades: trades.length,
    open: rungs[0],
    close: last,
    high: rungs.reduce((a, b) => Math.max(a, b)),
    low: rungs.reduce((a, b) => Math.min(a, b)),
    units: all.units,
    quote: all.quote,
    buyUnits: bought.units,
    buyQuote: bought.quote,
  }
}

describe(`bars (seed ${runSeed})`, () => {
  it("the bar of any period is exactly what its trades add up to", () => {
    for (const rate of [0.2, 5, 60]) {
      const made = marketOf("ETHUSDT", rate)
      for (let round = 0; round < 40; round++) {
        const start = someTime()
        const end = start + random([500, 60_000, 600_000, 10_000_000][round % 4]!)
        expect(made.bars.between(start, end)).toEqual(walk(made, start, end))
      }
    }
  })

  it("a day, an hour, a minute and a second of klines add up to their trades", () => {
    const made = marketOf("BTCUSDT", 3)
    for (const interval of ["1s", "1m", "3m", "1h", "1d"] as const) {
      const open = openTime(interval, someTime())
      const next = nextOpenTime(interval, open)
      expect(made.bars.kline(interval, open, next)).toEqual(walk(made, open, next))
      const partway = open + random(next - open)
      expect(made.bars.kline(interval, open, partway)).toEqual(walk(made, open, partway))
    }
  })

  it("a period without trades stands at the last price", () => {
    const made = marketOf("BTCUSDT", 0.2)
    const time = made.market.trade(made.market.tradeAt(someTime())).time
    const bar = made.bars.between(time + 1, time + 2)
    expect(bar).toMatchObject({
      trades: 0,
      units: 0,
      quote: 0n,
      open: bar.close,
      high: bar.close,
      low: bar.close,
    })
  })

  it("klines of every interval tile the time: weeks from Monday, months by the calendar", () => {
    for (const interval of klineIntervals) {
      const time = someTime()
      const open = openTime(interval, time)
      const next = nextOpenTime(interval, open)
      expect(open).toBeLessThanOrEqual(time)
      expect(next).toBeGreaterThan(time)
      expect(openTime(interval, next)).toBe(next)
      expect(openTime(interval, next - 1)).toBe(open)
    }
    expect(new Date(openTime("1w", someTime())).getUTCDay()).toBe(1)
    expect(new Date(openTime("1M", someTime())).getUTCDate()).toBe(1)
  })
})
