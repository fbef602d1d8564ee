import { Clock, Effect, Schedule, Semaphore } from "effect"
import type { Journal } from "../../../services/Journal.ts"
import type { RecordIntake } from "../../../services/RecordIntake.ts"
import type { TaskRun } from "../../../services/TaskRunner.ts"
import type { Decoded } from "../../domain/Decoded.ts"
import { recordId } from "../../domain/Stream.ts"
import { tracedAs } from "../../domain/TaskInstance.ts"
import type { TaskCheckpoint } from "../../domain/Task.ts"
import { reconnect } from "../../runtime/Backoff.ts"
import type { HistoryPage } from "../../exchanges/Venue.ts"
import { HistoryFailure } from "./Pages.ts"
import type { Target } from "./Plan.ts"
import type { Tail } from "./Tail.ts"

type Places = TaskCheckpoint["symbols"]
type Place = Places[string]

const saving = Schedule.max([reconnect({ first: "100 millis", max: "5 seconds" }), Schedule.recurs(6)])

const idOf = ({ key, stream, type }: Decoded): string => recordId(stream, type, key)

/** How far one run has come: its counts, its place in each symbol, and the way in which a page becomes part of it. */
export interface RunState {
  readonly place: (target: Target) => Place | undefined
  readonly requested: () => void
  readonly counts: () => { readonly records: number; readonly requests: number }
  /** Takes a page: accepted, then noted. One at a time, so that a checkpoint speaks of everything accepted before it. */
  readonly take: (target: Target, from: number, page: HistoryPage) => Effect.Effect<void, HistoryFailure>
  /** Whether everything that was handed in is noted. */
  readonly isCertain: () => boolean
}

export const makeRunState = (options: {
  readonly run: TaskRun
  readonly journal: Journal["Service"]
  readonly intake: RecordIntake["Service"]
  readonly tail: Tail
}): RunState => {
  const { intake, journal, run, tail } = options
  const { spec, revision } = run.task
  const turn = Semaphore.makeUnsafe(1)
  const places: Record<string, Place> = { ...run.checkpoint?.symbols }
  let records = 0
  let requests = 0
  /** Pages that were handed in and are not noted. */
  let uncertain = 0

  const note = Effect.fnUntraced(function* (target: Target, from: number, page: HistoryPage, end: number) {
    const { key, symbol } = target
    const before = places[symbol]
    const begun = before?.stream === key && before.from !== undefined ? before.from : from
    places[symbol] = { next: page.next, done: page.done, stream: key, from: begun }
    const checkpoint: TaskCheckpoint = {
      taskId: spec.id,
      revision,
      runStartedAt: run.startedAt,
      symbols: places,
      journalPosition: tail.position(end),
      journal: journal.identity.id,
      updatedAt: yield* Clock.currentTimeMillis,
    }
    yield* run.saveCheckpoint(checkpoint).pipe(
      Effect.retry(saving),
      Effect.mapError(
        (error) =>
          new HistoryFailure({
            detail: `where it has come to could not be noted: ${error.message}`,
            passes: true,
          }),
      ),
    )
  })

  const handIn = Effect.fnUntraced(function* (fresh: ReadonlyArray<Decoded>) {
    if (fresh.length === 0) return (yield* journal.status).accepted
    const { accepted, position } = yield* intake
      .decoded(fresh, `task ${spec.id}`, tracedAs(run.task))
      .pipe(Effect.mapError(({ message }) => new HistoryFailure({ detail: message, passes: true })))
    records += accepted
    return position
  })

  return {
    place: ({ key, symbol }) => {
      const place = places[symbol]
      return place !== undefined && (place.stream ?? key) === key ? place : undefined
    },
    requested: () => void requests++,
    counts: () => ({ records, requests }),
    isCertain: () => uncertain === 0,
    take: (target, from, page) =>
      turn.withPermits(1)(
        Effect.uninterruptibleMask((restore) =>
          Effect.gen(function* () {
            const fresh = page.records.filter((record) => !tail.has(idOf(record)))
            if (uncertain === 0) yield* tail.advance
            uncertain++
            // An interruption leaves open whether the journal has it: the cursor stays, and the next run looks.
            const end = yield* restore(handIn(fresh))
            yield* note(target, from, page, end)
            tail.covered(page.records.map(idOf))
            uncertain--
            yield* run.progress({ records, requests })
          }),
        ),
      ),
  }
}
