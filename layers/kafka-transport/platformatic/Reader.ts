import { Effect, type Scope } from "effect"
import {
  type KafkaConnectOptions,
  KafkaError,
  type KafkaReader,
  type LoggedRecord,
} from "../../../services/KafkaTransport.ts"
import { markerOf } from "../Marker.ts"
import { baseOf, farewell, firstDelayMillis, type Library } from "./Connections.ts"
import { toKafkaError } from "./Failure.ts"

const maxBytes = 1 << 20
const earliest = -2n
const latest = -1n
const uncommitted = 0
/** In a batch's attributes. */
const transactionalFlag = 0x10
const controlFlag = 0x20

/** Reads by single requests: nothing joins a group, so the group's name is never said to a broker. */
export const makeReader = Effect.fnUntraced(function* (
  library: Library,
  options: KafkaConnectOptions,
): Effect.fn.Return<KafkaReader, KafkaError, Scope.Scope> {
  const where = options.brokers.join(", ")
  const client = yield* Effect.acquireRelease(
    Effect.sync(
      () =>
        new library.Consumer<Buffer, Buffer, Buffer, Buffer>({
          ...baseOf(options),
          groupId: options.clientId,
          retries: 1,
          retryDelay: firstDelayMillis,
        }),
    ),
    (consumer) => farewell({ close: () => consumer.close(true) }),
  )

  const ask = <A>(topic: string, question: () => Promise<A>) =>
    Effect.tryPromise({
      try: question,
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
    )

  return {
    bounds: (topic, partition) =>
      ask(topic, async () => {
        const offset = async (timestamp: bigint) => {
          const partitions = { [topic]: [partition] }
          const request = { topics: [topic], partitions, timestamp, isolationLevel: uncommitted }
          return Number((await client.listOffsets(request)).get(topic)?.[partition])
        }
        return { first: await offset(earliest), end: await offset(latest) }
      }),
    read: (topic, partition, from) =>
      ask(topic, async () => {
        const { topics } = await client.metadata({ topics: [topic] })
        const known = topics.get(topic)
        const node = known?.partitions[partition]?.leader
        if (known === undefined || node === undefined) return { records: [], next: from }
        const { responses } = await client.fetch({
          node,
          maxWaitTime: 0,
          minBytes: 0,
          isolationLevel: uncommitted,
          maxBytes,
          topics: [
            {
              topicId: known.id,
              partitions: [
                {
                  partition,
                  fetchOffset: BigInt(from),
                  partitionMaxBytes: maxBytes,
                  currentLeaderEpoch: -1,
                  lastFetchedEpoch: -1,
                },
              ],
            },
          ],
        })
        const found = responses[0]?.partitions[0]
        const batches = found?.records ?? []
        const last = batches.at(-1)
        return {
          records: batches.flatMap(({ firstOffset, attributes, producerId, records }) =>
            records
              .map(({ offsetDelta, key, value }): LoggedRecord => ({
                offset: Number(firstOffset) + offsetDelta,
                key: key ?? undefined,
                value: value ?? undefined,
                producerId: String(producerId),
                transactional: (attributes & transactionalFlag) !== 0,
                ...((attributes & controlFlag) === 0 ? {} : markerOf(key ?? undefined)),
              }))
              .filter(({ offset }) => offset >= from),
          ),
          next:
            last === undefined ? from : Math.max(from, Number(last.firstOffset) + last.lastOffsetDelta + 1),
        }
      }),
  }
})
