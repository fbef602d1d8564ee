import type { FrameAccount, RecordAccount } from "../../../services/Collection.ts"
import type { VenueMetrics } from "../../../services/Metrics.ts"
import { recordTypes } from "../../domain/DataType.ts"
import { rejectReasons } from "../../domain/Decoded.ts"

/** Why a record is left out by design. */
export const filterReasons = [
  "contained",
  "superseded",
  "stale_snapshot",
  "off_book",
  "unsubscribed",
] as const

/** Why a record is lost. */
export const dropReasons = ["awaiting_snapshot", "overflow", "journal_full", "stopped"] as const

/**
 * What is between two counters right now, kept by those who move it: the part of the accounting identities that is
 * measured, not derived, so that an identity can fail.
 */
export interface Flow {
  /** Frames in the parser's mailbox. */
  frames: number
  /** Records parsed and not yet looked at by the stream states. */
  parsed: number
  /** Deltas that wait for a snapshot. */
  waiting: number
  /** Records handed to the journal, which has not taken them yet, or not synced. */
  appending: number
}

export const makeFlow = (): Flow => ({ frames: 0, parsed: 0, waiting: 0, appending: 0 })

/** What is in flight of two ways to the journal that share their counters. */
export const addFlows = (left: Flow | undefined, right: Flow | undefined): Flow => {
  const [one, other] = [left ?? makeFlow(), right ?? makeFlow()]
  return {
    frames: one.frames + other.frames,
    parsed: one.parsed + other.parsed,
    waiting: one.waiting + other.waiting,
    appending: one.appending + other.appending,
  }
}

const sum = (values: Readonly<Record<string, number>>): number =>
  Object.values(values).reduce((total, value) => total + value, 0)

const byReason = <Reason extends string>(
  reasons: ReadonlyArray<Reason>,
  value: (reason: Reason) => number,
): Record<string, number> =>
  Object.fromEntries(
    reasons.map((reason) => [reason, value(reason)] as const).filter(([, count]) => count > 0),
  )

export const frameAccount = (metrics: VenueMetrics, flow: Flow): FrameAccount => ({
  received: metrics.framesReceived.value(),
  decoded: metrics.framesDecoded.value(),
  control: metrics.framesControl.value(),
  rejected: byReason(rejectReasons, (reason) => metrics.framesRejected(reason).value()),
  inFlight: flow.frames,
})

export const recordAccount = (metrics: VenueMetrics, flow: Flow): RecordAccount => ({
  produced: recordTypes.reduce((total, type) => total + metrics.recordsProduced(type).value(), 0),
  accepted: metrics.recordsAccepted.value(),
  duplicate: metrics.recordsDuplicate.value(),
  filtered: byReason(filterReasons, (reason) => metrics.recordsFiltered(reason).value()),
  dropped: byReason(dropReasons, (reason) => metrics.recordsDropped(reason).value()),
  inFlight: flow.parsed + flow.waiting + flow.appending,
})

/** received = decoded + control + rejected + in flight */
export const framesBalance = (account: FrameAccount): boolean =>
  account.received === account.decoded + account.control + sum(account.rejected) + account.inFlight

/** produced = accepted + duplicate + filtered + dropped + in flight */
export const recordsBalance = (account: RecordAccount): boolean =>
  account.produced ===
  account.accepted + account.duplicate + sum(account.filtered) + sum(account.dropped) + account.inFlight

const addReasons = (
  left: Readonly<Record<string, number>>,
  right: Readonly<Record<string, number>>,
): Record<string, number> => {
  const total: Record<string, number> = { ...left }
  for (const [reason, count] of Object.entries(right)) total[reason] = (total[reason] ?? 0) + count
  return total
}

export const addFrames = (left: FrameAccount, right: FrameAccount): FrameAccount => ({
  received: left.received + right.received,
  decoded: left.decoded + right.decoded,
  control: left.control + right.control,
  rejected: addReasons(left.rejected, right.rejected),
  inFlight: left.inFlight + right.inFlight,
})

export const addRecords = (left: RecordAccount, right: RecordAccount): RecordAccount => ({
  produced: left.produced + right.produced,
  accepted: left.accepted + right.accepted,
  duplicate: left.duplicate + right.duplicate,
  filtered: addReasons(left.filtered, right.filtered),
  dropped: addReasons(left.dropped, right.dropped),
  inFlight: left.inFlight + right.inFlight,
})
