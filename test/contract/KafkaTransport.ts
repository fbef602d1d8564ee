import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, type Scope } from "effect"
import {
  type KafkaBatch,
  type KafkaClient,
  type KafkaRecord,
  KafkaTransport,
} from "../../services/KafkaTransport.ts"
import type { KafkaCompression } from "../../services/SinkConfig.ts"
import { consume, type KafkaServer } from "../support/kafka.ts"
import { readAll } from "../support/kafkaReader.ts"
import { plainRecord, randomRecords } from "../support/kafkaRecords.ts"
import { freshSeed, makeDice } from "../support/seed.ts"

export interface KafkaTransportContract {
  readonly name: string
  readonly layer: Layer.Layer<KafkaTransport>
  readonly kafka: KafkaServer
}

const compressions: ReadonlyArray<KafkaCompression> = ["none", "gzip", "snappy", "lz4", "zstd"]

let topics = 0

/** Every driver promises this. */
export const kafkaTransportContract = ({ name, layer, kafka }: KafkaTransportContract): void => {
  const connect = (options: {
    readonly compression?: KafkaCompression
    readonly brokers?: ReadonlyArray<string>
  }) =>
    Effect.gen(function* () {
      const transport = yield* KafkaTransport
      return yield* transport.connect({
        brokers: options.brokers ?? kafka.brokers,
        clientId: "contract",
        compression: options.compression ?? "none",
        requestTimeoutMillis: 60_000,
      })
    })

  const freshTopic = Effect.fnUntraced(function* (client: KafkaClient, partitions = 1) {
    const topic = `contract-${name}-${process.pid}-${topics++}`
    yield* client.createTopics([topic], { partitions })
    while ((yield* client.partitions([topic])).size === 0) yield* Effect.sleep(20)
    return topic
  })

  const live = (promise: string, body: Effect.Effect<void, unknown, KafkaTransport | Scope.Scope>) =>
    it.live(promise, () => Effect.scoped(body).pipe(Effect.provide(layer)))

  describe(`${name} as a Kafka transport`, () => {
    live(
      "sends what Kafka's own consumer reads back whole, with every compression: key, value, headers, partition, order",
      Effect.gen(function* () {
        const seed = freshSeed()
        const dice = makeDice(seed)
        const topic = yield* freshTopic(yield* connect({}), 5)
        const sent = yield* Effect.forEach(
          compressions,
          Effect.fnUntraced(function* (compression, partition) {
            const producer = yield* (yield* connect({ compression })).producer
            const batches = [
              randomRecords(dice, 40, true),
              randomRecords(dice, 1, false),
              randomRecords(dice, 300, false),
            ]
            for (const records of batches) yield* producer.send([{ topic, partition, records }])
            return batches.flat().map(plainRecord)
          }),
        )
        const count = sent.flat().length
        assert.lengthOf(yield* readAll(kafka, (each) => each === topic), count)
        const consumed = yield* consume(kafka, { topic }, count)
        for (const [partition, compression] of compressions.entries()) {
          const got = consumed.filter((each) => each.partition === partition)
          assert.deepStrictEqual(
            got.map(({ key, value, headers }) => ({ key, value, headers })),
            sent[partition],
            `${compression}, MILLRACE_SEED=${seed}`,
          )
        }
      }),
    )

    live(
      "carries many topic-partitions in one send",
      Effect.gen(function* () {
        const dice = makeDice(freshSeed())
        const client = yield* connect({ compression: "gzip" })
        const names = [
          yield* freshTopic(client, 3),
          yield* freshTopic(client, 1),
          yield* freshTopic(client, 2),
        ]
        const places = [0, 1, 2].flatMap((topic) =>
          [0, 1, 2].slice(0, [3, 1, 2][topic]).map((partition) => ({ topic: names[topic]!, partition })),
        )
        const producer = yield* client.producer
        const sent: Array<KafkaBatch> = []
        for (let round = 0; round < 5; round++) {
          const batches = places.map((place) => ({
            ...place,
            records: randomRecords(dice, 1 + dice.int(20), false),
          }))
          sent.push(...batches)
          yield* producer.send(batches)
        }
        const read = yield* readAll(kafka, (topic) => names.includes(topic))
        for (const { topic, partition } of places) {
          const here = (each: { readonly topic: string; readonly partition: number }) =>
            each.topic === topic && each.partition === partition
          assert.deepStrictEqual(
            read.filter(here).map(({ key, value, headers }) => ({ key, value, headers })),
            sent.filter(here).flatMap(({ records }) => records.map(plainRecord)),
          )
        }
      }),
    )

    live(
      "tells how many partitions topics have and leaves out those that are not there",
      Effect.gen(function* () {
        const client = yield* connect({})
        const topic = yield* freshTopic(client, 3)
        const found = yield* client.partitions([topic, `${topic}-absent`])
        assert.deepStrictEqual([...found], [[topic, 3]])
        assert.strictEqual((yield* client.partitions([`${topic}-absent`])).size, 0)
      }),
    )

    live(
      "makes topics; that one is there already is no error",
      Effect.gen(function* () {
        const client = yield* connect({})
        const topic = yield* freshTopic(client, 2)
        yield* client.createTopics([topic, `${topic}-more`], { partitions: 4 })
        while ((yield* client.partitions([`${topic}-more`])).size === 0) yield* Effect.sleep(20)
        assert.deepStrictEqual(
          yield* client.partitions([topic, `${topic}-more`]),
          new Map([
            [topic, 2],
            [`${topic}-more`, 4],
          ]),
        )
      }),
    )

    live(
      "says which setting is wrong when the cluster refuses a topic",
      Effect.gen(function* () {
        const client = yield* connect({})
        const error = yield* Effect.flip(
          client.createTopics([`contract-${name}-refused-${process.pid}`], { replicationFactor: 9 }),
        )
        assert.strictEqual(error.reason, "refused")
        assert.include(error.detail, "replicationFactor")
        const illegal = yield* Effect.flip(client.createTopics(["x".repeat(250)], {}))
        assert.strictEqual(illegal.reason, "refused")
      }),
    )

    live(
      "comes in over TLS and signs in; a wrong password and a certificate that it does not know are refused",
      Effect.gen(function* () {
        if (kafka.secure === "") return
        const transport = yield* KafkaTransport
        const options = {
          brokers: [kafka.secure],
          clientId: "secure",
          compression: "none" as const,
          requestTimeoutMillis: 60_000,
          tls: { rejectUnauthorized: true, ca: readFileSync(kafka.ca, "utf8") },
          sasl: { mechanism: "plain" as const, username: "millrace", password: "secret" },
        }
        const client = yield* transport.connect(options)
        const topic = yield* freshTopic(client)
        const producer = yield* client.producer
        const records = [{ key: Buffer.from("k"), value: Buffer.from("v"), headers: {} }]
        yield* producer.send([{ topic, partition: 0, records }])
        assert.lengthOf(yield* readAll(kafka, (each) => each === topic), 1)
        const wrong = { ...options, sasl: { ...options.sasl, password: "wrong" } }
        const refused = yield* Effect.flip(transport.connect(wrong))
        assert.strictEqual(refused.reason, "refused")
        assert.include(refused.detail, "sasl")
        assert.notInclude(refused.detail, "wrong")
        const stranger = { ...options, tls: { rejectUnauthorized: true } }
        const distrusted = yield* Effect.flip(transport.connect(stranger))
        assert.match(distrusted.detail, /certificate/i)
      }),
    )

    live(
      "says where nobody answers",
      Effect.gen(function* () {
        const error = yield* Effect.flip(connect({ brokers: ["127.0.0.1:1"] }))
        assert.strictEqual(error.reason, "unavailable")
        assert.include(error.detail, "127.0.0.1:1")
      }),
    )

    live(
      "refuses a batch that is too large, and after a renewal takes smaller ones",
      Effect.gen(function* () {
        const client = yield* connect({})
        const topic = yield* freshTopic(client)
        const producer = yield* client.producer
        const record = (text: string): KafkaRecord => ({
          key: Buffer.from("k"),
          value: Buffer.from(text),
          headers: {},
        })
        yield* producer.send([{ topic, partition: 0, records: [record("first")] }])
        const large = record("x".repeat(600_000))
        const error = yield* Effect.flip(producer.send([{ topic, partition: 0, records: [large, large] }]))
        assert.strictEqual(error.reason, "too_large")
        yield* producer.renew
        yield* producer.send([{ topic, partition: 0, records: [record("last")] }])
        const read = yield* readAll(kafka, (each) => each === topic)
        assert.deepStrictEqual(
          read.map(({ value }) => value),
          ["first", "last"],
        )
      }),
    )

    live(
      "goes on with its sequence when it is renewed between sends",
      Effect.gen(function* () {
        const client = yield* connect({})
        const topic = yield* freshTopic(client)
        const producer = yield* client.producer
        for (let round = 0; round < 6; round++) {
          const records = [{ key: Buffer.from("k"), value: Buffer.from(String(round)), headers: {} }]
          yield* producer.send([{ topic, partition: 0, records }])
          if (round % 2 === 1) yield* producer.renew
        }
        const read = yield* readAll(kafka, (each) => each === topic)
        assert.deepStrictEqual(
          read.map(({ value }) => value),
          ["0", "1", "2", "3", "4", "5"],
        )
      }),
    )

    live(
      "answers a ping",
      Effect.gen(function* () {
        const client = yield* connect({})
        yield* client.ping
      }),
    )
  })
}
