import { Effect, Layer } from "effect"
import * as MemoryJournal from "../../layers/journal/Memory.ts"
import type { Journal, JournalError } from "../../services/Journal.ts"
import { type Checkpoint, JournalCheckpoints } from "../../services/JournalCheckpoints.ts"
import { Metrics } from "../../services/Metrics.ts"
import type { SequenceGap } from "../../src/collect/continuity/Continuity.ts"
import { makeRestart, type Restart } from "../../src/collect/continuity/Restart.ts"
import { makeMembership } from "../../src/collect/venue/Membership.ts"
import { encodeBatch } from "../../src/domain/Encoder.ts"
import type { Envelope } from "../../src/domain/Envelope.ts"
import type { Stream } from "../../src/domain/Stream.ts"
import { spotDepth } from "../../src/exchanges/binance/Depth.ts"
import { allStreams } from "./restartedExchange.ts"
import { quiet } from "./filesSink.ts"
import { drivenStates } from "./streamStates.ts"

/** A process, as far as its streams are concerned. */
export const process = Layer.mergeAll(
  Layer.fresh(MemoryJournal.layer({ capacityBytes: 64 << 20 })),
  Metrics.layer,
)

/** What a journal kept: everything accepted, and a checkpoint of some time before its end. */
export interface Kept {
  readonly envelopes: Array<Envelope>
  checkpoint: Checkpoint | undefined
}

/** What the disk gives back has objects of its own. */
export const readBack = (envelope: Envelope): Envelope => ({ ...envelope, stream: { ...envelope.stream } })

export const restartFrom = ({ envelopes, checkpoint }: Kept) =>
  makeRestart({ keepMillis: 3_600_000 }).pipe(
    Effect.provideService(JournalCheckpoints, {
      lastCheckpoint: checkpoint,
      follow: (from, follower) =>
        Effect.sync(() => {
          const rest = envelopes.slice(from).map(readBack)
          follower.accepted(rest, envelopes.length)
          return { missed: 0 }
        }),
      review: () => Effect.void,
    }),
  )

/** What there is to say before the streams go on. */
const say = (restart: Restart, kept: Kept, collected: ReadonlyArray<Stream>) => {
  for (const { out } of restart.settled(() => new Set(collected.map(({ key }) => key))).values())
    kept.envelopes.push(...encodeBatch(out.records, "stream"))
}

export interface StartOptions {
  readonly collected?: ReadonlyArray<Stream>
  readonly canRepair?: boolean
}

/** The streams of the next process, and the gaps that it takes up. */
export const start = Effect.fnUntraced(function* (kept: Kept, options: StartOptions = {}) {
  const { collected = allStreams, canRepair = true } = options
  const restart = yield* restartFrom(kept)
  const repairs: Array<SequenceGap> = []
  const membership = makeMembership({
    venue: { depth: spotDepth },
    restart,
    repairs: { canRepair: () => canRepair, request: (gap) => void repairs.push(gap) },
    forget: () => {},
  })
  const driven = yield* drivenStates(collected, {
    depth: spotDepth,
    canRepair,
    enter: (stream) => membership.enter(stream, "config"),
  })
  say(restart, kept, collected)
  return { ...driven, repairs }
})

export type Driven = Effect.Success<ReturnType<typeof start>>

/** Gaps of sequences that wait for their repair. */
export const pendingOf = (driven: Driven) =>
  [...driven.table.values()].flatMap(({ continuity }) =>
    continuity.gaps.filter(({ repair }) => repair === "pending"),
  )

/** What one process leaves when it is killed after this. */
export const after = Effect.fnUntraced(
  function* (
    kept: Kept,
    work: (driven: Driven) => Effect.Effect<unknown, JournalError, Journal>,
    options?: StartOptions,
  ) {
    const driven = yield* start(kept, options)
    yield* work(driven)
    kept.envelopes.push(...driven.envelopes)
    return driven.out
  },
  (effect) => effect.pipe(Effect.scoped, Effect.provide(process), quiet),
)

export const nothingKept = (): Kept => ({ envelopes: [], checkpoint: undefined })
