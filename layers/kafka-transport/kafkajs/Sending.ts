import { Clock, Effect } from "effect"
import type { Producer } from "kafkajs"
import { type KafkaBatch, type KafkaConnectOptions, KafkaError } from "../../../services/KafkaTransport.ts"
import { codecs } from "./Compression.ts"
import { toKafkaError } from "./Failure.ts"
import { asBatch, type BatchMessage } from "./ProduceRequest.ts"
import type { Sequences } from "./Sequences.ts"

const nothing = Buffer.alloc(0)

/** Every batch knows its partition itself. */
export const createPartitioner =
  () =>
  ({ message }: { readonly message: object }): number =>
    (message as BatchMessage).partition

/** Brings batches through kafkajs, which takes each for one message of its topic-partition. */
export const makeSending = (options: KafkaConnectOptions, where: string) => {
  const codec = codecs[options.compression]
  return Effect.fnUntraced(function* (
    { sendBatch }: Pick<Producer, "sendBatch">,
    batches: ReadonlyArray<KafkaBatch>,
    sequences: Sequences,
  ) {
    const timestamp = yield* Clock.currentTimeMillis
    const topicMessages = batches.map((batch) => {
      const message: BatchMessage = {
        value: nothing,
        partition: batch.partition,
        [asBatch]: { batch, sequences, codec, timestamp },
      }
      return { topic: batch.topic, messages: [message] }
    })
    const acknowledged = yield* Effect.tryPromise({
      try: () => sendBatch({ acks: -1, timeout: options.requestTimeoutMillis, topicMessages }),
      catch: toKafkaError(`producing to Kafka at ${where}`),
    })
    // kafkajs leaves out what its metadata has no leader for, and says nothing.
    if (acknowledged.length !== batches.length) {
      return yield* new KafkaError({
        reason: "unavailable",
        detail: `Kafka at ${where} has acknowledged ${acknowledged.length} of ${batches.length} topic-partitions`,
      })
    }
  })
}
