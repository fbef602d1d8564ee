import { Effect } from "effect"
import { killedHistory } from "../../support/historyKills.ts"
import { judgeIdentities } from "../support/collector.ts"
import type { Goal, Run } from "../support/goal.ts"

/** Minutes of klines as a task, killed as it goes. */
const killed = Effect.fnUntraced(function* ({ dice, judge, progress, size }: Run) {
  const symbols = size(20, 3)
  const outcome = yield* killedHistory(dice, {
    days: size(30, 2),
    symbols,
    kills: size(10, 3),
    batchSize: 1000,
    progress,
  })
  const { checkpoint, report, wanted, window } = outcome
  judge.count("kills", outcome.kills)
  judge.count("requests", outcome.requests)
  judge.count("rows", outcome.rows, { exactly: wanted })
  judge.count("twice", outcome.twice, { exactly: 0 })
  judge.count("missing", outcome.missing, { exactly: 0 })
  judge.count("disordered", outcome.disordered, { exactly: 0 })
  judge.count("not as the exchange has it", outcome.wrong, { exactly: 0 })
  judge.count("answers beyond the venue's limits", outcome.refused, { exactly: 0 })
  const places = Object.values(checkpoint?.symbols ?? {})
  judge.count(
    "symbols whose checkpoint is the window's end",
    places.filter(({ done, next }) => done && next === String(window.end)).length,
    { exactly: symbols },
  )
  judgeIdentities(judge, outcome.accounts)
  judge.state("the run is completed", report.outcome === "completed", JSON.stringify(report))
})

export const historyKills: Goal = { id: "R19", name: "R19 history task, killed", run: killed }
