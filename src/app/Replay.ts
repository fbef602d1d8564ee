import { Effect, Layer, Option } from "effect"
import * as MemoryJournal from "../../layers/journal/Memory.ts"
import * as JsonLines from "../../layers/recording/JsonLines.ts"
import { Journal } from "../../services/Journal.ts"
import { Recordings } from "../../services/Recording.ts"
import { type ReplayReport, replaySession } from "../collect/replay/Replay.ts"
import { makeSinks, type SinkEntry, type Sinks } from "../collect/sinks/Sinks.ts"
import { venues } from "../exchanges/index.ts"
import type { Self } from "../runtime/Actor.ts"
import { Actors } from "../runtime/Actors.ts"
import * as RateLimitedLog from "../runtime/RateLimitedLog.ts"
import { makeDynamic, root } from "../runtime/Supervisor.ts"

export interface ReplayProgramOptions<E, R> {
  readonly files: ReadonlyArray<string>
  /** Done once the files are known to be there, before anything is written. */
  readonly prepare: Effect.Effect<void, E, R>
  readonly venue: Option.Option<string>
  readonly speed: number | "max"
  readonly sinks: ReadonlyArray<SinkEntry>
  /** Bytes that records may take on their way to the sinks. */
  readonly memory: number
}

const describe = (file: string, { venue, lines, frames, records }: ReplayReport): string => {
  const rejected = Object.values(frames.rejected).reduce((sum, count) => sum + count, 0)
  const filtered = Object.entries(records.filtered).map(([reason, count]) => `${count} ${reason}`)
  const notes = [...filtered, ...(rejected === 0 ? [] : [`${rejected} frames rejected`])]
  return `${file}: ${lines} lines of ${venue}, ${records.accepted} records${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`
}

/** Completes when every sink has its cursor. One begins where its sink opens it: that has to be before the first record. */
export const cursorsOf = Effect.fnUntraced(function* (sinks: ReadonlyArray<SinkEntry>) {
  const journal = yield* Journal
  for (;;) {
    const { cursors } = yield* journal.status
    if (sinks.every(({ sink }) => cursors.some(({ name }) => name === sink.name))) return
    yield* Effect.sleep(5)
  }
})

/** Plays one file after the other, and completes when every sink has all of them. */
const playAll = Effect.fnUntraced(function* <E, R>(
  options: ReplayProgramOptions<E, R>,
  sinks: Sinks,
  self: Self,
) {
  const log = RateLimitedLog.make({ interval: "5 seconds" })
  const run = Effect.runForkWith(yield* Effect.context<never>())
  const supervisor = yield* makeDynamic<Journal | Actors>(self, {})
  yield* supervisor.start({ id: "sinks", run: sinks.run })
  yield* cursorsOf(options.sinks)
  yield* self.ready
  for (const file of options.files) {
    const onProgress = (lines: number) =>
      void run(log.log("Info", file, () => [`${file}: ${lines} lines played`]))
    const session = replaySession({
      file,
      venues,
      venue: Option.getOrUndefined(options.venue),
      speed: options.speed,
      supervisor,
      onProgress,
    })
    const report = yield* Effect.raceFirst(session, supervisor.await)
    yield* Effect.logInfo(describe(file, report))
  }
  yield* Effect.raceFirst(sinks.delivered, supervisor.await)
  for (const { name, delivered } of yield* sinks.accounts)
    yield* Effect.logInfo(`sink ${name} has all ${delivered} records`)
}, Effect.scoped)

const replayAll = Effect.fnUntraced(function* <E, R>(options: ReplayProgramOptions<E, R>) {
  const recordings = yield* Recordings
  yield* Effect.forEach(options.files, recordings.exists, { discard: true })
  yield* options.prepare
  const sinks = yield* makeSinks(options.sinks)
  // What is wrong with a file is said once, by whoever asked for the replay: to the tree it is a result.
  const played = yield* root("replay", (self) => Effect.result(playAll(options, sinks, self)))
  return yield* Effect.fromResult(played)
})

/** Plays recordings through the whole pipeline; journal and stream states are its own and start empty. Completes when every sink has all of it. */
export const replay = <E, R>(options: ReplayProgramOptions<E, R>) =>
  Effect.provide(
    replayAll(options),
    Layer.mergeAll(MemoryJournal.layer({ capacityBytes: options.memory / 2 }), JsonLines.layer, Actors.layer),
  )
