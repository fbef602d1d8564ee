import { NodeServices } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import * as Sqlite from "../../layers/task-store/Sqlite.ts"
import { TaskStore } from "../../services/TaskStore.ts"
import { checkpointOf, taskOf } from "./tasks.ts"

/** A process that saves three rows of one number at once, then a checkpoint of it, and says each number that is saved. */
const [path = "", first = "1"] = process.argv.slice(2)

const program = Effect.gen(function* () {
  const store = yield* TaskStore
  for (let number = Number(first); ; number++) {
    const rows = ["a", "b", "c"].map((id) => taskOf(id, { revision: number }))
    yield* store.save(rows)
    yield* store.saveCheckpoint(checkpointOf("a", { journalPosition: number }))
    process.stdout.write(`saved ${number}\n`)
  }
})

await Effect.runPromise(
  program.pipe(Effect.provide(Sqlite.layer({ path }).pipe(Layer.provide(NodeServices.layer)))),
)
