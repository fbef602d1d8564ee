import type { Effect } from "effect"
import type { VenueMetrics } from "../../../services/Metrics.ts"
import type { FrameBatch } from "../../domain/Frame.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Venue } from "../../exchanges/Venue.ts"
import type * as Mailbox from "../../runtime/Mailbox.ts"
import type { Budget } from "../Budget.ts"
import type { GapCause } from "../continuity/Gap.ts"
import type { Handovers } from "./Handovers.ts"
import type { ConnectionSettings } from "./Settings.ts"

/** What a connection is, and what it has of its venue. */
export interface ConnectionOptions {
  readonly id: string
  readonly route: string
  readonly venue: Venue
  readonly wsEndpoint: string
  readonly proxy: string | undefined
  readonly settings: ConnectionSettings
  readonly metrics: VenueMetrics
  /** The venue's limit of connection attempts, shared by its connections. */
  readonly attempts: Budget
  /** Whether frames wait to be decoded. */
  readonly behind: () => boolean
  /** Where frames go: the mailbox of the decoder that runs now. */
  readonly into: () => Pick<Mailbox.Mailbox<FrameBatch>, "offer" | "offerUnsafe">
  /** Its streams were interrupted, after every frame that was handed over before. */
  readonly interrupted: (streams: ReadonlyArray<Stream>, cause: GapCause) => Effect.Effect<void>
  readonly handovers: Pick<Handovers, "begin" | "release" | "end">
  /** Holds a place for a second socket while `move` runs; `urgent`: the venue will close the first one soon. */
  readonly overlapping: <A, E, R>(urgent: boolean, move: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}
