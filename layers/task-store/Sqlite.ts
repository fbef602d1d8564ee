import { Effect, FileSystem, Layer, Path } from "effect"
import { TaskStore, TaskStoreError } from "../../services/TaskStore.ts"
import type { TaskCheckpoint } from "../../src/domain/Task.ts"
import { DatabaseThread } from "../support/sqlite/DatabaseThread.ts"
import type { Failure } from "../support/sqlite/Failure.ts"
import type { Answers, Request } from "./sqlite/Protocol.ts"
import { rowOf, taskOf, tasksOf, wantedOf } from "./TaskRow.ts"

export interface SqliteOptions {
  /** The database's file; made, with its folder, when something is saved first. One process at a time holds it. */
  readonly path: string
  /** What the file may take. 1 GiB unless given. */
  readonly maxBytes?: number
}

/** The file of the thread: TypeScript in the repository, JavaScript in the package. */
const file = new URL(
  import.meta.url.endsWith(".ts") ? "./sqlite/Thread.ts" : "./sqlite/Thread.js",
  import.meta.url,
)

/** Asking that waits at most: the table asks for little, the rest are people. */
const patience = { of: ({ kind }: Request) => kind === "list" || kind === "versions", most: 256 }

const reasons: Readonly<Record<Failure["reason"], TaskStoreError["reason"]>> = {
  busy: "io",
  damaged: "unreadable",
  full: "full",
  io: "io",
  later_version: "unreadable",
  stopped: "io",
}

/**
 * An SQLite database in a thread of its own: nothing that collects waits for it. What `save` had completed is there
 * after `kill -9` and after a power cut. A file that cannot be used fails each request with what to do, and the first
 * request after somebody did it goes on. Until the first save there is neither file nor thread.
 */
export const layer = (
  options: SqliteOptions,
): Layer.Layer<TaskStore, never, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    TaskStore,
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = (yield* Path.Path).dirname(options.path)
      const workerData = { path: options.path, maxBytes: options.maxBytes ?? 1024 ** 3 }
      const thread = yield* Effect.acquireRelease(
        Effect.sync(() => new DatabaseThread<Request, Answers>({ file, workerData, patience })),
        (each) => each.close,
      )

      const failed = ({ detail, reason }: Failure) => {
        const advice =
          reason === "full" ? `${detail}, set a larger \`tasks.maxSize\`, or remove tasks` : detail
        return new TaskStoreError({ reason: reasons[reason], detail: `${options.path}: ${advice}` })
      }

      let made = false
      const begin = Effect.suspend(() =>
        made ? Effect.void : fs.makeDirectory(folder, { recursive: true }),
      ).pipe(
        Effect.mapError(({ message }) =>
          failed(
            message.includes("ENOSPC")
              ? { reason: "full", detail: "the disk has no room: make some" }
              : {
                  reason: "io",
                  detail: `its folder cannot be made: ${message}; set another \`tasks.path\``,
                },
          ),
        ),
        Effect.tap(() => Effect.sync(() => (made = true))),
      )

      const ask = <K extends Request["kind"]>(request: Extract<Request, { readonly kind: K }>) =>
        Effect.mapError(thread.ask<K>(request), failed)

      /** A file that nobody has begun holds nothing, and is not begun by looking. */
      const askWhereBegun = <K extends Request["kind"], A>(
        request: Extract<Request, { readonly kind: K }>,
        nothing: A,
        read: (answer: Answers[K]) => A,
      ): Effect.Effect<A, TaskStoreError> =>
        Effect.flatMap(
          Effect.suspend(() =>
            made ? Effect.succeed(true) : Effect.orElseSucceed(fs.exists(options.path), () => true),
          ),
          (begun) => (begun ? Effect.map(ask<K>(request), read) : Effect.succeed(nothing)),
        )

      return TaskStore.of({
        save: (tasks) =>
          Effect.andThen(
            begin,
            Effect.suspend(() => ask<"save">({ kind: "save", rows: tasks.map(rowOf) })),
          ),
        get: (id) =>
          askWhereBegun<"get", ReturnType<typeof taskOf> | undefined>(
            { kind: "get", id },
            undefined,
            (body) => (body === undefined ? undefined : taskOf(body)),
          ),
        list: ({ limit, offset, origin, projectId, state, text } = {}) => {
          const query = { limit, offset, origin, project: projectId, state, words: wantedOf(text) }
          return askWhereBegun<"list", ReturnType<typeof tasksOf>>({ kind: "list", query }, [], tasksOf)
        },
        remove: (ids) => askWhereBegun<"remove", void>({ kind: "remove", ids }, undefined, () => {}),
        versions: (id) =>
          askWhereBegun({ kind: "versions", id }, [], (rows) =>
            rows.map(({ body, revision, savedAt }) => ({ revision, savedAt, task: taskOf(body) })),
          ),
        saveCheckpoint: (checkpoint) =>
          askWhereBegun<"saveCheckpoint", void>(
            { kind: "saveCheckpoint", id: checkpoint.taskId, body: JSON.stringify(checkpoint) },
            undefined,
            () => {},
          ),
        checkpoint: (id) =>
          askWhereBegun<"checkpoint", TaskCheckpoint | undefined>(
            { kind: "checkpoint", id },
            undefined,
            (body) => (body === undefined ? undefined : (JSON.parse(body) as TaskCheckpoint)),
          ),
        removeCheckpoint: (id) =>
          askWhereBegun<"removeCheckpoint", void>({ kind: "removeCheckpoint", id }, undefined, () => {}),
        sweep: (before) => askWhereBegun<"sweep", number>({ kind: "sweep", before }, 0, (swept) => swept),
      })
    }),
  )
