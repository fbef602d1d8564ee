import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  type Book,
  boundBook,
  changeBook,
  forgetDeeper,
  isCrossed,
  levelsOf,
  makeBook,
  resetBook,
} from "../../../../src/collect/books/Book.ts"
import { bestOf, bestText } from "../../../../src/collect/books/SideTexts.ts"
import { withSeeds } from "../../../support/seed.ts"

type Side = ReadonlyArray<readonly [string, string]>

const all = (side: Book["bids"]) => bestOf(side, Number.POSITIVE_INFINITY)

describe("Book", () => {
  it("keeps levels as they are written, best first, and forgets what is zero or too deep", () => {
    const book = makeBook()
    resetBook(book, levelsOf('{"bids":[["10.50","1"],["9","2"]],"asks":[["11","3.0"]]}'))
    changeBook(book, {
      bids: [
        ["10.5", "4"],
        ["9.0", "0.000"],
        ["10.6", "5"],
      ],
      asks: [["10.99", "1"]],
    })
    assert.deepStrictEqual(all(book.bids), [
      ["10.6", "5"],
      ["10.5", "4"],
    ])
    assert.deepStrictEqual(all(book.asks), [
      ["10.99", "1"],
      ["11", "3.0"],
    ])
    changeBook(book, { bids: [["10.7", "1"]], asks: [["12", "0"]] })
    forgetDeeper(book, 2)
    assert.deepStrictEqual(
      all(book.bids).map(([price]) => price),
      ["10.7", "10.6"],
    )
    assert.strictEqual(bestText(book.asks, 1), '[["10.99","1"]]')
    assert.strictEqual(all(book.asks).length, 2)
  })

  it("is crossed where a bid is not below an ask, however they are written, and not while a side is empty", () => {
    const book = makeBook()
    assert.isFalse(isCrossed(book))
    changeBook(book, { bids: [["9.90", "1"]], asks: [] })
    assert.isFalse(isCrossed(book))
    changeBook(book, { bids: [], asks: [["10", "1"]] })
    assert.isFalse(isCrossed(book))
    changeBook(book, { bids: [["10.000", "1"]], asks: [] })
    assert.isTrue(isCrossed(book))
  })

  it("says no more than is certain: neither below a snapshot's last level, nor below what was forgotten", () => {
    const book = makeBook()
    resetBook(book, {
      depth: 2,
      bids: [
        ["10", "1"],
        ["9", "1"],
      ],
      asks: [["11", "1"]],
    })
    changeBook(book, { bids: [["7", "1"]], asks: [["13", "1"]] })
    assert.strictEqual(bestText(book.bids, 9), '[["10","1"],["9","1"]]', "there may be bids at 8")
    assert.strictEqual(bestText(book.asks, 9), '[["11","1"],["13","1"]]', "that was the whole side")
    changeBook(book, { bids: [], asks: [["12", "1"]] })
    boundBook(book, 2)
    changeBook(book, { bids: [], asks: [["11", "0"]] })
    assert.strictEqual(bestText(book.asks, 9), '[["12","1"]]')
    changeBook(book, { bids: [], asks: [["14", "1"]] })
    assert.strictEqual(bestText(book.asks, 9), '[["12","1"]]', "13 was forgotten")
    // Prices of the same double.
    const price = "1.00000000000000002"
    resetBook(book, { depth: 1, bids: [[price, "1"]], asks: [] })
    changeBook(book, { bids: [["1.00000000000000001", "1"]], asks: [] })
    assert.strictEqual(bestText(book.bids, 9), `[["${price}","1"]]`)
  })

  it.effect("is what a map of prices says, whatever comes", () =>
    withSeeds(20, (dice) =>
      Effect.sync(() => {
        const book = makeBook()
        const model = { bids: new Map<number, string>(), asks: new Map<number, string>() }
        for (let step = 0; step < 200; step++) {
          const some = (): Side =>
            Array.from({ length: dice.int(5) }, () => [
              String(9_000 + dice.int(2000)),
              dice.chance(0.3) ? "0.0" : String(1 + dice.int(9)),
            ])
          const levels = { bids: some(), asks: some() }
          changeBook(book, levels)
          for (const side of ["bids", "asks"] as const)
            for (const [price, quantity] of levels[side])
              if (quantity === "0.0") model[side].delete(Number(price))
              else model[side].set(Number(price), quantity)
        }
        const sorted = (side: Map<number, string>, sign: number) =>
          [...side]
            .toSorted(([a], [b]) => sign * (a - b))
            .map(([price, quantity]) => [String(price), quantity])
        assert.deepStrictEqual<unknown>(all(book.bids), sorted(model.bids, -1))
        assert.deepStrictEqual<unknown>(all(book.asks), sorted(model.asks, 1))
      }),
    ),
  )
})
