import { Clock, Duration, Effect, Exit, Fiber, type Scope } from "effect"
import type { SinkError, SinkWriter } from "../../../services/Sink.ts"
import { makeAppending } from "./Appending.ts"
import type { FilesPlace, FilesState } from "./FilesState.ts"
import { makeMarking } from "./Marking.ts"
import { Staging } from "./Staging.ts"

/**
 * Many small appends cost more than their bytes: unless a batch is large, the next begins no sooner after it than this,
 * so that it has more to take.
 */
const pauseAfter = (envelopes: number, files: number, leastMillis: number): number =>
  envelopes >= 2048 ? 0 : Math.min(Math.max(leastMillis, files * 0.4), 200)

/**
 * Writes batches one at a time, each file of a batch in one piece. A batch is delivered when the system has all of
 * it. Where the journal is durable, a position is settled once all before it is synced and the mark says so.
 */
export const makeFilesWriter = Effect.fnUntraced(function* (
  place: FilesPlace,
  state: FilesState,
  options: {
    readonly maxOpenFiles: number
    readonly markInterval: Duration.Input
    readonly leastPause: Duration.Input
    readonly largeChunk: number | undefined
  },
): Effect.fn.Return<SinkWriter, never, Scope.Scope> {
  const staging = new Staging(options.largeChunk)
  const leastMillis = Duration.toMillis(options.leastPause)
  const appending = makeAppending(place, state, options.maxOpenFiles)
  let inFlight: Fiber.Fiber<void, SinkError> | undefined
  let begun = 0
  let pause = 0

  yield* Effect.addFinalizer(() => Effect.andThen(appending.close, appending.undo))
  const marking = yield* makeMarking(place, state, options.markInterval)
  const finish = Effect.gen(function* () {
    const last = inFlight === undefined ? Exit.void : yield* Fiber.await(inFlight)
    // A mark that cannot be made loses nothing: what was written after the last one is written again.
    // What has already failed is the sink's to say.
    const isNew = Exit.isSuccess(last) && marking.failed() === undefined
    const say = isNew ? Effect.logWarning : Effect.logDebug
    yield* marking.mark.pipe(Effect.catch((error) => say(error.message)))
  })
  yield* Effect.addFinalizer(() => finish)

  /** Waits for the batch before, and until it is time for the next. Harmless to interrupt. */
  const turn = Effect.gen(function* () {
    if (inFlight !== undefined) yield* Fiber.join(inFlight)
    const failed = marking.failed()
    if (failed !== undefined) return yield* failed
    const now = yield* Clock.currentTimeMillis
    const early = begun + pause - now
    if (early > 0 && early <= pause) yield* Effect.sleep(early)
  })

  const write: SinkWriter["write"] = Effect.fnUntraced(function* (envelopes, next) {
    yield* turn
    begun = yield* Clock.currentTimeMillis
    const files = staging.stage(envelopes, state.lengths)
    pause = pauseAfter(envelopes.length, files.length, leastMillis)
    const appended = Effect.forkDetach(appending.append(files, next, begun), { startImmediately: true })
    return yield* Effect.map(appended, (fiber) => {
      inFlight = fiber
      return Fiber.join(fiber)
    }).pipe(Effect.uninterruptible)
  })

  const settleNow = Effect.gen(function* () {
    if (inFlight !== undefined) yield* Fiber.await(inFlight)
    yield* marking.mark
    return state.marks.current().position
  })

  return state.journal.durable ? { write, settled: marking.settled, settleNow } : { write }
})
