import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Histogram, WindowedHistogram } from "../../../src/runtime/Histogram.ts"
import { type Dice, withSeeds } from "../../support/seed.ts"

/** Spread over many powers of ten, as latencies are. */
const values = (dice: Dice, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, () => 10 ** (dice.next() * 9) * (1 + dice.next()))

const exactQuantile = (sorted: ReadonlyArray<number>, quantile: number): number =>
  sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)]!

describe("Histogram", () => {
  it.effect("gives every quantile to within a bucket's width of 5 %", () =>
    withSeeds(50, (dice) =>
      Effect.sync(() => {
        const all = values(dice, 1 + dice.int(2000))
        const histogram = new Histogram()
        for (const value of all) histogram.record(value)
        const sorted = all.toSorted((left, right) => left - right)
        for (const quantile of [0.01, 0.5, 0.9, 0.95, 0.99, 1]) {
          const exact = exactQuantile(sorted, quantile)
          assert.closeTo(histogram.quantile(quantile) / exact, 1, 0.0501, `p${quantile * 100}: ${exact}`)
        }
        assert.strictEqual(histogram.count, all.length)
        assert.strictEqual(histogram.max, sorted.at(-1))
        assert.strictEqual(histogram.min, sorted[0])
      }),
    ),
  )

  it.effect("counts what does not exceed a round limit exactly, the limit included", () =>
    withSeeds(50, (dice) =>
      Effect.sync(() => {
        const limits = [500, 1000, 2500, 5000, 10_000, 1e6, 2.5e6, 3.6e9]
        const all = [...values(dice, 500), ...limits, ...limits]
        const histogram = new Histogram()
        for (const value of all) histogram.record(value)
        assert.deepStrictEqual(
          histogram.cumulative(limits),
          limits.map((limit) => all.filter((value) => value <= limit).length),
        )
      }),
    ),
  )

  it.effect("is the same whether values come one by one, in bulk, or merged", () =>
    withSeeds(20, (dice) =>
      Effect.sync(() => {
        const single = new Histogram()
        const bulk = new Histogram()
        const parts = [new Histogram(), new Histogram(), new Histogram()]
        for (const value of values(dice, 300)) {
          const count = 1 + dice.int(5)
          for (let time = 0; time < count; time++) single.record(value)
          bulk.record(value, count)
          dice.pick(parts).record(value, count)
        }
        const merged = new Histogram()
        for (const part of parts) merged.merge(part)
        const limits = [10, 1000, 1e5, 1e7]
        for (const other of [bulk, merged]) {
          assert.strictEqual(other.count, single.count)
          assert.closeTo(other.sum / single.sum, 1, 1e-9)
          assert.deepStrictEqual(other.cumulative(limits), single.cumulative(limits))
          assert.strictEqual(other.quantile(0.9), single.quantile(0.9))
        }
      }),
    ),
  )

  it("takes what is no latency at all: negative, not a number, beyond its range", () => {
    const histogram = new Histogram()
    for (const value of [-5, Number.NaN, 0]) histogram.record(value)
    assert.strictEqual(histogram.quantile(0.99), 0)
    histogram.record(1e15)
    assert.strictEqual(histogram.quantile(1), 1e15)
    assert.deepStrictEqual(histogram.cumulative([1, 1e11]), [3, 3])
    assert.strictEqual(histogram.count, 4)
  })

  it("gives 0 while there is nothing", () => {
    assert.strictEqual(new Histogram().quantile(0.5), 0)
  })
})

describe("WindowedHistogram", () => {
  it("forgets in the recent what is older than two windows, and in the total nothing", () => {
    const windows = new WindowedHistogram(60_000, 0)
    windows.record(100)
    windows.advance(59_999)
    windows.record(200)
    windows.advance(60_000)
    windows.record(300)
    assert.strictEqual(windows.recent().count, 3)
    windows.advance(120_000)
    assert.strictEqual(windows.recent().count, 1)
    assert.strictEqual(windows.recent().max, 300)
    windows.advance(300_000)
    assert.strictEqual(windows.recent().count, 0)
    assert.strictEqual(windows.total().count, 3)
    assert.strictEqual(windows.total().sum, 600)
  })

  it("holds after a long silence only what came since", () => {
    const windows = new WindowedHistogram(60_000, 0)
    windows.record(1)
    windows.advance(10 * 60_000)
    windows.record(2)
    assert.strictEqual(windows.recent().count, 1)
    windows.advance(11 * 60_000)
    assert.strictEqual(windows.recent().count, 1)
    assert.strictEqual(windows.total().count, 2)
  })

  it("does not stop when the clock is set back", () => {
    const windows = new WindowedHistogram(60_000, 1_000_000)
    windows.advance(500_000)
    windows.record(1)
    windows.advance(570_000)
    windows.advance(640_000)
    assert.strictEqual(windows.recent().count, 0)
    assert.strictEqual(windows.total().count, 1)
  })
})
