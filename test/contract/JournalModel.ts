import { assert } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { Journal, type JournalBatch, type JournalReader, type Position } from "../../services/Journal.ts"
import { numberOf, testEnvelopes, testStream } from "../support/envelopes.ts"
import type { Dice } from "../support/seed.ts"

/** A cursor of the pure model, with the reader that must behave like it. */
interface ModelCursor {
  readonly name: string
  readonly began: Position
  committed: Position
  read: Position
  reader: JournalReader
  scope: Scope.Closeable
}

const streams = [testStream({}), testStream({ base: "ETH" }), testStream({ dataType: "bbo" })]

/** A random history; every envelope's number is its position, so a batch shows what is missing, doubled or out of order. */
export const runJournalModel = (dice: Dice): Effect.Effect<void, unknown, Journal> =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const base = (yield* journal.status).accepted
    let end = base
    const cursors = new Map<string, ModelCursor>()

    const open = (name: string, from: "earliest" | "latest") =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const reader = yield* journal.reader(name, from).pipe(Scope.provide(scope))
        return { reader, scope }
      })

    const check = (cursor: ModelCursor, batch: JournalBatch) => {
      const expected = Array.from({ length: batch.envelopes.length }, (_, index) => cursor.read + index)
      assert.deepStrictEqual(batch.envelopes.map(numberOf), expected)
      assert.isAbove(batch.envelopes.length, 0)
      cursor.read += batch.envelopes.length
      assert.strictEqual(batch.next, cursor.read)
    }

    const append = Effect.suspend(() => {
      const count = dice.chance(0.1) ? dice.int(200) : dice.int(8)
      const envelopes = testEnvelopes(streams, end, count)
      end += count
      return journal.append(envelopes)
    })

    const begin = Effect.gen(function* () {
      const name = dice.pick(["a", "b", "c"])
      if (cursors.has(name)) return
      // What `earliest` finds depends on what is still held; `latest` is exact.
      const opened = yield* open(name, "latest")
      assert.strictEqual(opened.reader.start, end)
      cursors.set(name, { name, began: end, committed: end, read: end, ...opened })
    })

    const onCursor = Effect.gen(function* () {
      if (cursors.size === 0) return
      const cursor = dice.pick(Array.from(cursors.values()))
      const { reader } = cursor
      const step = dice.int(12)
      if (step < 5) {
        if (cursor.read < end) {
          const max = 1 + dice.int(40)
          const batch = yield* reader.take(max, dice.chance(0.3) ? 1 + dice.int(2_000) : undefined)
          assert.isAtMost(batch.envelopes.length, max)
          return check(cursor, batch)
        }
        return
      }
      if (step < 8) {
        // Beyond what was read too: the next take then begins there.
        const until = dice.chance(0.1) ? end : cursor.read
        const position = cursor.committed + dice.int(Math.max(0, until - cursor.committed) + 1)
        yield* reader.commit(position)
        cursor.committed = Math.max(cursor.committed, position)
        cursor.read = Math.max(cursor.read, cursor.committed)
        return
      }
      if (step < 9) {
        cursor.read = cursor.committed + dice.int(end - cursor.committed + 1)
        return yield* reader.seek(cursor.read)
      }
      if (step < 10) {
        yield* Scope.close(cursor.scope, Exit.void)
        const opened = yield* open(cursor.name, dice.pick(["earliest", "latest"]))
        assert.strictEqual(opened.reader.start, cursor.committed)
        cursor.reader = opened.reader
        cursor.scope = opened.scope
        cursor.read = cursor.committed
        return
      }
      if (step < 11) {
        const taking = yield* Effect.forkChild(reader.take(5), { startImmediately: dice.chance(0.5) })
        if (dice.chance(0.5)) yield* append
        if (dice.chance(0.5)) yield* Effect.yieldNow
        yield* Fiber.interrupt(taking)
        const exit = yield* Fiber.await(taking)
        if (Exit.isSuccess(exit)) check(cursor, exit.value)
        return
      }
      yield* Scope.close(cursor.scope, Exit.void)
      yield* journal.forget(cursor.name)
      cursors.delete(cursor.name)
    })

    const compare = Effect.gen(function* () {
      yield* journal.sync
      const status = yield* journal.status
      assert.strictEqual(status.accepted, end)
      const expected = Array.from(cursors.values(), ({ name, began, committed }) => ({
        name,
        began,
        position: committed,
        waiting: end - committed,
      }))
      const byName = (left: { name: string }, right: { name: string }) => (left.name < right.name ? -1 : 1)
      assert.deepStrictEqual(
        status.cursors
          .map(({ name, began, position, waiting }) => ({ name, began, position, waiting }))
          .toSorted(byName),
        expected.toSorted(byName),
      )
    })

    for (let step = 0; step < 150; step++) {
      const kind = dice.int(10)
      if (kind < 4) yield* append
      else if (kind < 5) yield* begin
      else yield* onCursor
      if (kind === 0) yield* compare
      else yield* journal.sync
    }
    // Every cursor still gives all it owes, and then nothing is left behind.
    for (const cursor of cursors.values()) {
      while (cursor.read < end) check(cursor, yield* cursor.reader.take(64))
      yield* cursor.reader.commit(end)
      cursor.committed = end
      yield* Scope.close(cursor.scope, Exit.void)
    }
    yield* compare
  })
