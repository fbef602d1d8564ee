import { Effect, Layer } from "effect"
import { TaskStore } from "../../services/TaskStore.ts"
import { type BucketOptions, makeBucket } from "./s3/Bucket.ts"
import { makeTaskLog } from "./s3/TaskLog.ts"

export interface S3Options extends BucketOptions {
  /** A process of which nothing was heard for so long may be followed by another. 15 s unless given. */
  readonly leaseMillis?: number
  /** What the tasks with their versions and checkpoints may take, as JSON; they are held in memory. 256 MiB unless given, and at most. */
  readonly maxBytes?: number
  /** Writes until the log is summed up. 512 unless given. */
  readonly mostEntries?: number
  /** How other processes are told of this one. */
  readonly process?: string
}

const mostBytes = 256 * 1024 ** 2

/**
 * A bucket of an S3-type store: of Amazon's, or of any server that keeps the condition `If-None-Match`. All tasks are held
 * in memory, as they were read at the first request; each change is an object of a log, which a snapshot sums up now and
 * then. What `save` had completed is as safe as the bucket keeps it, also after `kill -9`. One process at a time keeps its
 * tasks below a prefix: a second one is refused while the first is heard, and follows it once it is silent.
 */
export const layer = (options: S3Options): Layer.Layer<TaskStore> =>
  Layer.effect(
    TaskStore,
    Effect.gen(function* () {
      const bucket = yield* makeBucket(options)
      const { read, removeSome, write } = yield* makeTaskLog(bucket, {
        leaseMillis: options.leaseMillis ?? 15_000,
        maxBytes: Math.min(options.maxBytes ?? mostBytes, mostBytes),
        mostEntries: options.mostEntries ?? 512,
        process: options.process ?? "millrace",
      })
      return TaskStore.of({
        save: (tasks) => write({ kind: "save", tasks }),
        get: (id) => read((held) => held.get(id)?.task),
        list: (filter) => read((held) => held.list(filter)),
        remove: (ids) => write({ kind: "remove", ids }),
        versions: (id) => read((held) => held.get(id)?.versions ?? []),
        saveCheckpoint: (checkpoint) => write({ kind: "checkpoint", checkpoint }),
        checkpoint: (id) => read((held) => held.get(id)?.checkpoint),
        removeCheckpoint: (id) => write({ kind: "checkpointRemoved", id }),
        sweep: (before) => removeSome((held) => held.expired(before)),
      })
    }),
  )
