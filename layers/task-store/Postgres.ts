import { Effect, Layer, Redacted } from "effect"
import { TaskStore, type TaskStoreError } from "../../services/TaskStore.ts"
import type { TaskCheckpoint } from "../../src/domain/Task.ts"
import { makeSession, type Query } from "./postgres/Session.ts"
import * as Statements from "./postgres/Statements.ts"
import { rowOf, taskOf, wantedOf } from "./TaskRow.ts"

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database` */
  readonly url: Redacted.Redacted
}

interface Body {
  readonly body: string
}

/** Words of letters and digits: nothing in them means anything to the query. */
const queryOf = (words: ReadonlyArray<string> | undefined): string | null =>
  words === undefined ? null : words.map((word) => `'${word}':*`).join(" & ")

/** All of it or nothing. A connection that breaks in the middle has written nothing. */
const inTransaction = <A>(query: Query, work: Effect.Effect<A, TaskStoreError>) =>
  query("BEGIN").pipe(
    Effect.andThen(work),
    Effect.tap(() => query("COMMIT")),
    Effect.tapError(() => Effect.ignore(query("ROLLBACK"))),
  )

/**
 * A PostgreSQL database (12 or later). One connection, made when something is asked first; its tables are made where there
 * are none. One process at a time keeps its tasks there, and what `save` had completed is as safe as the server keeps it.
 */
export const layer = (options: PostgresOptions): Layer.Layer<TaskStore> =>
  Layer.effect(
    TaskStore,
    Effect.gen(function* () {
      const { use } = yield* Effect.acquireRelease(
        Effect.sync(() => makeSession(Redacted.value(options.url))),
        ({ close }) => close,
      )

      const change = (
        statement: string,
        values: ReadonlyArray<unknown>,
      ): Effect.Effect<void, TaskStoreError> => use((query) => Effect.asVoid(query(statement, values)))

      const bodyOf = (statement: string, id: string) =>
        use((query) => Effect.map(query<Body>(statement, [id]), ({ rows }) => rows[0]?.body))

      return TaskStore.of({
        save: (tasks) =>
          Effect.suspend(() => {
            const given = JSON.stringify(tasks.map(rowOf))
            return use((query) =>
              inTransaction(
                query,
                Effect.gen(function* () {
                  yield* query(Statements.saveTasks, [given])
                  const { rows } = yield* query(Statements.saveVersions, [given])
                  if (rows.length > 0) yield* query(Statements.dropOldVersions, [JSON.stringify(rows)])
                }),
              ),
            )
          }),
        get: (id) =>
          Effect.map(bodyOf(Statements.getTask, id), (body) =>
            body === undefined ? undefined : taskOf(body),
          ),
        list: ({ limit, offset, origin, projectId, state, text } = {}) =>
          use((query) =>
            query<Body>(Statements.listTasks, [
              projectId ?? null,
              state ?? null,
              origin ?? null,
              queryOf(wantedOf(text)),
              limit ?? null,
              offset ?? 0,
            ]),
          ).pipe(Effect.map(({ rows }) => rows.map(({ body }) => taskOf(body)))),
        remove: (ids) => change(Statements.removeTasks, [ids]),
        versions: (id) =>
          use((query) =>
            query<Body & { readonly revision: number; readonly saved_at: string }>(Statements.listVersions, [
              id,
            ]),
          ).pipe(
            Effect.map(({ rows }) =>
              rows.map(({ body, revision, saved_at }) => ({
                revision,
                savedAt: Number(saved_at),
                task: taskOf(body),
              })),
            ),
          ),
        saveCheckpoint: (checkpoint) =>
          change(Statements.saveCheckpoint, [checkpoint.taskId, JSON.stringify(checkpoint)]),
        checkpoint: (id) =>
          Effect.map(bodyOf(Statements.getCheckpoint, id), (body) =>
            body === undefined ? undefined : (JSON.parse(body) as TaskCheckpoint),
          ),
        removeCheckpoint: (id) => change(Statements.removeCheckpoint, [id]),
        sweep: (before) =>
          use((query) => Effect.map(query(Statements.sweepTasks, [before]), ({ count }) => count)),
      })
    }),
  )
