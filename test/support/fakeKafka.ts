import { Deferred, Effect, Layer } from "effect"
import {
  type KafkaBatch,
  type KafkaClient,
  KafkaError,
  KafkaTransport,
} from "../../services/KafkaTransport.ts"

/** A send that has reached the fake: it stays open until it is answered. */
export interface FakeSend {
  readonly producer: number
  readonly batches: ReadonlyArray<KafkaBatch>
  readonly keys: ReadonlyArray<string>
  readonly records: number
  readonly acknowledge: Effect.Effect<boolean>
  readonly refuse: (reason: KafkaError["reason"]) => Effect.Effect<boolean>
}

/** Kafka as a script: what is sent can be looked at and answered one by one. */
export interface FakeKafka {
  readonly layer: Layer.Layer<KafkaTransport>
  /** All sends so far. */
  readonly sends: Array<FakeSend>
  readonly topics: Map<string, number>
  readonly created: Array<string>
  /** Whether sends are acknowledged as they come. */
  acknowledging: boolean
  reachable: boolean
  renewals: number
  renewal: "exact" | "unknown"
  partitionsOfNew: number
}

export const fakeError = (reason: KafkaError["reason"]) =>
  new KafkaError({ reason, detail: `scripted ${reason}` })

export const makeFakeKafka = (): FakeKafka => {
  let producers = 0
  const makeProducer = Effect.sync(() => {
    const producer = producers++
    return {
      send: (batches: ReadonlyArray<KafkaBatch>) =>
        Effect.gen(function* () {
          const answer = yield* Deferred.make<void, KafkaError>()
          fake.sends.push({
            producer,
            batches,
            keys: batches.flatMap(({ records }) =>
              records.map(({ headers }) => headers["id"]!.split(":").at(-1)!),
            ),
            records: batches.reduce((sum, { records }) => sum + records.length, 0),
            acknowledge: Deferred.succeed(answer, undefined),
            refuse: (reason) => Deferred.fail(answer, fakeError(reason)),
          })
          if (!fake.reachable) return yield* fakeError("unavailable")
          if (fake.acknowledging) return
          yield* Deferred.await(answer)
        }),
      renew: Effect.suspend(() => {
        fake.renewals++
        return fake.reachable ? Effect.succeed(fake.renewal) : Effect.fail(fakeError("unavailable"))
      }),
      obstacle: () => undefined,
    }
  })
  const reach = Effect.suspend(() => (fake.reachable ? Effect.void : Effect.fail(fakeError("unavailable"))))
  const client: KafkaClient = {
    ping: reach,
    partitions: (topics) =>
      Effect.as(
        reach,
        new Map(
          topics.flatMap((topic) => (fake.topics.has(topic) ? [[topic, fake.topics.get(topic)!]] : [])),
        ),
      ),
    createTopics: (topics, { partitions }) =>
      Effect.andThen(
        reach,
        Effect.sync(() => {
          for (const topic of topics) {
            fake.created.push(topic)
            fake.topics.set(topic, partitions ?? fake.partitionsOfNew)
          }
        }),
      ),
    producer: makeProducer,
    transactions: () => Effect.die(new Error("the fake has no transactions")),
    reader: Effect.die(new Error("the fake cannot be read")),
    topicSetting: () => Effect.succeed(undefined),
  }
  const fake: FakeKafka = {
    layer: Layer.succeed(
      KafkaTransport,
      KafkaTransport.of({ driver: "kafkajs", connect: () => Effect.as(reach, client) }),
    ),
    sends: [],
    topics: new Map(),
    created: [],
    acknowledging: true,
    reachable: true,
    renewals: 0,
    renewal: "exact",
    partitionsOfNew: 1,
  }
  return fake
}
