import { Effect } from "effect"
import { Collection } from "../../../services/Collection.ts"
import { Journal } from "../../../services/Journal.ts"
import { RecordIntake } from "../../../services/RecordIntake.ts"
import { type RunReport, TaskRunner } from "../../../services/TaskRunner.ts"
import { TaskRefused } from "../../../services/Tasks.ts"
import { VenueRequests } from "../../../services/VenueRequests.ts"
import type { TaskSpec } from "../../domain/Task.ts"
import { didYouMean } from "../../domain/NearestName.ts"
import { venueNames, venues } from "../../exchanges/index.ts"
import { isRefusal, type Refusal, type Venue } from "../../exchanges/Venue.ts"
import { runHistory } from "./HistoryRun.ts"
import { planOf, streamsOf } from "./Plan.ts"
import { runStreams } from "./StreamRun.ts"
import { taskCursor } from "./Tail.ts"

/** The venues of this version, made when they are first asked for: a stream is one object as long as its venue is. */
const makeVenues = () => {
  const made = new Map<string, Venue>()
  return (name: string): Venue | Refusal => {
    const known = made.get(name)
    if (known !== undefined) return known
    const make = venues.get(name)
    if (make === undefined) {
      const near = didYouMean(name, venueNames)
      const there = near === "" ? ": there" : " There"
      return { refused: `"${name}" is no source${near}${there} are ${venueNames.join(", ")}` }
    }
    const venue = make()
    made.set(name, venue)
    return venue
  }
}

const windowRefusal = ({ window: { end, start } }: TaskSpec): Refusal | undefined =>
  start !== undefined && end !== undefined && end <= start
    ? { refused: `the window ends at ${end}, at or before its start at ${start}` }
    : undefined

/** Why a task cannot be had, or `undefined`. */
const objection = (spec: TaskSpec, venueOf: (name: string) => Venue | Refusal): Refusal | undefined => {
  const venue = venueOf(spec.source)
  if (isRefusal(venue)) return venue
  const plan = spec.schedule.kind === "stream" ? streamsOf(venue, spec) : planOf(venue, spec)
  return isRefusal(plan) ? plan : windowRefusal(spec)
}

const failed = (error: string): RunReport => ({ outcome: "failed", records: 0, requests: 0, error })

/** Runs the tasks whose source is a venue: history and what is now by its REST endpoints, streams by its sockets. */
export const makeVenueRunner: Effect.Effect<
  TaskRunner["Service"],
  never,
  Collection | Journal | RecordIntake | VenueRequests
> = Effect.gen(function* () {
  const collection = yield* Collection
  const journal = yield* Journal
  const intake = yield* RecordIntake
  const requests = yield* VenueRequests
  const venueOf = makeVenues()

  return TaskRunner.of({
    check: Effect.fnUntraced(function* (spec) {
      const refusal = objection(spec, venueOf)
      if (refusal !== undefined)
        return yield* new TaskRefused({ reason: "invalid", taskId: spec.id, detail: refusal.refused })
    }),
    run: Effect.fn("TaskRunner.run")(function* (run) {
      const { spec } = run.task
      yield* Effect.annotateCurrentSpan({ task: spec.id, source: spec.source, dataType: spec.dataType })
      const venue = venueOf(spec.source)
      if (isRefusal(venue)) return failed(venue.refused)
      if (spec.schedule.kind === "stream") {
        const streams = streamsOf(venue, spec)
        return isRefusal(streams)
          ? failed(streams.refused)
          : yield* runStreams(run, venue.name, streams, collection)
      }
      const plan = planOf(venue, spec)
      return isRefusal(plan)
        ? failed(plan.refused)
        : yield* runHistory(run, plan, { intake, journal, requests })
    }),
    sourceOf: ({ source }) => source,
    forget: (taskId) => Effect.ignore(journal.forget(taskCursor(taskId))),
  })
})
