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

const readPlace = Effect.fnUntraced(function* (
  consumer: Consumer<Buffer, Buffer, Buffer, Buffer>,
  { topic, topicId, partition, node }: Place,
  onRecord: (record: ReadRecord) => void,
) {
  let offset = 0n
  while (true) {
    const wanted = {
      partition,
      fetchOffset: offset,
      partitionMaxBytes: maxBytes,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
    }
    const topics = [{ topicId, partitions: [wanted] }]
    const { responses } = yield* Effect.promise(() =>
      consumer.fetch({ node, maxWaitTime: 0, minBytes: 0, maxBytes, topics }),
    )
    const found = responses[0]?.partitions[0]
    for (const batch of found?.records ?? []) {
      for (const { offsetDelta, key, value, headers } of batch.records) {
        const at = batch.firstOffset + BigInt(offsetDelta)
        if (at < offset) continue
        offset = at + 1n
        const texts = Array.from(headers, ([name, text]) => [name!.toString(), text!.toString()])
        onRecord({
          topic,
          partition,
          key: key!.toString(),
          value: value!.toString(),
          headers: Object.fromEntries(texts),
        })
      }
    }
    if (found === undefined || offset >= found.highWatermark) return
  }
})

/**
 * Calls back with everything in these topics, in order per partition, without the seconds that Kafka's own consumer
 * takes to start. Topics come one after the other, so that millions need not be held.
 */
export const readEach = Effect.fnUntraced(function* (
  kafka: KafkaServer,
  wanted: (topic: string) => boolean,
  onRecord: (record: ReadRecord) => void,
) {
  const base = { clientId: "reader", bootstrapBrokers: [...kafka.brokers], retries: 5, retryDelay: 200 }
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
