import type { BooksStatus, StreamState, StreamStatus } from "../../services/Collection.ts"
import type { Stream } from "../domain/Stream.ts"
import { type Continuity, makeContinuity } from "./continuity/Continuity.ts"
import type { DepthChain } from "./DepthChain.ts"
import type { Snapshots } from "./Snapshots.ts"
import { makeRhythm, type Rhythm } from "./liveness/Rhythm.ts"

/** Why a stream is collected: the configuration named it, somebody asked at run time, or a task needs it. */
export type Origin = "config" | "api" | "task" | "replay"

/** What is known of one subscribed stream. One object per stream, changed in place by the actors of its venue. */
export interface StreamEntry {
  readonly stream: Stream
  origin: Origin
  /** The connection that carries it. */
  connection: string | undefined
  /** When the venue acknowledged the subscription, clock milliseconds; `undefined` while it has not. */
  acknowledgedAt: number | undefined
  /** What the venue said when it refused the subscription. */
  refusal: string | undefined
  records: number
  /** Records when the subscription was last acknowledged: more than that, and it is live. */
  recordsAtAcknowledgement: number
  /** Frames of it that could not be read. */
  rejected: number
  /** `NaN`: nothing came so far. A number always: in a field that may be without one, each would be an object. */
  lastReceivedAt: number
  /** Noticed and said: it ought to deliver and does not, or nobody can tell whether it ought to. */
  silent: boolean
  /** The venue's REST API says that it ought to deliver. */
  dead: boolean
  /** Noticed and said: its frames come, and none of them can be read. */
  unreadable: boolean
  /** How often it delivers. */
  readonly rhythm: Rhythm
  chain: DepthChain | undefined
  /** What came of it and what is missing. */
  readonly continuity: Continuity
}

export const makeEntry = (
  stream: Stream,
  origin: Origin,
  continuity: Continuity = makeContinuity(stream),
): StreamEntry => ({
  stream,
  origin,
  connection: undefined,
  acknowledgedAt: undefined,
  refusal: undefined,
  records: 0,
  rejected: 0,
  recordsAtAcknowledgement: 0,
  lastReceivedAt: Number.NaN,
  silent: false,
  dead: false,
  unreadable: false,
  rhythm: makeRhythm(),
  chain: undefined,
  continuity,
})

export const acknowledge = (entry: StreamEntry, now: number): void => {
  entry.acknowledgedAt = now
  entry.refusal = undefined
  entry.recordsAtAcknowledgement = entry.records
}

/** The connection is gone, or has not subscribed it yet. */
export const unacknowledge = (entry: StreamEntry): void => {
  entry.acknowledgedAt = undefined
}

/** Everything that came of it, whether or not it could be read. */
export const deliveredBy = ({ records, rejected }: StreamEntry): number => records + rejected

export const stateOf = (entry: StreamEntry): StreamState => {
  if (entry.acknowledgedAt === undefined) return "pending"
  if (entry.unreadable) return "unreadable"
  if (entry.dead) return "silent"
  if (entry.records > entry.recordsAtAcknowledgement) return "live"
  return entry.silent ? "silent" : "acknowledged"
}

export const statusOf = (entry: StreamEntry): StreamStatus => {
  const { stream } = entry
  return {
    key: stream.key,
    venue: stream.venue,
    dataType: stream.dataType.word,
    symbol: stream.instrument.symbol,
    native: stream.instrument.native,
    state: stateOf(entry),
    ...(entry.connection === undefined ? {} : { connection: entry.connection }),
    records: entry.records,
    ...(entry.rejected === 0 ? {} : { rejected: entry.rejected }),
    ...(Number.isNaN(entry.lastReceivedAt) ? {} : { lastReceivedAt: entry.lastReceivedAt }),
    ...(entry.chain === undefined ? {} : { joined: entry.chain.last !== undefined }),
  }
}

export const allBooks = (table: ReadonlyMap<Stream, StreamEntry>): ReadonlyArray<Stream> =>
  [...table.values()].flatMap(({ continuity, stream }) => (continuity.chain === "book" ? [stream] : []))

/** How far the books of a table are; nothing where there are none. */
export const booksOf = (
  table: ReadonlyMap<Stream, StreamEntry>,
  { failing, progress }: Pick<Snapshots, "failing" | "progress">,
): { readonly books?: BooksStatus } => {
  const books = [...table.values()].filter(({ continuity }) => continuity.chain === "book")
  if (books.length === 0) return {}
  const whole = books.filter(({ chain, unreadable }) => chain?.last !== undefined && !unreadable).length
  return { books: { whole, ...progress(), failing: failing.size } }
}
