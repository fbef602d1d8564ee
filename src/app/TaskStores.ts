import { Duration, Effect, Layer } from "effect"
import { hostname } from "node:os"
import { dirname, join } from "node:path"
import * as Memory from "../../layers/task-store/Memory.ts"
import * as Sqlite from "../../layers/task-store/Sqlite.ts"
import { ConfigError } from "../config/ConfigError.ts"
import type { MillraceConfig } from "../config/Sections.ts"

/** The package that reads and writes buckets: of those alone who keep their tasks in one. */
export const bucketClient = "@aws-sdk/client-s3"

const noClient = (error: unknown): ConfigError =>
  new ConfigError({
    problems: [
      {
        path: "tasks.store",
        detail: `"s3" needs the package ${bucketClient}: \`npm install ${bucketClient}\` beside Millrace (${error instanceof Error ? error.message : String(error)})`,
      },
    ],
    warnings: [],
  })

/** Where the tasks are kept: what the configuration says, and in memory where nothing is served. */
export const taskStore = ({ journal, tasks }: MillraceConfig, serve: boolean) => {
  if (!serve) return Memory.layer
  const { url } = tasks
  // Its client is loaded only where it is used.
  if (tasks.store === "postgres" && url !== undefined)
    return Layer.unwrap(
      Effect.map(
        Effect.promise(() => import("../../layers/task-store/Postgres.ts")),
        (postgres) => postgres.layer({ url }),
      ),
    )
  if (tasks.store === "s3" && tasks.s3 !== undefined) {
    const { accessKeyId, endpoint, lease, pathStyle, secretAccessKey, sessionToken, ...place } = tasks.s3
    return Layer.unwrap(
      Effect.map(
        Effect.tryPromise({ try: () => import("../../layers/task-store/S3.ts"), catch: noClient }),
        (s3) =>
          s3.layer({
            ...place,
            ...(endpoint === undefined ? {} : { endpoint }),
            ...(pathStyle === undefined ? {} : { pathStyle }),
            ...(accessKeyId === undefined || secretAccessKey === undefined
              ? {}
              : { credentials: { accessKeyId, secretAccessKey, sessionToken } }),
            leaseMillis: Duration.toMillis(lease),
            maxBytes: tasks.maxSize,
            process: `pid ${process.pid} on ${hostname()}`,
          }),
      ),
    )
  }
  const path = tasks.path ?? join(dirname(journal.path), "tasks.db")
  return Sqlite.layer({ path, maxBytes: tasks.maxSize })
}
