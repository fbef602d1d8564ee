import { Effect, Result } from "effect"
import type { Journal } from "../../../services/Journal.ts"
import type { RecordIntake } from "../../../services/RecordIntake.ts"
import type { RunReport, TaskRun } from "../../../services/TaskRunner.ts"
import type { VenueRequests } from "../../../services/VenueRequests.ts"
import type { Plan } from "./Plan.ts"
import { makeRunState } from "./RunState.ts"
import { runSymbol } from "./SymbolRun.ts"
import { openTail } from "./Tail.ts"

/** Symbols that are asked for at once; the weight decides the rest. */
const concurrency = 4
/** Of what went wrong so much is said. */
const maxSaid = 5

export interface HistoryRunOptions {
  readonly journal: Journal["Service"]
  readonly intake: RecordIntake["Service"]
  readonly requests: VenueRequests["Service"]
}

const say = (problems: ReadonlyArray<string>): string => {
  const more = problems.length - maxSaid
  return problems.slice(0, maxSaid).join("; ") + (more > 0 ? `; and ${more} more` : "")
}

/** One run over all symbols of a task: one that fails does not keep the others. */
export const runHistory = Effect.fn("History.run")(function* (
  run: TaskRun,
  plan: Plan,
  { intake, journal, requests }: HistoryRunOptions,
): Effect.fn.Return<RunReport> {
  const streams = new Set(plan.targets.map(({ stream }) => stream.key))
  const { id } = run.task.spec
  return yield* Effect.gen(function* () {
    const tail = yield* openTail(journal, id, run.checkpoint, streams)
    const state = makeRunState({ run, journal, intake, tail })
    yield* Effect.addFinalizer(() => Effect.suspend(() => tail.close(state.isCertain())))
    const symbolRun = { run, venue: plan.venue, requests, state }
    const results = yield* Effect.forEach(
      plan.targets,
      (target) => Effect.map(Effect.result(runSymbol(target, symbolRun)), (result) => ({ target, result })),
      { concurrency },
    )
    const problems = results.flatMap(({ result, target }) =>
      Result.isFailure(result) ? [`${target.symbol}: ${result.failure.detail}`] : result.success,
    )
    const failed = results.filter(({ result }) => Result.isFailure(result)).length
    const report = { ...state.counts() }
    if (problems.length === 0) return { outcome: "completed", ...report } satisfies RunReport
    const outcome = failed === results.length ? ("failed" as const) : ("partial" as const)
    const triedOut = results.some(({ result }) => Result.isFailure(result) && result.failure.triedOut)
    return { outcome, ...report, error: say(problems), ...(triedOut ? { triedOut } : {}) } satisfies RunReport
  }).pipe(
    Effect.scoped,
    Effect.catch((error) =>
      Effect.succeed({
        outcome: "failed",
        records: 0,
        requests: 0,
        error: error.message,
      } satisfies RunReport),
    ),
  )
})
