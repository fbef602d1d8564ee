import { assert } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { Journal } from "../../services/Journal.ts"
import { some, takeNumbers } from "../support/journals.ts"
import { areThere, inSlab } from "../support/slabs.ts"

type Test = <E>(promise: string, body: Effect.Effect<void, E, Journal | Scope.Scope>) => void

/** What every journal promises of the bytes that it was given. */
export const bytesOfAJournal = (test: Test): void => {
  test(
    "gives bytes back once every reader that was given them is done with them, not before",
    Effect.gen(function* () {
      const journal = yield* Journal
      const first = yield* journal.reader("a", "latest")
      const second = yield* journal.reader("b", "latest")
      const appended = inSlab(some(0, 10))
      yield* journal.append(appended)
      yield* journal.sync
      const { next } = yield* takeNumbers(first, 10, 3)
      yield* first.commit(next)
      yield* takeNumbers(second, 4)
      second.done(next - 6)
      yield* takeNumbers(second, 6)
      assert.isTrue(areThere(appended))
      second.done(next)
      yield* second.commit(next)
      assert.isFalse(areThere(appended))
    }),
  )

  test(
    "never gives back what a reader had that then began anew, or was closed: some of it may still be on its way",
    Effect.gen(function* () {
      const journal = yield* Journal
      const sought = inSlab(some(0, 3))
      const left = inSlab(some(3, 3))
      const reader = yield* journal.reader("a", "latest")
      yield* journal.append(sought)
      yield* takeNumbers(reader, 3)
      yield* reader.seek(reader.start)
      yield* reader.commit((yield* takeNumbers(reader, 3)).next)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const other = yield* journal.reader("b", "latest")
          yield* journal.append(left)
          yield* takeNumbers(other, 3)
        }),
      )
      yield* journal.forget("b")
      yield* reader.commit((yield* takeNumbers(reader, 3)).next)
      assert.isTrue(areThere(sought))
      assert.isTrue(areThere(left))
    }),
  )

  test(
    "gives back at once what nobody reads",
    Effect.gen(function* () {
      const journal = yield* Journal
      const appended = inSlab(some(0, 3))
      let accepted = 0
      yield* journal.append(appended, (envelopes) => {
        assert.isTrue(areThere(envelopes))
        accepted += envelopes.length
      })
      yield* journal.sync
      assert.strictEqual(accepted, 3)
      assert.isFalse(areThere(appended))
    }),
  )
}
