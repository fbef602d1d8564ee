import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { changeBook, levelsOf, makeBook, resetBook } from "../../../../src/collect/books/Book.ts"
import { withSeeds } from "../../../support/seed.ts"

type Side = ReadonlyArray<readonly [string, string]>

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
    assert.deepStrictEqual(book.bids, [
      ["10.6", "5"],
      ["10.5", "4"],
    ])
    assert.deepStrictEqual(book.asks, [
      ["10.99", "1"],
      ["11", "3.0"],
    ])
    changeBook(book, { bids: [["10.7", "1"]], asks: [["12", "0"]] }, 2)
    assert.deepStrictEqual(
      book.bids.map(([price]) => price),
      ["10.7", "10.6"],
    )
    assert.strictEqual(book.asks.length, 2)
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
        assert.deepStrictEqual<unknown>(book.bids, sorted(model.bids, -1))
        assert.deepStrictEqual<unknown>(book.asks, sorted(model.asks, 1))
      }),
    ),
  )
})
