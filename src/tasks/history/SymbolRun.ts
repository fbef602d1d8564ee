import { Clock, Effect } from "effect"
import type { TaskRun } from "../../../services/TaskRunner.ts"
import type { VenueRequests } from "../../../services/VenueRequests.ts"
import { openTime } from "../../domain/KlineTime.ts"
import type { HistoryWindow } from "../../exchanges/Venue.ts"
import { iso } from "../../exchanges/wire/History.ts"
import { policyOf } from "../RetryPolicy.ts"
import { fetchPage, type HistoryFailure } from "./Pages.ts"
import { type Target, windowOf } from "./Plan.ts"
import type { RunState } from "./RunState.ts"

/** A venue may still be summing up what has just ended. */
const settleMillis = 2000
/** What is asked for so much more than a venue keeps is not worth a word: time has passed since it was asked. */
const toleranceMillis = 3_600_000

export interface SymbolRunOptions {
  readonly run: TaskRun
  readonly venue: string
  readonly requests: VenueRequests["Service"]
  readonly state: RunState
}

/** The last kline that the window wants is closed, and the venue has had its time. */
const settled = Effect.fnUntraced(function* ({ stream }: Target, { end }: HistoryWindow) {
  const { interval } = stream.dataType
  if (interval === undefined) return
  const wait = openTime(interval, end) + settleMillis - (yield* Clock.currentTimeMillis)
  if (wait > 0) yield* Effect.sleep(wait)
})

/** Goes through one symbol's window, page by page, from where the checkpoint stands. Gives what could not be had. */
export const runSymbol = Effect.fn("History.symbol")(function* (
  target: Target,
  { requests, run, state, venue }: SymbolRunOptions,
): Effect.fn.Return<ReadonlyArray<string>, HistoryFailure> {
  const { history, stream, symbol } = target
  const { spec } = run.task
  const wanted = windowOf(spec, stream, run.startedAt)
  const place = goesOn(state.place(target), spec.window.start)
  const isPresent = history.reach === "present"
  if (place?.done === true && (run.checkpoint?.runStartedAt === run.startedAt || (!isPresent && isOver(run))))
    return []
  const missing: Array<string> = []
  const oldest = history.keepsMillis === undefined ? 0 : run.startedAt - history.keepsMillis
  if (place === undefined && wanted.start < oldest - toleranceMillis)
    missing.push(`${symbol}: the venue has nothing before ${iso(oldest)}`)
  const start = Math.max(wanted.start, oldest)
  let next = isPresent || place === undefined ? history.begin(start) : place.next
  // What was had before is not looked at again, however long ago it was.
  const window = { start: place === undefined ? start : 0, end: wanted.end }
  if (!isPresent && place === undefined && window.start >= window.end) return missing
  yield* settled(target, wanted)
  // What has no next page is asked for whole.
  const limit =
    history.reach === "window" ? Math.max(1, Math.min(history.rows, spec.batchSize)) : history.rows
  const asked = {
    requests,
    venue,
    policy: policyOf(spec.params),
    onRequest: state.requested,
    onFailure: (detail: string) =>
      Effect.andThen(run.progress(state.counts()), run.trouble(`${symbol}: ${detail}`)),
  }
  for (;;) {
    const page = yield* fetchPage(asked, history, { next, window, limit })
    yield* state.take(target, wanted.start, page)
    if (page.missing !== undefined) missing.push(`${symbol}: ${page.missing}`)
    if (page.done) return missing
    next = page.next
  }
})

/** The task's window was over when the run before began. */
const isOver = ({ checkpoint, task }: TaskRun): boolean =>
  task.spec.window.end !== undefined &&
  checkpoint !== undefined &&
  task.spec.window.end <= checkpoint.runStartedAt

/** Where it stands, unless the task now begins before what was had. */
const goesOn = <P extends { readonly from?: number }>(
  place: P | undefined,
  start: number | undefined,
): P | undefined =>
  place?.from !== undefined && start !== undefined && start < place.from ? undefined : place
