import { Effect } from "effect"
import { Metrics } from "../../../services/Metrics.ts"
import { type BookRule, bookRules } from "../../support/books/rules.ts"
import { tryRule } from "../../support/books/trial.ts"
import type { Goal, Run } from "../support/goal.ts"

/** Schedules of one seed in a row are run at a time, so that a person sees how far it is. */
const stretch = 1000

/** Every published book is the exchange's, or declared broken. */
const rule = (each: BookRule) =>
  Effect.fnUntraced(function* ({ dice, judge, progress, size }: Run) {
    const first = dice.seed
    const total = { schedules: 0, resets: 0, faults: 0, compared: 0, gaps: 0 }
    const failed: Array<string> = []
    const wanted = size(10_000)
    for (let done = 0; done < wanted; done += stretch) {
      const count = Math.min(stretch, wanted - done)
      const trial = yield* tryRule(each, { first: first + done, count, worlds: 4 })
      for (const name of Object.keys(total) as Array<keyof typeof total>) total[name] += trial[name]
      failed.push(...trial.failed)
      progress(`${total.schedules} schedules, ${failed.length} failed`)
      yield* Effect.yieldNow
    }
    judge.count("schedules", total.schedules, { exactly: wanted })
    judge.count("of them the venue counted anew", total.resets)
    judge.count("faults", total.faults, { atLeast: wanted })
    judge.count("books compared", total.compared, { atLeast: wanted })
    judge.count("gaps, all closed", total.gaps, { atLeast: 1 })
    judge.count("wrong", failed.length, { exactly: 0 })
    judge.state(
      "every published book is exact or declared broken",
      failed.length === 0,
      failed.slice(0, 3).join(" | "),
    )
  })

/** COIN-M's rule is USD-M's. */
const tried = bookRules.filter(({ venue }) => venue !== "binance-coinm")

export const bookGoals: ReadonlyArray<Goal> = tried.map((each) => ({
  id: "books",
  name: `books of ${each.venue}`,
  run: (run) => Effect.provide(rule(each)(run), Metrics.layer),
}))
