import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { Journal } from "../../services/Journal.ts"
import type { Envelope } from "../../src/domain/Envelope.ts"
import { numberOf } from "../support/envelopes.ts"
import { range, some, takeNumbers } from "../support/journals.ts"
import { withSeeds } from "../support/seed.ts"
import { bytesOfAJournal } from "./JournalBytes.ts"
import { runJournalModel } from "./JournalModel.ts"

export interface JournalContract {
  readonly name: string
  /** A new, empty journal with room for everything in these tests (some thousands of small envelopes). */
  readonly layer: Layer.Layer<Journal, unknown>
  /** One with room for about so many envelopes of 200 to 400 bytes, which blocks when it is full; absent where there is none. */
  readonly bounded?: (envelopes: number) => Layer.Layer<Journal, unknown>
  /** Random histories held against the model. */
  readonly histories: number
}

/** What every journal promises. */
export const journalContract = ({ name, layer, bounded, histories }: JournalContract): void => {
  describe(`${name} as a journal`, () => {
    const test = <E>(promise: string, body: Effect.Effect<void, E, Journal | Scope.Scope>) =>
      it.live(promise, () => Effect.scoped(body).pipe(Effect.provide(layer)))

    test(
      "gives envelopes in order, as they were appended, with the position after them",
      Effect.gen(function* () {
        const journal = yield* Journal
        const reader = yield* journal.reader("a", "latest")
        const appended = [...some(0, 3), ...some(3, 5)]
        yield* journal.append(appended.slice(0, 3))
        yield* journal.append(appended.slice(3))
        yield* journal.sync
        const taken = yield* takeNumbers(reader, 8)
        assert.deepStrictEqual(taken.numbers, range(0, 8))
        assert.strictEqual(taken.next, reader.start + 8)
        taken.envelopes.forEach((envelope, index) => {
          const original = appended[index]!
          assert.strictEqual(
            envelope.bytes.toString("utf8", envelope.start, envelope.end + 1),
            original.bytes.toString("utf8", original.start, original.end + 1),
          )
          const fields = ({ type, key, timestamp, receivedAt, source }: Envelope) => [
            type,
            key,
            timestamp,
            receivedAt,
            source,
          ]
          assert.deepStrictEqual(fields(envelope), fields(original))
          assert.strictEqual(envelope.stream.key, original.stream.key)
        })
      }),
    )

    test(
      "gives at most as many as asked for, and at least one",
      Effect.gen(function* () {
        const journal = yield* Journal
        const reader = yield* journal.reader("a", "latest")
        yield* journal.append(some(0, 10))
        yield* journal.sync
        assert.strictEqual((yield* reader.take(4)).envelopes.length, 4)
        const single = yield* reader.take(100, 1)
        assert.deepStrictEqual(single.envelopes.map(numberOf), [4])
        const size = some(0, 1)[0]!.end + 1
        const few = yield* reader.take(100, size * 3)
        assert.isAtMost(few.envelopes.length, 3)
        assert.isAtLeast(few.envelopes.length, 1)
      }),
    )

    bytesOfAJournal(test)

    test(
      "waits until there is something, for as long as it takes",
      Effect.gen(function* () {
        const journal = yield* Journal
        const reader = yield* journal.reader("a", "latest")
        const taking = yield* Effect.forkChild(reader.take(10), { startImmediately: true })
        yield* Effect.yieldNow
        assert.isUndefined(taking.pollUnsafe())
        yield* journal.append(some(0, 2))
        assert.deepStrictEqual((yield* Fiber.join(taking)).envelopes.map(numberOf), [0, 1])
      }),
    )

    test(
      "loses nothing when a waiting take is interrupted",
      Effect.gen(function* () {
        const journal = yield* Journal
        const reader = yield* journal.reader("a", "latest")
        for (let round = 0; round < 50; round++) {
          const taking = yield* Effect.forkChild(reader.take(10), { startImmediately: true })
          yield* journal.append(some(round, 1))
          const exit = yield* Effect.andThen(Fiber.interrupt(taking), Fiber.await(taking))
          const taken = Exit.isSuccess(exit) ? exit.value : yield* reader.take(10)
          assert.deepStrictEqual(taken.envelopes.map(numberOf), [round])
        }
      }),
    )

    test(
      "opens a reader where its cursor was committed, whatever was read beyond",
      Effect.gen(function* () {
        const journal = yield* Journal
        yield* Effect.scoped(
          Effect.gen(function* () {
            const reader = yield* journal.reader("a", "latest")
            yield* journal.append(some(0, 10))
            yield* takeNumbers(reader, 9, 2)
            yield* reader.commit(reader.start + 4)
          }),
        )
        const again = yield* journal.reader("a", "latest")
        assert.deepStrictEqual((yield* takeNumbers(again, 6)).numbers, range(4, 6))
      }),
    )

    test(
      "keeps what any cursor still needs, and each cursor reads on its own",
      Effect.gen(function* () {
        const journal = yield* Journal
        const fast = yield* journal.reader("fast", "latest")
        const slow = yield* journal.reader("slow", "latest")
        yield* journal.append(some(0, 20))
        const all = yield* takeNumbers(fast, 20)
        yield* fast.commit(all.next)
        assert.deepStrictEqual((yield* takeNumbers(slow, 20, 7)).numbers, range(0, 20))
        const status = yield* journal.status
        const waiting = Object.fromEntries(status.cursors.map((cursor) => [cursor.name, cursor.waiting]))
        assert.deepStrictEqual(waiting, { fast: 0, slow: 20 })
      }),
    )

    test(
      "moves the cursor by commits alone, never back, never past the end",
      Effect.gen(function* () {
        const journal = yield* Journal
        const reader = yield* journal.reader("a", "latest")
        yield* journal.append(some(0, 5))
        yield* journal.sync
        yield* reader.commit(reader.start + 3)
        yield* reader.commit(reader.start + 1)
        const [cursor] = (yield* journal.status).cursors
        assert.strictEqual(cursor!.position, reader.start + 3)
        const error = yield* Effect.flip(reader.commit(reader.start + 6))
        assert.strictEqual(error.reason, "unknown_cursor")
      }),
    )

    test(
      "goes to any position between the cursor and the end",
      Effect.gen(function* () {
        const journal = yield* Journal
        const reader = yield* journal.reader("a", "latest")
        yield* journal.append(some(0, 10))
        yield* journal.sync
        yield* reader.commit(reader.start + 2)
        yield* reader.seek(reader.start + 7)
        assert.deepStrictEqual((yield* takeNumbers(reader, 3)).numbers, [7, 8, 9])
        yield* reader.seek(reader.start + 2)
        assert.deepStrictEqual((yield* takeNumbers(reader, 8)).numbers, range(2, 8))
        assert.strictEqual((yield* Effect.flip(reader.seek(reader.start + 11))).reason, "unknown_cursor")
      }),
    )

    test(
      "gives a cursor one reader at a time",
      Effect.gen(function* () {
        const journal = yield* Journal
        const scope = yield* Scope.make()
        const first = yield* journal.reader("a", "latest").pipe(Scope.provide(scope))
        const error = yield* Effect.flip(Effect.scoped(journal.reader("a", "latest")))
        assert.strictEqual(error.reason, "unknown_cursor")
        yield* Scope.close(scope, Exit.void)
        yield* journal.reader("a", "latest")
        assert.strictEqual((yield* Effect.flip(first.take(1))).reason, "unknown_cursor")
      }),
    )

    test(
      "forgets a cursor, and its reader says so",
      Effect.gen(function* () {
        const journal = yield* Journal
        const reader = yield* journal.reader("a", "latest")
        const taking = yield* Effect.forkChild(Effect.flip(reader.take(1)), { startImmediately: true })
        yield* journal.forget("a")
        assert.strictEqual((yield* Fiber.join(taking)).reason, "unknown_cursor")
        assert.deepStrictEqual((yield* journal.status).cursors, [])
      }),
    )

    test(
      "takes a batch of none without a sound",
      Effect.gen(function* () {
        const journal = yield* Journal
        const before = (yield* journal.status).accepted
        yield* journal.append([])
        yield* journal.sync
        assert.strictEqual((yield* journal.status).accepted, before)
      }),
    )

    it.live("fails what waits when it is closed, and everything after", () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const journal = Context.get(yield* Layer.build(layer).pipe(Scope.provide(scope)), Journal)
        const readers = yield* Scope.make()
        const reader = yield* journal.reader("a", "latest").pipe(Scope.provide(readers))
        const taking = yield* Effect.forkChild(Effect.flip(reader.take(1)), { startImmediately: true })
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual((yield* Fiber.join(taking)).reason, "closed")
        assert.strictEqual((yield* Effect.flip(journal.append(some(0, 1)))).reason, "closed")
        assert.strictEqual((yield* Effect.flip(reader.take(1))).reason, "closed")
      }),
    )

    it.live(
      "does what the model does, through random appends, takes, commits, seeks, reopenings and interruptions",
      () => withSeeds(histories, (dice) => Effect.scoped(runJournalModel(dice)).pipe(Effect.provide(layer))),
    )

    if (bounded !== undefined) boundedContract(bounded)
  })
}

const boundedContract = (bounded: (envelopes: number) => Layer.Layer<Journal, unknown>): void => {
  it.live("lets an append wait while it is full, and admits it once a commit makes room, in order", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const reader = yield* journal.reader("a", "latest")
      let appended = 0
      const appending = yield* Effect.forkChild(
        Effect.gen(function* () {
          for (let batch = 0; batch < 100; batch++) {
            yield* journal.append(some(batch * 10, 10))
            appended = batch + 1
          }
        }),
        { startImmediately: true },
      )
      const numbers: Array<number> = []
      while (numbers.length < 1000) {
        const batch = yield* reader.take(25)
        numbers.push(...batch.envelopes.map(numberOf))
        assert.isAtMost(appended * 10 - (numbers.length - batch.envelopes.length), 100 + 20)
        yield* reader.commit(batch.next)
      }
      yield* Fiber.join(appending)
      assert.deepStrictEqual(numbers, range(0, 1000))
    }).pipe(Effect.scoped, Effect.provide(bounded(100))),
  )

  it.live("admits a single batch that is larger than it, alone", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const reader = yield* journal.reader("a", "latest")
      yield* journal.append(some(0, 1))
      const large = yield* Effect.forkChild(journal.append(some(1, 50)), { startImmediately: true })
      yield* Effect.yieldNow
      assert.isUndefined(large.pollUnsafe())
      yield* reader.commit((yield* reader.take(1)).next)
      yield* Fiber.join(large)
      assert.deepStrictEqual((yield* takeNumbers(reader, 50)).numbers, range(1, 50))
    }).pipe(Effect.scoped, Effect.provide(bounded(10))),
  )

  it.live("takes an interrupted append back whole", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const reader = yield* journal.reader("a", "latest")
      yield* journal.append(some(0, 10))
      const waiting = yield* Effect.forkChild(journal.append(some(100, 10)), { startImmediately: true })
      const behind = yield* Effect.forkChild(journal.append(some(10, 10)), { startImmediately: true })
      yield* Effect.yieldNow
      yield* Fiber.interrupt(waiting)
      yield* reader.commit((yield* takeNumbers(reader, 10)).next)
      yield* Fiber.join(behind)
      assert.deepStrictEqual((yield* takeNumbers(reader, 10)).numbers, range(10, 10))
    }).pipe(Effect.scoped, Effect.provide(bounded(12))),
  )

  it.live("lets appends go on when the cursor that held them is forgotten", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.reader("gone", "latest")
      yield* journal.append(some(0, 10))
      const waiting = yield* Effect.forkChild(journal.append(some(10, 10)), { startImmediately: true })
      yield* Effect.yieldNow
      assert.isUndefined(waiting.pollUnsafe())
      yield* journal.forget("gone")
      yield* Fiber.join(waiting)
    }).pipe(Effect.scoped, Effect.provide(bounded(12))),
  )
}
