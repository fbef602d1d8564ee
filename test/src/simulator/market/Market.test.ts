import { describe, expect, it } from "@effect/vitest"
import { marketOf, random, runSeed, someTime } from "../support/markets.ts"

const rates = [0.2, 3, 40, 400]

describe(`a market is a function of seed, symbol and time (seed ${runSeed})`, () => {
  it("two instances give the same trades, books, bars and ids at the same moment, whatever was asked before", () => {
    for (const rate of rates) {
      const one = marketOf("ETHUSDT", rate)
      const other = marketOf("ETHUSDT", rate)
      for (let round = 0; round < 8; round++) {
        const time = someTime()
        one.bars.between(time - 3 * 86_400_000, time - 86_400_000)
        const step = one.market.stepAt(time)
        const id = one.market.tradeAt(time)
        expect(other.market.stepAt(time)).toBe(step)
        expect(other.market.trade(other.market.tradeAt(time))).toEqual(one.market.trade(id))
        expect(other.market.updateId(step)).toBe(one.market.updateId(step))
        expect(other.book.at(step, 100)).toEqual(one.book.at(step, 100))
        expect(other.bars.between(time - 3_600_000, time)).toEqual(one.bars.between(time - 3_600_000, time))
      }
    }
  })

  it("another seed or another symbol is another market", () => {
    const time = someTime()
    const trades = (symbol: string, seed: number) => {
      const { market } = marketOf(symbol, 40, seed)
      return Array.from({ length: 50 }, (_, i) => market.trade(market.tradeAt(time) + i))
    }
    expect(trades("ETHUSDT", 2)).not.toEqual(trades("ETHUSDT", 1))
    expect(trades("BTCUSDT", 1)).not.toEqual(trades("ETHUSDT", 1))
  })

  it("trade ids are contiguous and ascend with time, across minutes too", () => {
    for (const rate of rates) {
      const { market } = marketOf("BTCUSDT", rate)
      const from = someTime()
      const to = from + 150_000
      let previous = market.trade(market.tradeAt(from) - 1)
      expect(previous.time).toBeLessThan(from)
      for (let id = market.tradeAt(from); id < market.tradeAt(to); id++) {
        const trade = market.trade(id)
        expect(trade.id).toBe(previous.id + 1)
        expect(trade.time).toBeGreaterThanOrEqual(previous.time)
        expect(trade.time).toBeGreaterThanOrEqual(from)
        expect(trade.time).toBeLessThan(to)
        previous = trade
      }
      expect(market.trade(previous.id + 1).time).toBeGreaterThanOrEqual(to)
    }
  })

  it("steps and their times follow from each other, and update ids ascend", () => {
    for (const rate of rates) {
      const { market } = marketOf("BTCUSDT", rate)
      const first = market.stepAt(someTime())
      for (let step = first; step < first + 2000; step++) {
        const time = market.stepTime(step)
        expect(market.stepAt(time)).toBeGreaterThanOrEqual(step)
        expect(market.stepTime(market.stepAt(time))).toBe(time)
        expect(market.stepAt(time - 1)).toBeLessThan(step)
        expect(market.updateId(step + 1)).toBeGreaterThan(market.updateId(step))
      }
    }
  })

  it("every trade is at the best price of its side at its moment, and no larger than what stands there", () => {
    const { book, market } = marketOf("SOLUSDT", 100)
    const first = market.tradeAt(someTime())
    for (let id = first; id < first + 3000; id++) {
      const trade = market.trade(id)
      const step = market.stepAt(trade.time)
      expect(trade.rung).toBe(market.bid(step) + (trade.buy ? 1 : 0))
      expect(trade.units).toBeLessThanOrEqual(trade.buy ? book.bestAsk(step) : book.bestBid(step))
    }
  })

  it("aggregate trades cover all trades once, in order, each of one side and price", () => {
    const { market } = marketOf("BTCUSDT", 60)
    const from = someTime()
    let next = market.aggregate(market.aggregateAt(from)).first
    for (let id = market.aggregateAt(from); id < market.aggregateAt(from + 130_000); id++) {
      const aggregate = market.aggregate(id)
      expect(aggregate.first).toBe(next)
      let units = 0
      for (let trade = aggregate.first; trade <= aggregate.last; trade++) {
        const each = market.trade(trade)
        expect([each.rung, each.buy, each.time]).toEqual([aggregate.rung, aggregate.buy, aggregate.time])
        expect(market.aggregateOf(trade)).toBe(id)
        units += each.units
      }
      expect(units).toBe(aggregate.units)
      next = aggregate.last + 1
    }
  })

  it("works on a clock that starts at the epoch", () => {
    const { bars, book, market } = marketOf("BTCUSDT", 10)
    const day = bars.between(-86_400_000, 0)
    expect(day.trades).toBe(1440 * market.activity.tradesPerMinute)
    expect(day.firstTrade).toBeGreaterThan(0)
    expect(market.updateId(market.stepAt(-86_400_000))).toBeGreaterThan(0)
    expect(book.at(market.stepAt(0), 5).bids).toHaveLength(5)
  })
})

describe("rates", () => {
  it("a step's share of a minute holds at any rate", () => {
    for (const rate of [0.1, 1, 10, 100, 1000, random(5000)]) {
      const { market } = marketOf("BTCUSDT", rate)
      const start = Math.floor(someTime() / 60_000) * 60_000
      expect(market.stepAt(start + 59_999) - market.stepAt(start - 1)).toBe(market.activity.stepsPerMinute)
      expect(market.tradeAt(start + 60_000) - market.tradeAt(start)).toBe(market.activity.tradesPerMinute)
    }
  })
})
