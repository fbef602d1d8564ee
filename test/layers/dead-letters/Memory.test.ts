import { Effect } from "effect"
import * as Memory from "../../../layers/dead-letters/Memory.ts"
import { deadLettersContract } from "../../contract/DeadLetters.ts"

deadLettersContract({ name: "memory", make: (limits) => Effect.succeed(Memory.layer(limits)) })
