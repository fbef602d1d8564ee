import type { Source } from "../../domain/Decoded.ts"
import type { Venue } from "../../exchanges/Venue.ts"
import type { BookSettings } from "../books/BookSettings.ts"
import type { ConnectionSettings } from "../connections/Settings.ts"
import type { History } from "../continuity/History.ts"
import type { Restart } from "../continuity/Restart.ts"
import type { MemoryBudget } from "../MemoryBudget.ts"
import type { GivesWay } from "../overload/Overload.ts"
import type { Quarantine } from "../Quarantine.ts"

/** What a venue at work is made of, and what it leaves to others. */
export interface VenueRuntimeOptions {
  readonly venue: Venue
  readonly wsEndpoint: string
  readonly restEndpoint: string
  readonly proxy: string | undefined
  readonly settings: ConnectionSettings
  /** Between two questions for the list of instruments; five minutes unless given. */
  readonly refreshMillis?: number
  /** `stream` and `rest` live, `replay` for both in a replay. */
  readonly sources: { readonly stream: Source; readonly rest: Source }
  /** A replay has no REST: snapshots that the recording still holds, by native name. Counted down as they come. */
  readonly recordedSnapshots?: Map<string, number>
  /** Where what no decoder could use goes with its bytes; without one it is only counted. */
  readonly quarantine?: Pick<Quarantine, "add">
  /** Remembers what came and what is missing. */
  readonly history?: Pick<History, "note"> | undefined
  /** What gives way when this machine cannot keep up; nothing unless given. */
  readonly givesWay?: GivesWay | undefined
  /** Bytes that may wait in its mailboxes. */
  readonly memory?: MemoryBudget["venue"]
  /** What is made of its books; nothing unless given. */
  readonly books?: BookSettings | undefined
  /** Where streams stood when the last process ended; without it each begins anew. */
  readonly restart?: Pick<Restart, "claim">
}
