import { Effect, type Scope } from "effect"
import {
  type KafkaConnectOptions,
  KafkaError,
  type KafkaReader,
  type LoggedRecord,
} from "../../../services/KafkaTransport.ts"
import { markerOf } from "../Marker.ts"
import { connected, farewell, type Open } from "./Connections.ts"
import { toKafkaError } from "./Failure.ts"
import type { KafkajsCluster } from "./Repairs.ts"

const maxBytes = 1 << 20
const readUncommitted = 0

/** Reads through what kafkajs's consumer stands on: the consumer itself would have to join a group first. */
export const makeReader = Effect.fnUntraced(function* (
  open: Open,
  options: KafkaConnectOptions,
): Effect.fn.Return<KafkaReader, KafkaError, Scope.Scope> {
  const where = options.brokers.join(", ")
  const make = () => {
    const { cluster, destroy } = open()
    return { client: cluster(), destroy }
  }
  const { client } = yield* Effect.acquireRelease(
    connected(make, `connecting to Kafka at ${where}`),
    farewell,
  )

  const ask = <A>(topic: string, question: (cluster: KafkajsCluster) => Promise<A>) =>
    Effect.tryPromise({
      try: async () => {
        await client.addTargetTopic(topic)
        await client.refreshMetadataIfNecessary()
        return await question(client)
      },
      catch: toKafkaError(`reading topic ${topic} of Kafka at ${where}`),
    }).pipe(
      Effect.timeoutOrElse({
        duration: options.requestTimeoutMillis,
        orElse: () =>
          Effect.fail(
            new KafkaError({
              reason: "unavailable",
              detail: `reading topic ${topic} of Kafka at ${where}: no answer in ${options.requestTimeoutMillis} ms`,
            }),
          ),
      }),
      // Leaders move: the next question learns where they are.
      Effect.tapError(() => Effect.ignore(Effect.tryPromise(() => client.refreshMetadata()))),
    )

  return {
    bounds: (topic, partition) =>
      ask(topic, async (cluster) => {
        const offset = async (fromBeginning: boolean) => {
          const [found] = await cluster.fetchTopicsOffset([
            { topic, partitions: [{ partition }], fromBeginning },
          ])
          return Number(found?.partitions[0]?.offset)
        }
        return { first: await offset(true), end: await offset(false) }
      }),
    read: (topic, partition, from) =>
      ask(topic, async (cluster) => {
        const leaders = cluster.findLeaderForPartitions(topic, [partition])
        const [nodeId] = Object.keys(leaders)
        const broker = await cluster.findBroker({ nodeId })
        const { responses } = await broker.fetch({
          isolationLevel: readUncommitted,
          maxWaitTime: 0,
          maxBytes,
          topics: [{ topic, partitions: [{ partition, fetchOffset: String(from), maxBytes }] }],
        })
        const found = responses[0]?.partitions[0]
        const messages = found?.messages ?? []
        const last = messages.at(-1)?.batchContext
        return {
          records: messages
            .map(({ offset, key, value, batchContext }): LoggedRecord => ({
              offset: Number(offset),
              key: key ?? undefined,
              value: value ?? undefined,
              producerId: batchContext.producerId,
              transactional: batchContext.inTransaction,
              ...(batchContext.isControlBatch ? markerOf(key ?? undefined) : {}),
            }))
            .filter(({ offset }) => offset >= from),
          // Nothing but emptied batches up to the end: compaction leaves such.
          next:
            last === undefined
              ? Math.max(from, Number(found?.highWatermark ?? from))
              : Number(last.firstOffset) + last.lastOffsetDelta + 1,
        }
      }),
  }
})
