import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { cursorsTopic, makeCursors } from "../../../../layers/sink/kafka/Cursors.ts"
import type { KafkaSinkOptions } from "../../../../layers/sink/kafka/KafkaSinkOptions.ts"
import { type KafkaClient, KafkaTransport, type TopicOptions } from "../../../../services/KafkaTransport.ts"
import { type FakeKafka, fakeError, makeFakeKafka } from "../../../support/fakeKafka.ts"

const options: KafkaSinkOptions = {
  name: "kafka",
  transactional: true,
  brokers: ["broker:9092"],
  clientId: "test",
  batchSize: 100,
  lingerMillis: 10,
  compression: "none",
  topic: "t",
  createTopics: true,
  requestTimeoutMillis: 1000,
  sendTimeoutMillis: 1000,
}

const clientOf = (fake: FakeKafka) =>
  KafkaTransport.pipe(
    Effect.flatMap((transport) =>
      transport.connect({
        brokers: options.brokers,
        clientId: "test",
        compression: "none",
        requestTimeoutMillis: 1000,
      }),
    ),
    Effect.provide(fake.layer),
  )

const ensure = (client: KafkaClient, more: Partial<KafkaSinkOptions> = {}) =>
  makeCursors(client, "node.kafka", { ...options, ...more }).ensure

describe("the topic of cursors", () => {
  it.effect("is made with one partition, compacted", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const client = yield* clientOf(makeFakeKafka())
        const made: Array<TopicOptions> = []
        yield* ensure(
          {
            ...client,
            createTopics: (topics, how) => {
              made.push(how)
              return client.createTopics(topics, how)
            },
          },
          { partitions: 12, replicationFactor: 3 },
        )
        assert.strictEqual(made.length, 1)
        const { partitions, replicationFactor, settings } = made[0]!
        assert.deepStrictEqual(
          [partitions, replicationFactor, settings?.["cleanup.policy"]],
          [1, 3, "compact"],
        )
      }),
    ),
  )

  it.effect("is asked for by a command that makes it right, where it may not be made", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const client = yield* clientOf(makeFakeKafka())
        const error = yield* Effect.flip(ensure(client, { createTopics: false }))
        assert.strictEqual(error.reason, "refused")
        assert.include(
          error.detail,
          `kafka-topics.sh --create --topic ${cursorsTopic} --config cleanup.policy=compact`,
        )
      }),
    ),
  )

  it.effect("is refused with the command that corrects it when it would forget cursors", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const fake = makeFakeKafka()
        fake.topics.set(cursorsTopic, 1)
        const client = yield* clientOf(fake)
        const error = yield* Effect.flip(ensure({ ...client, topicSetting: () => Effect.succeed("delete") }))
        assert.strictEqual(error.reason, "refused")
        assert.match(error.detail, /cleanup\.policy=delete.*kafka-configs\.sh --alter/)
        for (const policy of ["compact", "compact,delete", undefined])
          yield* ensure({ ...client, topicSetting: () => Effect.succeed(policy) })
        // Who may not look may still write.
        yield* ensure({ ...client, topicSetting: () => Effect.fail(fakeError("refused")) })
      }),
    ),
  )
})

describe("a cursor", () => {
  it.live("is not taken for absent while its partition gives nothing, though its end is known", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const client = yield* clientOf(makeFakeKafka())
        const reader = Effect.succeed({
          bounds: () => Effect.succeed({ first: 0, end: 5 }),
          read: (_topic: string, _partition: number, from: number) =>
            Effect.succeed({ records: [], next: from }),
        })
        const partitions = () => Effect.succeed(new Map([[cursorsTopic, 1]]))
        const brief = { ...options, sendTimeoutMillis: 20 }
        const cursors = makeCursors({ ...client, partitions, reader }, "node.kafka", brief)
        const error = yield* Effect.flip(cursors.read)
        assert.strictEqual(error.reason, "unavailable")
        assert.match(
          error.detail,
          /has not given offset 0 of topic millrace\.cursors, partition 0, which ends at 5/,
        )
      }),
    ),
  )
})
