import { describe, expect, it } from "@effect/vitest"
import { type Level } from "../../../../src/simulator/market/Book.ts"
import { marketOf, random, runSeed, someTime } from "../support/markets.ts"

const side = (levels: ReadonlyArray<Level>) => new Map(levels)

const apply = (book: Map<number, number>, levels: ReadonlyArray<Level>) => {
  for (const [rung, units] of levels) {
    if (units === 0) book.delete(rung)
    else book.set(rung, units)
  }
}

const sorted = (book: Map<number, number>) => [...book].sort(([a], [b]) => a - b)

describe(`the book (seed ${runSeed})`, () => {
  it("a book and the deltas after it give exactly the later book, for any cut into deltas", () => {
    for (const rate of [0.5, 20, 300]) {
      const { book, market } = marketOf("BTCUSDT", rate)
      let step = market.stepAt(someTime())
      const start = book.at(step, 5000)
      const bids = side(start.bids)
      const asks = side(start.asks)
      for (let round = 0; round < 600; round++) {
        const next = step + 1 + random(round % 100 === 0 ? 1000 : 12)
        const delta = book.delta(step, next)
        apply(bids, delta.bids)
        apply(asks, delta.asks)
        step = next
        if (round % 10 !== 0) continue
        const truth = book.at(step, 5000)
        expect(sorted(bids)).toEqual(sorted(side(truth.bids)))
        expect(sorted(asks)).toEqual(sorted(side(truth.asks)))
      }
    }
  })

  it("a delta joins the book of any step that it spans", () => {
    for (const rate of [20, 300]) {
      const { book, market } = marketOf("BTCUSDT", rate)
      for (let round = 0; round < 200; round++) {
        const from = market.stepAt(someTime())
        const to = from + 2 + random(12)
        const middle = book.at(from + 1 + random(to - from - 1), 5000)
        const bids = side(middle.bids)
        const asks = side(middle.asks)
        const delta = book.delta(from, to)
        apply(bids, delta.bids)
        apply(asks, delta.asks)
        const truth = book.at(to, 5000)
        expect(sorted(bids)).toEqual(sorted(side(truth.bids)))
        expect(sorted(asks)).toEqual(sorted(side(truth.asks)))
      }
    }
  })

  it("is never crossed, its best levels are what bid, bestBid and bestAsk say, and it is deep", () => {
    const { book, market } = marketOf("DOGEUSDT", 50)
    const first = market.stepAt(someTime())
    for (let step = first; step < first + 3000; step += 7) {
      const { asks, bids } = book.at(step, 1000)
      expect(bids[0]).toEqual([market.bid(step), book.bestBid(step)])
      expect(asks[0]).toEqual([market.bid(step) + 1, book.bestAsk(step)])
      expect(bids.length).toBeGreaterThan(300)
      expect(asks.length).toBeGreaterThan(300)
    }
  })

  it("every step changes the best bid or ask", () => {
    const { book, market } = marketOf("ETHUSDT", 50)
    const first = market.stepAt(someTime())
    const best = (step: number) => `${market.bid(step)} ${book.bestBid(step)} ${book.bestAsk(step)}`
    let same = 0
    for (let step = first; step < first + 2000; step++) if (best(step) === best(step - 1)) same++
    expect(same).toBeLessThan(5)
  })
})
