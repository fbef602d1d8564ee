import { Cause, Effect, Exit, References } from "effect"
import { damagedJournal } from "../../contract/DamagedJournal.ts"
import { makeDice } from "../../support/seed.ts"
import type { Goal, Run } from "../support/goal.ts"

const damaged = Effect.fnUntraced(
  function* ({ dice, judge, progress, size }: Run) {
    const journals = size(2000)
    const totals = { opened: 0, envelopes: 0, lost: 0, reports: 0 }
    for (let number = 1; number <= journals; number++) {
      const seed = dice.int(2 ** 32)
      const exit = yield* Effect.exit(damagedJournal(makeDice(seed)))
      if (Exit.isSuccess(exit)) {
        totals.opened++
        totals.envelopes += exit.value.envelopes
        totals.lost += exit.value.lost
        totals.reports += exit.value.reports
      } else judge.state(`a journal of seed ${seed}`, false, Cause.pretty(exit.cause))
      if (number % 200 === 0) progress(`${number} of ${journals} damaged journals`)
    }
    judge.count("opened", totals.opened, { exactly: journals })
    judge.count("envelopes", totals.envelopes)
    judge.count("damaged and reported as lost", totals.lost)
    judge.count("reports", totals.reports, { atLeast: 1 })
  },
  Effect.provideService(References.MinimumLogLevel, "None"),
)

export const damagedJournals: Goal = { id: "R8", name: "R8 damaged journals", run: damaged }
