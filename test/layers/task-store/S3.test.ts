import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { afterAll } from "vitest"
import { gzipSync } from "node:zlib"
import * as S3 from "../../../layers/task-store/S3.ts"
import { TaskStore } from "../../../services/TaskStore.ts"
import { taskStoreContract } from "../../contract/TaskStore.ts"
import { lossyProxy } from "../../support/lossyProxy.ts"
import { freePort } from "../../support/process.ts"
import { ids, ownS3, save, using } from "../../support/s3.ts"
import { checkpointOf, noon, taskOf } from "../../support/tasks.ts"

const server = ownS3()
afterAll(() => server?.stop())

taskStoreContract({
  name: "S3",
  skip: server === undefined,
  make: Effect.suspend(() => Effect.map(server!.place, S3.layer)),
})

describe.skipIf(server === undefined)("a store of tasks in an S3 bucket", { timeout: 120_000 }, () => {
  it.live("an answer that is lost loses no save, and makes none twice", () =>
    Effect.gen(function* () {
      const place = yield* server!.place
      const lose = { answers: 0 }
      const { url: endpoint } = yield* lossyProxy(server!.endpoint, (method, path) =>
        method === "PUT" && path.includes("/log/") && lose.answers-- > 0 ? "answer lost" : "answered",
      )
      yield* using(
        { ...place, endpoint, leaseMillis: 60_000 },
        Effect.gen(function* () {
          const store = yield* TaskStore
          yield* save("a")
          lose.answers = 1
          yield* store.save([taskOf("a", { revision: 2 }), taskOf("b")])
          assert.deepStrictEqual(yield* ids, ["a", "b"])
          // Nobody learns whether it has happened; the next request finds out.
          lose.answers = 5
          const unknown = yield* Effect.flip(store.save([taskOf("a", { revision: 3 })]))
          assert.strictEqual(unknown.reason, "io")
          lose.answers = 0
          yield* store.saveCheckpoint(checkpointOf("a"))
          assert.deepStrictEqual(
            (yield* store.versions("a")).map(({ revision }) => revision),
            [3, 2, 1],
          )
        }),
      )
      yield* using(
        place,
        Effect.gen(function* () {
          const store = yield* TaskStore
          assert.strictEqual((yield* store.get("a"))?.revision, 3)
          assert.deepStrictEqual(yield* store.checkpoint("a"), checkpointOf("a"))
        }),
      )
    }).pipe(Effect.scoped),
  )

  it.live("what is asked for at once is written at once", () =>
    Effect.gen(function* () {
      const place = yield* server!.place
      yield* using(
        { ...place, leaseMillis: 60_000 },
        Effect.gen(function* () {
          yield* save("first")
          yield* Effect.all(
            Array.from({ length: 100 }, (_, index) => save(`task-${index}`)),
            { concurrency: "unbounded" },
          )
          const log = (yield* server!.keys(place)).filter((key) => key.startsWith("log/"))
          assert.isAtMost(log.length, 5, "a beginning, the first, whoever came first, all others")
          assert.strictEqual((yield* ids).length, 101)
        }),
      )
    }),
  )

  it.live("sums its log up; whatever a crash leaves of that means the same", () =>
    Effect.gen(function* () {
      const place = yield* server!.place
      const old = new Map<string, Uint8Array>()
      const content = Effect.gen(function* () {
        const store = yield* TaskStore
        return [
          yield* store.list(),
          yield* store.versions("a"),
          yield* store.checkpoint("a"),
          yield* store.get("b"),
        ]
      })
      const written = yield* using(
        { ...place, mostEntries: 10, leaseMillis: 60_000 },
        Effect.gen(function* () {
          const store = yield* TaskStore
          yield* store.save([
            taskOf("a"),
            taskOf("b"),
            taskOf("c", { state: "completed", updatedAt: noon - 1 }),
          ])
          for (let revision = 2; revision <= 24; revision++) {
            yield* store.save([taskOf("a", { revision })])
            if (revision === 12) {
              yield* store.remove(["b"])
              assert.strictEqual(yield* store.sweep(noon), 1)
              yield* store.saveCheckpoint(checkpointOf("a", { journalPosition: 12 }))
            }
            for (const key of yield* server!.keys(place))
              if (key.startsWith("log/")) old.set(key, yield* server!.get(place, key))
          }
          return yield* content
        }),
      )
      const keys = yield* server!.keys(place)
      assert.strictEqual(keys.filter((key) => key.startsWith("snapshots/")).length, 1)
      assert.isAtMost(keys.filter((key) => key.startsWith("log/")).length, 9)
      assert.deepStrictEqual(yield* using(place, content), written)
      // Killed before anything of the old log was removed, and in the midst of it.
      for (const [key, body] of old) yield* server!.put(place, key, body)
      assert.deepStrictEqual(yield* using(place, content), written)
      for (const key of [...old.keys()].slice(3, 6)) yield* server!.delete(place, key)
      assert.deepStrictEqual(
        yield* using(
          place,
          Effect.andThen(
            save("d"),
            Effect.andThen(
              Effect.flatMap(TaskStore, ({ remove }) => remove(["d"])),
              content,
            ),
          ),
        ),
        written,
      )
    }),
  )

  it.live("is full at what it may hold, says so, and goes on with what is there", () =>
    Effect.gen(function* () {
      const place = yield* server!.place
      yield* using(
        { ...place, maxBytes: 5000 },
        Effect.gen(function* () {
          const store = yield* TaskStore
          yield* save("a", "b")
          const full = yield* Effect.flip(
            store.save([taskOf("large", {}, { params: { text: "x".repeat(9000) } })]),
          )
          assert.strictEqual(full.reason, "full")
          assert.match(full.message, /`tasks\.maxSize` \(5000 bytes\): set a larger one, or remove tasks/)
          yield* store.save([taskOf("a", { state: "running" })])
          yield* store.remove(["b"])
          assert.deepStrictEqual(yield* ids, ["a"])
        }),
      )
    }),
  )

  it.live("says by name what a person has to do, never the secret", () =>
    Effect.gen(function* () {
      const place = yield* server!.place
      const refusal = (options: Partial<S3.S3Options>) => Effect.flip(using({ ...place, ...options }, ids))
      const nobody = yield* refusal({ endpoint: `http://127.0.0.1:${yield* freePort}` })
      assert.strictEqual(nobody.reason, "io")
      assert.match(
        nobody.message,
        /s3:\/\/millrace-tests\/place-\d+\/tasks\/ at http:\/\/127\.0\.0\.1:\d+: no server answers: start it/,
      )
      const missing = yield* refusal({ bucket: "nowhere" })
      assert.strictEqual(missing.reason, "unreadable")
      assert.match(missing.message, /there is no such bucket: make it/)
      const key = place.credentials.accessKeyId
      const denied = yield* refusal({
        credentials: { accessKeyId: key, secretAccessKey: Redacted.make("hush-hush") },
      })
      assert.match(denied.message, /refuses its secret: set the right ones in `tasks\.s3\.accessKeyId`/)
      const unknown = yield* refusal({
        credentials: { accessKeyId: Redacted.make("nobody"), secretAccessKey: Redacted.make("hush-hush") },
      })
      assert.match(unknown.message, /does not know this access key/)
      for (const { message } of [denied, unknown]) assert.notInclude(message, "hush")
    }),
  )

  it.live(
    "does not read what is damaged, incomplete or of a later version, and says which object it is",
    () =>
      Effect.gen(function* () {
        const place = yield* server!.place
        yield* using(place, Effect.andThen(save("a"), save("b")))
        const second = "log/0000000000000002"
        const good = yield* server!.get(place, second)
        const refusal = Effect.flip(using(place, ids))
        for (const [bytes, expected] of [
          [good.slice(0, -9), /log\/0000000000000002: is damaged or none of Millrace's/],
          [
            gzipSync("{}"),
            /log\/0000000000000002: is damaged or none of Millrace's \(it does not say its layout/,
          ],
          [
            gzipSync('{"layout":99}'),
            /written by a later version of Millrace \(layout 99; this one knows 1\)/,
          ],
        ] as const) {
          yield* server!.put(place, second, bytes)
          const error = yield* refusal
          assert.strictEqual(error.reason, "unreadable")
          assert.match(error.message, expected)
        }
        yield* server!.delete(place, second)
        assert.match((yield* refusal).message, /its object log\/0000000000000002 is missing/)
        yield* server!.put(place, second, good)
        assert.deepStrictEqual(yield* using(place, ids), ["a", "b"])
      }),
  )

  it.live("goes on by itself when the server was away", () =>
    Effect.gen(function* () {
      const place = yield* server!.place
      yield* using(
        { ...place, leaseMillis: 60_000 },
        Effect.gen(function* () {
          yield* save("a")
          server!.down()
          assert.match((yield* Effect.flip(save("b"))).message, /no server answers: start it/)
          assert.deepStrictEqual(yield* ids, ["a"])
          server!.up()
          yield* save("c")
          assert.deepStrictEqual(yield* ids, ["a", "c"])
        }),
      )
      assert.deepStrictEqual(yield* using(place, ids), ["a", "c"])
    }),
  )
})
