import { Admin, Consumer } from "@platformatic/kafka"
import { Effect } from "effect"
import type { Consumed, KafkaServer } from "./kafka.ts"

interface Place {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly node: number
}

export interface ReadRecord extends Consumed {
  readonly topic: string
}

const maxBytes = 8 << 20
const uncommitted = 0
/** In a batch's attributes. */
const controlBatch = 0x20
const transactionalBatch = 0x10

/**
 * What a read-committed consumer sees, told by the markers. (The consumer's own filter drops committed records between
 * an aborted transaction and a later abort that had written nothing here.)
 */
const readPlace = Effect.fnUntraced(function* (
  consumer: Consumer<Buffer, Buffer, Buffer, Buffer>,
  { topic, topicId, partition, node }: Place,
  onRecord: (record: ReadRecord) => void,
) {
  const open = new Map<bigint, Array<ReadRecord>>()
  let offset = 0n
  let end: bigint | undefined
  for (let idle = 0; idle < 500; idle++) {
    const wanted = {
      partition,
      fetchOffset: offset,
      partitionMaxBytes: maxBytes,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
    }
    const topics = [{ topicId, partitions: [wanted] }]
    const { responses } = yield* Effect.promise(() =>
      consumer.fetch({ node, maxWaitTime: 0, minBytes: 0, maxBytes, topics, isolationLevel: uncommitted }),
    )
    const found = responses[0]?.partitions[0]
    const before = offset
    for (const { attributes, firstOffset, lastOffsetDelta, producerId, records } of found?.records ?? []) {
      if (firstOffset + BigInt(lastOffsetDelta) < before) continue
      if ((attributes & controlBatch) !== 0) {
        const isCommit = records[0]!.key!.readInt16BE(2) === 1
        for (const record of open.get(producerId) ?? []) if (isCommit) onRecord(record)
        open.delete(producerId)
      }
      for (const { offsetDelta, key, value, headers } of records) {
        const at = firstOffset + BigInt(offsetDelta)
        if ((attributes & controlBatch) !== 0 || at < before) continue
        const texts = Array.from(headers, ([name, text]) => [name!.toString(), text!.toString()])
        const record = {
          topic,
          partition,
          key: key!.toString(),
          value: value!.toString(),
          headers: Object.fromEntries(texts),
        }
        if ((attributes & transactionalBatch) === 0) onRecord(record)
        else if (open.get(producerId)?.push(record) === undefined) open.set(producerId, [record])
      }
      offset = firstOffset + BigInt(lastOffsetDelta) + 1n
    }
    end ??= found?.highWatermark ?? 0n
    // What was committed a moment ago is there once its marker is.
    if (offset >= end && open.size === 0) return
    if (offset > before) idle = 0
    else yield* Effect.sleep(20)
  }
})

/**
 * Calls back with everything committed in these topics, in order per partition, without the seconds that Kafka's own consumer
 * takes to start. Topics come one after the other, so that millions need not be held.
 */
export const readEach = Effect.fnUntraced(function* (
  kafka: KafkaServer,
  wanted: (topic: string) => boolean,
  onRecord: (record: ReadRecord) => void,
) {
  const base = { clientId: "reader", bootstrapBrokers: [...kafka.brokers], retries: 150, retryDelay: 200 }
  const admin = new Admin(base)
  const topics = (yield* Effect.promise(() => admin.listTopics())).filter(wanted)
  const known = topics.length === 0 ? [] : (yield* Effect.promise(() => admin.metadata({ topics }))).topics
  yield* Effect.promise(() => admin.close())
  const places = Array.from(known).flatMap(([topic, { id, partitions }]) =>
    partitions.map(({ leader }, partition): Place => ({ topic, topicId: id, partition, node: leader })),
  )
  const consumer = new Consumer({ ...base, groupId: "reader" })
  yield* Effect.forEach(places, (place) => readPlace(consumer, place, onRecord), { discard: true })
  yield* Effect.promise(() => consumer.close(true))
})

/** The same, all at once. */
export const readAll = Effect.fnUntraced(function* (kafka: KafkaServer, wanted: (topic: string) => boolean) {
  const read: Array<ReadRecord> = []
  yield* readEach(kafka, wanted, (record) => read.push(record))
  return read as ReadonlyArray<ReadRecord>
})
