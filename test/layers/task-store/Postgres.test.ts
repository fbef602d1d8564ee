import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Client } from "pg"
import { afterAll } from "vitest"
import * as Postgres from "../../../layers/task-store/Postgres.ts"
import { TaskStore } from "../../../services/TaskStore.ts"
import { taskStoreContract } from "../../contract/TaskStore.ts"
import { ownPostgres } from "../../support/postgres.ts"
import { eventually, freePort } from "../../support/process.ts"
import { taskOf } from "../../support/tasks.ts"

const server = ownPostgres()
afterAll(() => server?.stop())

const at = (url: string) => Postgres.layer({ url: Redacted.make(url) })

/** As somebody else who may do everything. */
const admin = <A>(work: (client: Client) => Promise<A>, url = server!.url): Effect.Effect<A> =>
  Effect.promise(async () => {
    const client = new Client({ connectionString: url })
    await client.connect()
    return await work(client).finally(() => client.end())
  })

let databases = 0

/** A database that nobody has used. */
const emptyDatabase = Effect.gen(function* () {
  const name = `tasks_${databases++}`
  yield* admin((client) => client.query(`CREATE DATABASE ${name}`))
  return server!.url.replace(/postgres$/, name)
})

taskStoreContract({
  name: "PostgreSQL",
  skip: server === undefined,
  make: Effect.map(emptyDatabase, at),
})

describe.skipIf(server === undefined)("a store of tasks in PostgreSQL", { timeout: 180_000 }, () => {
  const save = Effect.flatMap(TaskStore, (store) => store.save([taskOf("a")]))
  const ids = Effect.flatMap(TaskStore, (store) =>
    Effect.map(store.list(), (tasks) => tasks.map(({ spec }) => spec.id)),
  )
  const using = <A, E>(url: string, use: Effect.Effect<A, E, TaskStore>) =>
    Effect.scoped(Effect.provide(use, at(url)))

  it.live("belongs to one process at a time: a second one is refused, and may try again", () =>
    Effect.gen(function* () {
      const url = yield* emptyDatabase
      yield* using(
        url,
        Effect.gen(function* () {
          yield* save
          const refused = yield* Effect.flip(using(url, save))
          assert.strictEqual(refused.reason, "io")
          assert.match(refused.message, /another process keeps its tasks there: stop that one/)
        }),
      )
      assert.deepStrictEqual(yield* using(url, ids), ["a"])
    }),
  )

  it.live("connects again when its connection was lost, and has what it had saved", () =>
    Effect.gen(function* () {
      const url = yield* emptyDatabase
      yield* using(
        url,
        Effect.gen(function* () {
          yield* save
          const others =
            "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
          yield* admin((client) => client.query(`SELECT pg_terminate_backend(pid) ${others}`), url)
          // It is told to end, and does so in its own time.
          yield* eventually(
            "its connection is lost",
            Effect.map(
              admin((client) => client.query(`SELECT pid ${others}`), url),
              ({ rowCount }) => (rowCount === 0 ? true : undefined),
            ),
          )
          const asked = yield* Effect.exit(ids)
          // The first one after it may be the one that learns of it.
          if (asked._tag === "Success") assert.deepStrictEqual(asked.value, ["a"])
          assert.deepStrictEqual(yield* ids, ["a"])
        }),
      )
    }),
  )

  it.live("says by name what a person has to do, never the password", () =>
    Effect.gen(function* () {
      const port = yield* freePort
      const nobody = yield* Effect.flip(using(`postgres://u:hush@127.0.0.1:${port}/x`, ids))
      assert.strictEqual(nobody.reason, "io")
      assert.match(nobody.message, /127\.0\.0\.1:\d+\/x: no server answers: start it/)
      assert.notInclude(nobody.message, "hush")
      const missing = yield* Effect.flip(using(`${server!.url}_nowhere`, ids))
      assert.strictEqual(missing.reason, "unreadable")
      assert.match(missing.message, /there is no such database: make it/)
      const later = yield* emptyDatabase
      yield* using(later, save)
      yield* admin((client) => client.query("UPDATE millrace_layout SET version = 99"), later)
      const newer = yield* Effect.flip(using(later, ids))
      assert.match(newer.message, /written by a later version of Millrace \(layout 99/)
      const foreign = yield* emptyDatabase
      yield* admin(
        (client) => client.query("CREATE TABLE millrace_tasks (id text PRIMARY KEY, mine int)"),
        foreign,
      )
      const theirs = yield* Effect.flip(using(foreign, save))
      assert.strictEqual(theirs.reason, "unreadable")
      assert.match(theirs.message, /its tables are not those of Millrace/)
    }),
  )
})
