import { assert, describe, it } from "@effect/vitest"
import * as Ledger from "../../../src/runtime/Ledger.ts"

const seed = Number(process.env["MILLRACE_SEED"] ?? Math.floor(Math.random() * 2 ** 31))

const randomOf = (from: number) => {
  let state = (from % 2147483646) + 1
  return () => (state = (state * 48271) % 2147483647) / 2147483647
}

const numbers = (ranges: ReadonlyArray<Ledger.Range>): ReadonlyArray<number> =>
  ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, n) => first + n))

describe(`a ledger of sequences (seed ${seed})`, () => {
  it("begins with the first number that comes, whatever it is", () => {
    const ledger = Ledger.make()
    assert.deepStrictEqual(Ledger.observe(ledger, 500, 510).fresh, [{ first: 500, last: 510 }])
    assert.deepStrictEqual(Ledger.observe(ledger, 511, 511).gap, undefined)
  })

  it("is told what should have come by now, and begins there when it has not begun", () => {
    const ledger = Ledger.make()
    assert.strictEqual(Ledger.expect(ledger, 10).gap, undefined)
    assert.deepStrictEqual(Ledger.observe(ledger, 10, 14).fresh, [{ first: 10, last: 14 }])
    assert.strictEqual(Ledger.expect(ledger, 15).gap, undefined)
    assert.strictEqual(Ledger.expect(ledger, 12).gap, undefined)
    assert.deepStrictEqual(Ledger.expect(ledger, 20).gap, { first: 15, last: 19 })
    assert.strictEqual(Ledger.expect(ledger, 20).gap, undefined)
    assert.deepStrictEqual(Ledger.observe(ledger, 15, 19).filled, [{ first: 15, last: 19 }])
    assert.deepStrictEqual(Ledger.observe(ledger, 20, 24).fresh, [{ first: 20, last: 24 }])
  })

  it("is told of a range that is missing, wherever it lies", () => {
    const ledger = Ledger.make()
    Ledger.lose(ledger, { first: 20, last: 24 })
    assert.strictEqual(ledger.highest, 24)
    Ledger.lose(ledger, { first: 30, last: 31 })
    Ledger.lose(ledger, { first: 5, last: 9 })
    assert.strictEqual(ledger.highest, 31)
    assert.deepStrictEqual(ledger.missing, [
      { first: 5, last: 9 },
      { first: 20, last: 24 },
      { first: 30, last: 31 },
    ])
    assert.deepStrictEqual(Ledger.observe(ledger, 21, 22).filled, [{ first: 21, last: 22 }])
  })

  it("names what is missing, once", () => {
    const ledger = Ledger.make()
    Ledger.observe(ledger, 1, 1)
    assert.deepStrictEqual(Ledger.observe(ledger, 5, 6).gap, { first: 2, last: 4 })
    assert.strictEqual(Ledger.observe(ledger, 7, 7).gap, undefined)
    assert.deepStrictEqual(ledger.missing, [{ first: 2, last: 4 }])
  })

  it("agrees with a set of numbers under random observations: fresh once, gaps exact, fillings exact", () => {
    const random = randomOf(seed)
    for (let round = 0; round < 500; round++) {
      const ledger = Ledger.make()
      const seen = new Set<number>()
      const start = Math.floor(random() * 1000)
      let highest: number | undefined
      for (let step = 0; step < 60; step++) {
        const first = Math.max(0, (highest ?? start) + Math.floor(random() * 12) - 6)
        const last = first + Math.floor(random() * 5)
        const lowest = highest === undefined ? first : Math.min(...seen)
        const { fresh, gap, filled } = Ledger.observe(ledger, first, last)
        // Numbers before the first one that ever came were never waited for.
        const expected = numbers([{ first, last }]).filter((n) => n >= lowest && !seen.has(n))
        assert.deepStrictEqual(numbers(fresh), expected)
        assert.deepStrictEqual(
          numbers(filled),
          highest === undefined ? [] : expected.filter((n) => n <= highest!),
        )
        assert.deepStrictEqual(
          gap === undefined ? [] : numbers([gap]),
          highest === undefined
            ? []
            : numbers([{ first: highest + 1, last: first - 1 }]).filter((n) => n < first),
        )
        for (const n of expected) seen.add(n)
        highest = Math.max(highest ?? last, last)
        assert.strictEqual(ledger.highest, highest)
        const all = numbers([{ first: Math.min(...seen), last: highest }])
        assert.deepStrictEqual(
          numbers(ledger.missing),
          all.filter((n) => !seen.has(n)),
        )
      }
    }
  })

  it("is bounded: the oldest of too many missing ranges are given up, and said to be", () => {
    const ledger = Ledger.make(3)
    Ledger.observe(ledger, 0, 0)
    const forgotten: Array<Ledger.Range> = []
    for (let n = 2; n <= 12; n += 2) forgotten.push(...Ledger.observe(ledger, n, n).forgotten)
    assert.deepStrictEqual(numbers(forgotten), [1, 3, 5])
    assert.deepStrictEqual(numbers(ledger.missing), [7, 9, 11])
    assert.deepStrictEqual(Ledger.observe(ledger, 1, 1).fresh, [], "what was given up is not waited for")
  })

  it("no longer waits for what is abandoned, and begins anew after a restart of the numbers", () => {
    const ledger = Ledger.make()
    Ledger.observe(ledger, 1, 1)
    Ledger.observe(ledger, 10, 10)
    assert.deepStrictEqual(Ledger.abandon(ledger, { first: 4, last: 6 }), [{ first: 4, last: 6 }])
    assert.deepStrictEqual(numbers(ledger.missing), [2, 3, 7, 8, 9])
    assert.deepStrictEqual(numbers(Ledger.restart(ledger)), [2, 3, 7, 8, 9])
    assert.strictEqual(Ledger.observe(ledger, 1, 2).gap, undefined)
  })

  it("agrees with a set of numbers when what came is lost again, and comes once more", () => {
    const random = randomOf(seed + 1)
    for (let round = 0; round < 300; round++) {
      const ledger = Ledger.make()
      Ledger.observe(ledger, 0, 99)
      const missing = new Set<number>()
      for (let step = 0; step < 40; step++) {
        const first = Math.floor(random() * 100)
        const last = Math.min(99, first + Math.floor(random() * 8))
        const all = numbers([{ first, last }])
        if (random() < 0.6) {
          assert.deepStrictEqual(Ledger.takeBack(ledger, { first, last }), [])
          for (const n of all) missing.add(n)
        } else {
          const expected = all.filter((n) => missing.delete(n))
          assert.deepStrictEqual(numbers(Ledger.observe(ledger, first, last).fresh), expected)
        }
        const within = all.filter((n) => missing.has(n))
        assert.deepStrictEqual(numbers(Ledger.missingWithin(ledger, { first, last })), within)
        assert.deepStrictEqual(
          numbers(ledger.missing),
          Array.from(missing).toSorted((a, b) => a - b),
        )
        for (const [index, range] of ledger.missing.entries())
          if (index > 0) assert.isAbove(range.first, ledger.missing[index - 1]!.last + 1)
      }
    }
  })

  it("parts a range by others, whatever their order", () => {
    const range = { first: 3, last: 12 }
    const others = [
      { first: 10, last: 20 },
      { first: 1, last: 3 },
      { first: 6, last: 7 },
      { first: 30, last: 31 },
    ]
    assert.deepStrictEqual(Ledger.without(range, others), [
      { first: 4, last: 5 },
      { first: 8, last: 9 },
    ])
    assert.deepStrictEqual(Ledger.without(range, [range]), [])
    assert.deepStrictEqual(Ledger.without(range, []), [range])
    assert.deepStrictEqual(Ledger.overlap(range, others[0]!), { first: 10, last: 12 })
    assert.isUndefined(Ledger.overlap(range, others[3]!))
  })
})
