import { Effect } from "effect"
import type { Collection } from "../../../services/Collection.ts"
import type { RunReport, TaskRun } from "../../../services/TaskRunner.ts"
import type { Stream } from "../../domain/Stream.ts"

const lookMillis = 5000

/**
 * A task whose run does not end: its streams are collected for as long as it runs. The venue's connections carry them, and
 * go when nobody needs them any more.
 */
export const runStreams = Effect.fn("Tasks.streams")(function* (
  run: TaskRun,
  venue: string,
  streams: ReadonlyArray<Stream>,
  collection: Pick<Collection["Service"], "hold" | "venues">,
): Effect.fn.Return<RunReport> {
  return yield* Effect.gen(function* () {
    const answers = yield* collection.hold([
      {
        venue,
        symbols: streams.map(({ instrument }) => instrument.symbol),
        dataTypes: [...new Set(streams.map(({ dataType }) => dataType.word))],
      },
    ])
    const refused = answers.filter(({ result }) => result === "refused")
    if (refused.length === answers.length)
      return {
        outcome: "failed",
        records: 0,
        requests: 0,
        error: [...new Set(refused.map(({ reason = "refused" }) => reason))].join("; "),
      } satisfies RunReport
    for (const { reason } of refused)
      yield* Effect.logWarning(`task ${run.task.spec.id}: not collected: ${reason}`)
    const keys = new Set(streams.map(({ key }) => key))
    const count = Effect.map(collection.venues, (statuses) =>
      statuses
        .flatMap((status) => status.streams)
        .reduce((sum, each) => sum + (keys.has(each.key) ? each.records : 0), 0),
    )
    const before = yield* count
    for (;;) {
      yield* Effect.sleep(lookMillis)
      yield* run.progress({ records: (yield* count) - before, requests: 0 })
    }
  }).pipe(Effect.scoped)
})
