import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Mailbox from "../../../src/runtime/Mailbox.ts"

describe("a mailbox of batches", () => {
  it.effect("what waits may make room for an offer, or let it wait untouched", () =>
    Effect.gen(function* () {
      let asked = 0
      const mailbox = yield* Mailbox.make<string>({
        name: "test",
        capacity: { items: 10, bytes: 10 },
        sizeOf: (message) => message.length,
        makeRoom: (waiting, needed) => {
          asked++
          return needed > 4 ? undefined : waiting.map((message) => message.slice(0, 2))
        },
      })
      assert.strictEqual(mailbox.offerUnsafe("abcd"), "taken")
      assert.strictEqual(mailbox.offerUnsafe("efgh"), "taken")
      assert.strictEqual(asked, 0)
      assert.strictEqual(mailbox.offerUnsafe("ijkl"), "taken")
      assert.deepInclude(mailbox.stats(), { items: 3, bytes: 8, dropped: 0 })
      assert.strictEqual(mailbox.offerUnsafe("mnopq"), "full")
      assert.strictEqual(mailbox.stats().bytes, 8)
      assert.deepStrictEqual(yield* mailbox.takeAll, ["ab", "ef", "ijkl"])
    }),
  )
})
