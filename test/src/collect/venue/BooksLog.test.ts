import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { TestClock } from "effect/testing"
import type { BooksStatus } from "../../../../services/Collection.ts"
import { tellBooks } from "../../../../src/collect/venue/BooksLog.ts"

const count = 200

/** What is said of 200 books, of which as many wait as the test says. */
const telling = Effect.gen(function* () {
  const said: Array<string> = []
  let books: BooksStatus = { whole: count, waiting: 0, fetching: 0, failing: 0 }
  yield* tellBooks({ venue: "binance", books: () => ({ books }) }).pipe(
    Effect.provide(
      Logger.layer([
        Logger.make<unknown, void>(
          ({ message }) => void said.push(String(Array.isArray(message) ? message[0] : message)),
        ),
      ]),
    ),
    Effect.forkScoped,
  )
  /** For so many seconds so many await a snapshot, four of them asked for. */
  const missing = (missing: number, seconds: number, failing = 0) => {
    const fetching = Math.min(missing, 4)
    books = { whole: count - missing, waiting: missing - fetching, fetching, failing }
    return TestClock.adjust(seconds * 1000)
  }
  return { said, missing }
})

describe("the log of books", () => {
  it.effect(
    "says that many await a snapshot, every ten seconds how far they are, and that all are whole",
    () =>
      Effect.gen(function* () {
        const { missing, said } = yield* telling
        yield* missing(0, 5)
        assert.deepStrictEqual(said, [])
        yield* missing(150, 9)
        yield* missing(50, 10)
        yield* missing(3, 1, 2)
        yield* missing(0, 30)
        assert.deepStrictEqual(
          said.map((line) => line.replace(", within its limits and in the order of the configuration", "")),
          [
            "150 books of binance await a snapshot: 4 are asked for, 146 wait, 50 are whole",
            "50 books of binance await a snapshot: 4 are asked for, 46 wait, 150 are whole",
            "all books of binance that awaited a snapshot have one: 200 are whole",
          ],
        )
        yield* missing(20, 1, 5)
        assert.include(said.at(-1), "5 could not be had", "a second time is told like the first")
      }).pipe(Effect.scoped),
  )

  it.effect("says nothing of a few", () =>
    Effect.gen(function* () {
      const { missing, said } = yield* telling
      yield* missing(9, 60)
      yield* missing(0, 60)
      assert.deepStrictEqual(said, [])
    }).pipe(Effect.scoped),
  )
})
