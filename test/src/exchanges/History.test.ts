import { describe } from "@effect/vitest"
import { venueNames } from "../../../src/exchanges/index.ts"
import { historyContract } from "../../contract/History.ts"

for (const name of venueNames) describe.concurrent(`${name} on demand`, () => historyContract(name))
