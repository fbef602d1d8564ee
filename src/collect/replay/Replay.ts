import { Duration, Effect } from "effect"
import type { FrameAccount, RecordAccount } from "../../../services/Collection.ts"
import type { Journal } from "../../../services/Journal.ts"
import type { Venue } from "../../exchanges/Venue.ts"
import type { Actors } from "../../runtime/Actors.ts"
import type { DynamicSupervisor } from "../../runtime/Supervisor.ts"
import { frameAccount, framesBalance, recordAccount, recordsBalance } from "../venue/Flow.ts"
import { makeVenueRuntime } from "../venue/VenueRuntime.ts"
import { play } from "./Player.ts"
import { openSession } from "./Session.ts"

export interface ReplayOptions {
  readonly file: string
  readonly venues: ReadonlyMap<string, () => Venue>
  /** The venue, where the user says it. */
  readonly venue: string | undefined
  readonly speed: number | "max"
  readonly supervisor: DynamicSupervisor<Journal | Actors>
  readonly onProgress: (lines: number) => void
}

export interface ReplayReport {
  readonly venue: string
  readonly lines: number
  readonly frames: FrameAccount
  readonly records: RecordAccount
  readonly balanced: boolean
}

/** Nothing is connected in a replay. */
const noConnections = {
  max: 1,
  streamsPerConnection: 1,
  reconnectDelay: 1000,
  maxReconnectDelay: 1000,
  heartbeatInterval: 30_000,
}

/**
 * Plays one recorded session through a venue's parser and stream states into the journal. Completes when the journal
 * has all of it. Each session begins with empty state: recordings are not parts of one stream.
 */
export const replaySession = Effect.fn("Replay.session")(function* (options: ReplayOptions) {
  const { file, supervisor } = options
  const session = yield* openSession(file, options.venues, options.venue)
  const { venue } = session
  const runtime = yield* makeVenueRuntime({
    venue,
    wsEndpoint: venue.wsEndpoint,
    restEndpoint: venue.restEndpoint,
    proxy: undefined,
    settings: noConnections,
    sources: { stream: "replay", rest: "replay" },
    recordedSnapshots: new Map(session.snapshots),
  })
  const before = {
    frames: frameAccount(runtime.metrics, runtime.flow),
    records: recordAccount(runtime.metrics, runtime.flow),
  }
  for (const stream of session.streams) runtime.admit(stream)
  yield* supervisor.start({ id: venue.name, run: runtime.runReplay, shutdown: Duration.infinity })
  const into = yield* runtime.inlet
  const lines = yield* play({ session, speed: options.speed, into, onProgress: options.onProgress })
  yield* supervisor.stop(venue.name)
  yield* runtime.finishReplay
  const frames = frameAccount(runtime.metrics, runtime.flow)
  const records = recordAccount(runtime.metrics, runtime.flow)
  return {
    venue: venue.name,
    lines,
    frames: { ...frames, received: frames.received - before.frames.received },
    records: {
      ...records,
      produced: records.produced - before.records.produced,
      accepted: records.accepted - before.records.accepted,
    },
    balanced: framesBalance(frames) && recordsBalance(records),
  } satisfies ReplayReport
})
