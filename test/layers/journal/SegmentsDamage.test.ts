import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { damagedJournal } from "../../contract/DamagedJournal.ts"
import { quiet } from "../../support/filesSink.ts"
import { withSeeds } from "../../support/seed.ts"

/** A few of those that `npm run faults -- R8` opens. */
const journals = 40

describe("damaged segments", () => {
  it.live(
    "open every time, give every valid envelope and no damaged one, in order, and report what is lost",
    () => withSeeds(journals, (dice) => Effect.asVoid(damagedJournal(dice))).pipe(quiet),
  )
})
