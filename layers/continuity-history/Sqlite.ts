import { Clock, Effect, FileSystem, Layer, Path, Random } from "effect"
import {
  ContinuityHistory,
  ContinuityHistoryError,
  type HistoryLimits,
} from "../../services/ContinuityHistory.ts"
import { DatabaseThread } from "../support/sqlite/DatabaseThread.ts"
import type { Failure } from "../support/sqlite/Failure.ts"
import type { Answers, Request } from "./sqlite/Protocol.ts"

/** The file of the thread: TypeScript in the repository, JavaScript in the package. */
const file = new URL(
  import.meta.url.endsWith(".ts") ? "./sqlite/Thread.ts" : "./sqlite/Thread.js",
  import.meta.url,
)

/** Asking that waits at most: one writes, the rest are people. */
const patience = { of: ({ kind }: Request) => kind === "read", most: 32 }

export interface SqliteOptions extends HistoryLimits {
  /** The database's file; made, with its folder, when something is asked of it first. One process writes to it. */
  readonly path: string
}

/**
 * An SQLite database in a thread of its own: nothing that collects waits for it. A file that cannot be used fails each
 * request with what to do, and the first request after somebody did it goes on. `kill -9` loses nothing that a `write`
 * had completed.
 */
export const layer = (
  options: SqliteOptions,
): Layer.Layer<ContinuityHistory, never, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    ContinuityHistory,
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = (yield* Path.Path).dirname(options.path)
      const writer = `${yield* Clock.currentTimeMillis}-${yield* Random.nextInt}`
      const thread = yield* Effect.acquireRelease(
        Effect.sync(
          () => new DatabaseThread<Request, Answers>({ file, workerData: { ...options, writer }, patience }),
        ),
        (each) => each.close,
      )

      const failed = ({ detail, reason }: Failure) =>
        new ContinuityHistoryError({ path: options.path, reason, detail })

      let made = false
      const folderMade = Effect.suspend(() =>
        made ? Effect.void : fs.makeDirectory(folder, { recursive: true }),
      ).pipe(
        Effect.mapError(({ message }) =>
          failed({
            reason: "io",
            detail: `its folder cannot be made: ${message}; set another \`continuity.path\``,
          }),
        ),
        Effect.tap(() => Effect.sync(() => (made = true))),
      )

      const ask = <K extends keyof Answers>(
        request: (now: number) => Extract<Request, { readonly kind: K }>,
      ): Effect.Effect<Answers[K], ContinuityHistoryError> =>
        Effect.andThen(
          folderMade,
          Effect.flatMap(Clock.currentTimeMillis, (now) =>
            Effect.mapError(thread.ask<K>(request(now)), failed),
          ),
        )

      return ContinuityHistory.of({
        write: (batch) => ask<"write">((now) => ({ kind: "write", batch, now })),
        read: (query) => ask<"read">((now) => ({ kind: "read", query, now })),
        sweep: ask<"sweep">((now) => ({ kind: "sweep", now })),
      })
    }),
  )
