import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { afterAll } from "vitest"
import { gzipSync } from "node:zlib"
import { type Fate, lossyProxy } from "../../support/lossyProxy.ts"
import { ids, ownS3, save, using } from "../../support/s3.ts"

const server = ownS3()
afterAll(() => server?.stop())

/** For one that lives, also on a machine with much to do. */
const living = 6000

describe.skipIf(server === undefined)("the place of tasks in an S3 bucket", { timeout: 120_000 }, () => {
  it.live("belongs to one process at a time: a second one is refused, and follows the first at once", () =>
    Effect.gen(function* () {
      const place = yield* server!.place
      yield* using(
        { ...place, leaseMillis: living, process: "pid 7 on host-a" },
        Effect.gen(function* () {
          yield* save("a")
          const refused = yield* Effect.flip(using({ ...place, leaseMillis: living }, save("b")))
          assert.strictEqual(refused.reason, "io")
          assert.match(
            refused.message,
            /another process keeps its tasks there .*pid 7 on host-a.*: stop that one/,
          )
          yield* save("c")
        }),
      )
      assert.deepStrictEqual(yield* using({ ...place, leaseMillis: 3_600_000 }, ids), ["a", "c"])
    }),
  )

  it.live("of two that begin at the same time, one is refused and writes nothing", () =>
    Effect.gen(function* () {
      const place = yield* server!.place
      const begun = (id: string) =>
        using(
          { ...place, leaseMillis: living },
          Effect.andThen(save(id), Effect.andThen(Effect.sleep(living), ids)),
        )
      const both = yield* Effect.all([Effect.exit(begun("a")), Effect.exit(begun("b"))], { concurrency: 2 })
      const lists = both.flatMap((exit) => (exit._tag === "Success" ? [exit.value] : []))
      assert.strictEqual(lists.length, 1)
      assert.deepStrictEqual(yield* using(place, ids), lists[0])
    }),
  )

  it.live("one that was silent until another followed it writes nothing more, and says so", () =>
    Effect.gen(function* () {
      const place = yield* server!.place
      let fate: Fate = "answered"
      const { url: endpoint } = yield* lossyProxy(server!.endpoint, () => fate)
      yield* using(
        { ...place, endpoint },
        Effect.gen(function* () {
          yield* save("a")
          fate = "lost"
          // It waits until the first one has been silent for long enough. What that one said last may still be on its way,
          // and is heard: then it tries again.
          const follow = using(place, Effect.andThen(save("b"), ids))
          assert.deepStrictEqual(yield* Effect.retry(follow, { times: 3 }), ["a", "b"])
          fate = "answered"
          const late = yield* Effect.flip(save("c"))
          assert.match(late.message, /another process has taken over.*start this one again/)
          assert.match((yield* Effect.flip(ids)).message, /another process has taken over/)
        }),
      )
      assert.deepStrictEqual(yield* using(place, ids), ["a", "b"])
    }).pipe(Effect.scoped),
  )

  it.live("one whose next number another has written does not write over it", () =>
    Effect.gen(function* () {
      const place = yield* server!.place
      yield* using(
        { ...place, leaseMillis: 3_600_000 },
        Effect.gen(function* () {
          yield* save("a")
          const head = JSON.stringify({ layout: 1, term: 2, writer: "another", write: 1 })
          yield* server!.put(place, "log/0000000000000003", gzipSync(head))
          assert.match((yield* Effect.flip(save("b"))).message, /another process has taken over/)
        }),
      )
      const kept = yield* server!.get(place, "log/0000000000000003")
      assert.deepStrictEqual(
        Buffer.from(kept),
        gzipSync(JSON.stringify({ layout: 1, term: 2, writer: "another", write: 1 })),
      )
    }),
  )

  it.live("works with no server that overwrites what it must not", () =>
    Effect.gen(function* () {
      const place = yield* server!.place
      const { url: endpoint } = yield* lossyProxy(server!.endpoint, (method) =>
        method === "PUT" ? "pretended" : "answered",
      )
      const refused = yield* Effect.flip(using({ ...place, endpoint }, ids))
      assert.match(refused.message, /does not keep the condition If-None-Match/)
    }).pipe(Effect.scoped),
  )
})
