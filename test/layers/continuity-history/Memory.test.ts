import { Effect } from "effect"
import * as Memory from "../../../layers/continuity-history/Memory.ts"
import { continuityHistoryContract } from "../../contract/ContinuityHistory.ts"

continuityHistoryContract({ name: "memory", make: (limits) => Effect.sync(() => Memory.layer(limits)) })
