import { Effect, Semaphore } from "effect"
import { Client, type QueryResultRow } from "pg"
import { TaskStoreError } from "../../../services/TaskStore.ts"
import { failureOf } from "./Failures.ts"
import { layout, lockKey, tables } from "./Statements.ts"

/** Queries on the one connection, which are answered one after the other. */
export interface Query {
  <Row extends QueryResultRow>(
    text: string,
    values?: ReadonlyArray<unknown>,
  ): Effect.Effect<{ readonly rows: ReadonlyArray<Row>; readonly count: number }, TaskStoreError>
}

const whereOf = (url: string): string => {
  if (!URL.canParse(url)) return "the server of `tasks.url`"
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}

/**
 * One connection, which holds the database's lock as long as it lives: what is written is written by the process that
 * has the lock. One that is lost is made again by the next request, if the lock can be had again.
 */
export const makeSession = (url: string) => {
  const where = whereOf(url)
  const failed = failureOf(where)
  const turn = Semaphore.makeUnsafe(1)
  let client: Client | undefined

  const queryOf =
    (on: Client): Query =>
    <Row extends QueryResultRow>(text: string, values: ReadonlyArray<unknown> = []) =>
      Effect.tryPromise({
        try: () => on.query<Row>(text, [...values]),
        catch: failed,
      }).pipe(Effect.map(({ rowCount, rows }) => ({ rows, count: rowCount ?? 0 })))

  const end = (lost: Client): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (client === lost) client = undefined
      return Effect.ignore(Effect.tryPromise(() => lost.end()))
    })

  const prepare = Effect.fnUntraced(function* (query: Query) {
    const { rows } = yield* query<{ held: boolean }>("SELECT pg_try_advisory_lock($1) AS held", [lockKey])
    if (rows[0]?.held !== true)
      return yield* new TaskStoreError({
        reason: "io",
        detail: `${where}: another process keeps its tasks there: stop that one, or set another \`tasks.url\``,
      })
    yield* query(tables)
    const found = yield* query<{ version: number }>("SELECT version FROM millrace_layout")
    const version = found.rows[0]?.version ?? layout
    if (version > layout)
      return yield* new TaskStoreError({
        reason: "unreadable",
        detail: `${where}: was written by a later version of Millrace (layout ${version}; this one knows ${layout}): start that version, or set another \`tasks.url\``,
      })
  })

  const connect = Effect.gen(function* () {
    const made = new Client({
      connectionString: url,
      connectionTimeoutMillis: 5000,
      statement_timeout: 30_000,
      query_timeout: 35_000,
      keepAlive: true,
      application_name: "millrace",
    })
    // Whoever asks next finds it gone, and makes another.
    made.on("error", () => {
      if (client === made) client = undefined
    })
    made.on("end", () => {
      if (client === made) client = undefined
    })
    yield* Effect.tryPromise({ try: () => made.connect(), catch: failed })
    yield* Effect.tapError(prepare(queryOf(made)), () => end(made))
    client = made
    return made
  })

  return {
    /** With the connection to itself, and whole: whoever stops waiting does not leave half of it behind. */
    use: <A>(work: (query: Query) => Effect.Effect<A, TaskStoreError>): Effect.Effect<A, TaskStoreError> =>
      Effect.suspend(() => (client === undefined ? connect : Effect.succeed(client))).pipe(
        Effect.flatMap((held) => work(queryOf(held))),
        Semaphore.withPermits(turn, 1),
        Effect.uninterruptible,
      ),
    close: Effect.suspend(() => (client === undefined ? Effect.void : end(client))).pipe(
      Effect.timeout("5 seconds"),
      Effect.ignore,
    ),
  }
}
