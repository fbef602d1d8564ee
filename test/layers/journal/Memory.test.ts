import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Memory from "../../../layers/journal/Memory.ts"
import { Journal } from "../../../services/Journal.ts"
import { journalContract } from "../../contract/Journal.ts"
import { testEnvelopes, testStream } from "../../support/envelopes.ts"

journalContract({
  name: "the memory journal",
  layer: Memory.layer({ capacityBytes: 64 * 1024 * 1024 }),
  bounded: (envelopes) => Memory.layer({ capacityBytes: 64 * 1024 * 1024, capacityItems: envelopes }),
  histories: 100,
})

const stream = testStream({})

describe("the memory journal", () => {
  it.effect("keeps nothing while no one reads", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      for (let batch = 0; batch < 10; batch++) yield* journal.append(testEnvelopes([stream], batch * 10, 10))
      const status = yield* journal.status
      assert.deepInclude(status, { accepted: 100, bytes: 0 })
      const reader = yield* journal.reader("late", "earliest")
      assert.strictEqual(reader.start, 100)
    }).pipe(Effect.scoped, Effect.provide(Memory.layer({ capacityBytes: 1 }))),
  )

  it.effect("gives a batch back as the array that was appended, and small ones together", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const reader = yield* journal.reader("a", "latest")
      const large = testEnvelopes([stream], 0, 500)
      yield* journal.append(large)
      assert.strictEqual((yield* reader.take(512)).envelopes, large)
      for (let n = 0; n < 100; n++) yield* journal.append(testEnvelopes([stream], 500 + n, 1))
      assert.strictEqual((yield* reader.take(512)).envelopes.length, 100)
    }).pipe(Effect.scoped, Effect.provide(Memory.layer({ capacityBytes: 1_000_000 }))),
  )

  it.effect("holds no more bytes than it may, and none once all is delivered", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const reader = yield* journal.reader("a", "latest")
      yield* Effect.forkChild(
        Effect.forEach(
          Array.from({ length: 200 }, (_, n) => n),
          (n) => journal.append(testEnvelopes([stream], n * 10, 10)),
        ),
        { startImmediately: true },
      )
      let delivered = 0
      while (delivered < 2_000) {
        assert.isAtMost((yield* journal.status).bytes, 50_000)
        const batch = yield* reader.take(64)
        delivered += batch.envelopes.length
        yield* reader.commit(batch.next)
      }
      assert.strictEqual((yield* journal.status).bytes, 0)
    }).pipe(Effect.scoped, Effect.provide(Memory.layer({ capacityBytes: 50_000 }))),
  )

  it.effect("has an identity of its own each time, and says that it does not last", () =>
    Effect.gen(function* () {
      const identity = Effect.map(Journal, (journal) => journal.identity).pipe(
        Effect.provide(Memory.layer({ capacityBytes: 1 }), { local: true }),
      )
      const first = yield* identity
      const second = yield* identity
      assert.isFalse(first.durable)
      assert.notStrictEqual(first.id, second.id)
    }),
  )
})
