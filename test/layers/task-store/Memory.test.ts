import { Effect } from "effect"
import * as Memory from "../../../layers/task-store/Memory.ts"
import { taskStoreContract } from "../../contract/TaskStore.ts"

taskStoreContract({ name: "memory", make: Effect.succeed(Memory.layer) })
