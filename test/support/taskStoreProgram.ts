import { NodeServices } from "@effect/platform-node"
import { Effect, Layer, Redacted } from "effect"
import * as S3 from "../../layers/task-store/S3.ts"
import * as Sqlite from "../../layers/task-store/Sqlite.ts"
import { TaskStore } from "../../services/TaskStore.ts"
import { checkpointOf, taskOf } from "./tasks.ts"

/**
 * A process that saves three rows of one number at once, then a checkpoint of it, and says each number that is saved:
 * `<first number> sqlite <path>`, or `<first number> s3 <options without credentials, JSON> <key> <secret>`.
 */
const [first = "1", kind, where = "", key = "", secret = ""] = process.argv.slice(2)

const store =
  kind === "s3"
    ? S3.layer({
        ...(JSON.parse(where) as S3.S3Options),
        credentials: { accessKeyId: Redacted.make(key), secretAccessKey: Redacted.make(secret) },
      })
    : Sqlite.layer({ path: where })

const program = Effect.gen(function* () {
  const { save, saveCheckpoint } = yield* TaskStore
  for (let number = Number(first); ; number++) {
    yield* save(["a", "b", "c"].map((id) => taskOf(id, { revision: number })))
    yield* saveCheckpoint(checkpointOf("a", { journalPosition: number }))
    process.stdout.write(`saved ${number}\n`)
  }
})

await Effect.runPromise(program.pipe(Effect.provide(store.pipe(Layer.provide(NodeServices.layer)))))
