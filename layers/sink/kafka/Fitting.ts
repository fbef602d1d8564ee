import type { KafkaBatch, KafkaRecord } from "../../../services/KafkaTransport.ts"

/** Lengths of what a record is made of, the headers' names and the times: about the same for all records of a topic. */
const overhead = 96
/** So much may one record of the same parts take more than another: its numbers are written in as many bytes as they need. */
const slack = 12

const sizeOfRecord = ({ headers, key, value }: KafkaRecord): number =>
  key.length + value.length + (headers["id"] ?? "").length + overhead

const sizeOf = ({ records }: KafkaBatch): number =>
  records.reduce((bytes, record) => bytes + sizeOfRecord(record), 0)

/** Of a topic that has refused a batch, in bytes: the largest that it took since, and the smallest that it refused. */
interface Fits {
  taken: number
  refused: number
}

/**
 * What the topics of a lane take at once: a topic's `max.message.bytes` may be smaller than a send. A send that is
 * refused stands in the log without the batch that was refused, and is sent again: so what might be refused goes alone.
 * Nothing is known of a topic, and nothing is looked at, before it refuses for the first time.
 */
export interface Fitting {
  /** The batch went alone, and was refused. */
  readonly refused: (batch: KafkaBatch) => void
  readonly taken: (batches: ReadonlyArray<KafkaBatch>) => void
  /** As several sends, in order: one of all that will be taken, and one for each batch that may be refused. */
  readonly sends: (batches: ReadonlyArray<KafkaBatch>) => ReadonlyArray<ReadonlyArray<KafkaBatch>>
}

/** Whether the broker's own count of it is no larger either: it counts what is compressed as it comes. */
const surelyWithin = (batch: KafkaBatch, taken: number): boolean =>
  sizeOf(batch) + slack * batch.records.length <= taken

/** Batches that are each smaller than `limit`, or a single record. */
const within = (batch: KafkaBatch, limit: number): ReadonlyArray<KafkaBatch> => {
  const pieces: Array<Array<KafkaRecord>> = []
  let bytes = 0
  for (const record of batch.records) {
    const size = sizeOfRecord(record)
    if (pieces.length === 0 || bytes + size >= limit) {
      pieces.push([])
      bytes = 0
    }
    pieces.at(-1)!.push(record)
    bytes += size
  }
  return pieces.length === 1 ? [batch] : pieces.map((records) => ({ ...batch, records }))
}

export const makeFitting = (): Fitting => {
  const topics = new Map<string, Fits>()
  return {
    refused: (batch) => {
      const size = sizeOf(batch)
      const known = topics.get(batch.topic) ?? { taken: 0, refused: size }
      topics.set(batch.topic, {
        taken: size <= known.taken ? 0 : known.taken,
        refused: Math.min(known.refused, size),
      })
    },
    taken: (batches) => {
      if (topics.size === 0) return
      for (const batch of batches) {
        const known = topics.get(batch.topic)
        if (known === undefined) continue
        known.taken = Math.max(known.taken, sizeOf(batch))
        // A record that is larger by itself: the topic's limit was raised.
        if (known.taken >= known.refused) known.refused = Infinity
      }
    },
    sends: (batches) => {
      if (topics.size === 0) return [batches]
      const together: Array<KafkaBatch> = []
      const alone: Array<ReadonlyArray<KafkaBatch>> = []
      for (const batch of batches) {
        const known = topics.get(batch.topic)
        if (known === undefined || surelyWithin(batch, known.taken)) together.push(batch)
        else for (const piece of within(batch, known.refused)) alone.push([piece])
      }
      return together.length === 0 ? alone : [together, ...alone]
    },
  }
}
