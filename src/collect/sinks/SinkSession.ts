import { Effect } from "effect"
import type { JournalBatch, JournalError, JournalReader, Position } from "../../../services/Journal.ts"
import type { SinkMetrics } from "../../../services/Metrics.ts"
import type { RefusedRecord, Sink, SinkError, SinkWriter, Undelivered } from "../../../services/Sink.ts"
import * as Mailbox from "../../runtime/Mailbox.ts"
import type { MailboxStats } from "../../runtime/Mailbox.ts"

/** A batch that the writer has taken. */
interface Delivery {
  readonly batch: JournalBatch
  readonly bytes: number
  /** Completes when all of it is delivered. */
  readonly delivered: Effect.Effect<void | Undelivered, SinkError>
}

export interface SessionOptions {
  readonly sink: Sink
  readonly reader: JournalReader
  /** What the reader last committed; kept up to date. */
  readonly cursor: { position: Position }
  readonly writer: SinkWriter
  readonly metrics: SinkMetrics
  /** What the writer may have taken and not delivered. */
  readonly outstanding: { readonly items: number; readonly bytes: number }
  /** Payload bytes in one batch, beyond the first envelope. */
  readonly maxBatchBytes: number
  /** Keeps what the sink refused, before the cursor moves past it. */
  readonly putAside: (refused: ReadonlyArray<Refused>) => Effect.Effect<void, SinkError>
  /** Told of each delivered batch, in order, before the cursor moves. */
  readonly onDelivered: (batch: JournalBatch, undelivered: Undelivered | undefined) => Effect.Effect<void>
}

export interface Session {
  readonly outstanding: { readonly stats: () => MailboxStats }
  /** Reads, writes, commits, until something fails. Interrupted, it leaves the cursor where the sink really stands. */
  readonly run: Effect.Effect<never, SinkError | JournalError>
}

/** A record that the sink refused, and where it stands in the journal. */
export interface Refused extends RefusedRecord {
  readonly position: Position
}

/** Where the first envelope of a batch stands. */
const firstOf = ({ envelopes, first, next }: JournalBatch): Position => first ?? next - envelopes.length

const placed = (refused: ReadonlyArray<RefusedRecord>, batch: JournalBatch): ReadonlyArray<Refused> =>
  refused.map((each) => ({ ...each, position: firstOf(batch) + batch.envelopes.indexOf(each.envelope) }))

const count = (
  metrics: SinkMetrics,
  { batch: { envelopes }, bytes }: Delivery,
  undelivered: Undelivered | undefined,
): void => {
  if (undelivered === undefined) return metrics.deliveredBatch(envelopes, bytes)
  let delivered = envelopes.length - undelivered.deadLettered.length
  metrics.deadLettered.add(undelivered.deadLettered.length)
  for (const [reason, number] of Object.entries(undelivered.dropped)) {
    metrics.dropped(reason).add(number)
    delivered -= number
  }
  metrics.delivered.add(delivered)
  metrics.batches.add(1)
}

/**
 * One life of a writer: takes from the journal and writes, as fast as the writer wants; waits for the deliveries in
 * order and moves the cursor behind them. Interrupted at any moment it loses nothing, since everything past the
 * cursor is read again.
 */
export const makeSession = Effect.fnUntraced(function* (options: SessionOptions): Effect.fn.Return<Session> {
  const { sink, reader, cursor, writer, metrics } = options
  const outstanding = yield* Mailbox.make<Delivery>({
    name: "outstanding",
    capacity: options.outstanding,
    sizeOf: (delivery) => delivery.bytes,
  })

  const write = Effect.fnUntraced(function* () {
    const batch = yield* reader.take(sink.maxBatch, options.maxBatchBytes)
    const keep = (refused: ReadonlyArray<RefusedRecord>) => options.putAside(placed(refused, batch))
    const delivered = yield* writer.write(batch.envelopes, batch.next, keep)
    const delivery = { batch, delivered, bytes: batch.payload - batch.envelopes.length }
    if (outstanding.offerUnsafe(delivery) !== "taken") yield* outstanding.offer(delivery)
  })

  const commit = Effect.fnUntraced(function* (position: Position) {
    yield* reader.commit(position)
    cursor.position = position
  })

  // The mailbox is never ended: whoever reads it stops with the session.
  const oldest = outstanding.take.pipe(Effect.catch(() => Effect.never))

  const settle = Effect.fnUntraced(function* () {
    const delivery = yield* oldest
    const { batch, delivered } = delivery
    const undelivered = (yield* delivered) ?? undefined
    if (undelivered !== undefined && undelivered.deadLettered.length > 0 && undelivered.kept !== true)
      yield* options.putAside(placed(undelivered.deadLettered, batch))
    count(metrics, delivery, undelivered)
    yield* options.onDelivered(batch, undelivered)
    reader.done(batch.next)
    if (writer.settled === undefined) yield* commit(batch.next)
  })

  const commitSettled = (settled: NonNullable<SinkWriter["settled"]>) =>
    Effect.flatMap(
      Effect.suspend(() => settled(cursor.position)),
      commit,
    )

  // Where it fails the cursor stays behind: what the sink holds already it says itself at the next start.
  const settleLast =
    writer.settleNow === undefined ? Effect.void : Effect.ignore(Effect.flatMap(writer.settleNow, commit))

  const loops = [Effect.forever(write()), Effect.forever(settle())]
  if (writer.settled !== undefined) loops.push(Effect.forever(commitSettled(writer.settled)))
  return {
    outstanding,
    run: Effect.all(loops, { concurrency: "unbounded", discard: true }).pipe(
      Effect.andThen(Effect.never),
      Effect.onInterrupt(() => settleLast),
    ),
  }
})
