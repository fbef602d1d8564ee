import { NodeServices } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { join } from "node:path"
import * as Sqlite from "../../../layers/task-store/Sqlite.ts"
import { taskStoreProcessContract } from "../../contract/TaskStoreProcess.ts"
import { temporaryFolder } from "../../support/process.ts"

taskStoreProcessContract({
  name: "SQLite",
  make: Effect.gen(function* () {
    const path = join(yield* temporaryFolder, "tasks.db")
    return {
      args: ["sqlite", path],
      store: Sqlite.layer({ path }).pipe(Layer.provide(NodeServices.layer)),
    }
  }),
})
