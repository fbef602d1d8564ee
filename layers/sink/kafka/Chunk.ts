import { Effect } from "effect"
import type { RefusedRecord, SinkError } from "../../../services/Sink.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import type { RefusedByKafka } from "./Delivery.ts"
import type { KafkaBatch, KafkaRecord } from "../../../services/KafkaTransport.ts"

/** One `write`: how many of its envelopes are not acknowledged yet. */
export interface Ticket {
  remaining: number
  readonly envelopes: ReadonlyArray<Envelope>
  /** Those of them that Kafka refused, so far. */
  readonly refused: Array<RefusedRecord>
  readonly settle: () => void
  /** Keeps what was refused, for a sink whose cursor moves before the ticket is settled. */
  readonly keep: (refused: ReadonlyArray<RefusedRecord>) => Effect.Effect<void, SinkError>
  /** How many of `refused` are kept. */
  kept: number
}

/** Whether a record carries this envelope: it shares its bytes. */
const carries = ({ value }: KafkaRecord, { bytes, start, end }: Envelope): boolean =>
  value.buffer === bytes.buffer &&
  value.byteOffset === bytes.byteOffset + start &&
  value.length === end - start

/** A topic-partition that this sink writes to. It belongs to one lane, so that it has one send in flight at most. */
export interface Place {
  readonly topic: string
  readonly partition: number
  /** Where its next record goes, while that chunk gathers. */
  chunk: Chunk | undefined
  records: Array<KafkaRecord>
}

/** What one send carries: a batch for each of its topic-partitions, and whose envelopes they are. */
export class Chunk {
  readonly batches: Array<KafkaBatch> = []
  /** When its first record came: milliseconds of the monotonic clock. */
  readonly since: number
  records = 0
  bytes = 0
  readonly #places: Array<Place> = []
  readonly #tickets: Array<Ticket> = []
  readonly #counts: Array<number> = []

  constructor(since: number) {
    this.since = since
  }

  add(place: Place, record: KafkaRecord, bytes: number, ticket: Ticket): void {
    if (place.chunk !== this) {
      place.chunk = this
      place.records = []
      this.#places.push(place)
      this.batches.push({ topic: place.topic, partition: place.partition, records: place.records })
    }
    place.records.push(record)
    this.records++
    this.bytes += bytes
    const last = this.#tickets.length - 1
    if (this.#tickets[last] === ticket) this.#counts[last]!++
    else {
      this.#tickets.push(ticket)
      this.#counts.push(1)
    }
  }

  /** It gathers no more: a place that stays quiet must not hold on to it. */
  close(): void {
    for (const place of this.#places) {
      if (place.chunk !== this) continue
      place.chunk = undefined
      place.records = []
    }
  }

  /** Every record is acknowledged, but for those that were refused. */
  settle(): void {
    for (let index = 0; index < this.#tickets.length; index++) {
      const ticket = this.#tickets[index]!
      ticket.remaining -= this.#counts[index]!
      if (ticket.remaining === 0) ticket.settle()
    }
  }

  /** Kafka will not take this one of its records. */
  refuse({ record, ...refused }: RefusedByKafka): void {
    for (const ticket of this.#tickets) {
      const envelope = ticket.envelopes.find((each) => carries(record, each))
      if (envelope === undefined) continue
      ticket.refused.push({ envelope, ...refused })
      return
    }
  }

  /** Completes when everything that was refused so far is kept with its bytes. */
  readonly keepRefused: Effect.Effect<void, SinkError> = Effect.suspend(() =>
    Effect.forEach(
      this.#tickets.filter(({ kept, refused }) => kept < refused.length),
      (ticket) =>
        Effect.tap(ticket.keep(ticket.refused.slice(ticket.kept)), () =>
          Effect.sync(() => void (ticket.kept = ticket.refused.length)),
        ),
      { discard: true },
    ),
  )
}

/**
 * The same records as several sends, `undefined` when there is only one record. A broker takes or refuses a partition's
 * batch whole: so each of several batches goes alone, and only the one that is refused again is halved. What the others
 * hold then stands in the log once more at most.
 */
export const parts = (
  batches: ReadonlyArray<KafkaBatch>,
): ReadonlyArray<ReadonlyArray<KafkaBatch>> | undefined => {
  const [first] = batches
  if (batches.length > 1) return batches.map((batch) => [anew(batch)])
  if (first === undefined || first.records.length < 2) return undefined
  const middle = Math.ceil(first.records.length / 2)
  return [
    [{ ...first, records: first.records.slice(0, middle) }],
    [{ ...first, records: first.records.slice(middle) }],
  ]
}

const anew = (batch: KafkaBatch): KafkaBatch => ({ ...batch })
