import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, type Scope } from "effect"
import { makeCursors } from "../../layers/sink/kafka/Cursors.ts"
import type { KafkaSinkOptions } from "../../layers/sink/kafka/KafkaSinkOptions.ts"
import { LatestCommitted } from "../../layers/sink/kafka/LatestCommitted.ts"
import {
  type KafkaBatch,
  type KafkaClient,
  type KafkaReader,
  type KafkaRecord,
  KafkaTransport,
} from "../../services/KafkaTransport.ts"
import { kafkaDrivers } from "../support/kafkaDrivers.ts"
import type { KafkaServer } from "../support/kafka.ts"
import { readAll } from "../support/kafkaReader.ts"

export interface KafkaTransactionsContract {
  readonly name: string
  readonly layer: Layer.Layer<KafkaTransport>
  readonly kafka: KafkaServer
}

let names = 0

const record = (value: string): KafkaRecord => ({
  key: Buffer.from("k"),
  value: Buffer.from(value),
  headers: { id: value },
})

const batchOf = (topic: string, ...values: ReadonlyArray<string>): KafkaBatch => ({
  topic,
  partition: 0,
  records: values.map(record),
})

/** Every driver's transactions promise this. */
export const kafkaTransactionsContract = ({ name, layer, kafka }: KafkaTransactionsContract): void => {
  const connect = Effect.gen(function* () {
    const transport = yield* KafkaTransport
    return yield* transport.connect({
      brokers: kafka.brokers,
      clientId: "contract",
      compression: "lz4",
      requestTimeoutMillis: 60_000,
    })
  })

  const fresh = () => `transactions-${name}-${process.pid}-${names++}`

  const freshTopic = Effect.fnUntraced(function* (client: KafkaClient) {
    const topic = fresh()
    yield* client.createTopics([topic], { partitions: 1 })
    while ((yield* client.partitions([topic])).size === 0) yield* Effect.sleep(20)
    return topic
  })

  /** What a read-committed consumer sees, by Kafka's rules and not by this driver's. */
  const visible = (topic: string) =>
    Effect.map(
      readAll(kafka, (each) => each === topic),
      (records) => records.map(({ value }) => value),
    )

  /** The latest value that counts, as a sink reads its cursor, and whether one is undecided. */
  const latest = Effect.fnUntraced(function* (reader: KafkaReader, topic: string, back = 1e9) {
    const { first, end } = yield* reader.bounds(topic, 0)
    const committed = new LatestCommitted(Buffer.from("k"))
    for (let at = Math.max(first, end - back); at < end;) {
      const { records, next } = yield* reader.read(topic, 0, at)
      committed.add(records)
      if (next === at) yield* Effect.sleep(20)
      at = next
    }
    return [committed.value?.toString(), committed.undecided !== undefined]
  })

  const live = (promise: string, body: Effect.Effect<void, unknown, KafkaTransport | Scope.Scope>) =>
    it.live(promise, () => Effect.scoped(body).pipe(Effect.provide(layer)))

  describe(`transactions of ${name}`, () => {
    live(
      "show what is committed and never what is not, however many are given up in a row",
      Effect.gen(function* () {
        const client = yield* connect
        const topic = yield* freshTopic(client)
        const transactions = yield* client.transactions(fresh(), 60_000)
        const reader = yield* client.reader
        for (let round = 0; round < 3; round++) {
          yield* transactions.send([batchOf(topic, `${round}a`)])
          yield* transactions.send([batchOf(topic, `${round}b`, `${round}c`)])
          yield* transactions.commit
          for (const given of ["x", "y"]) {
            yield* transactions.send([batchOf(topic, `${round}${given}`)])
            yield* transactions.renew
          }
        }
        const expected = ["0a", "0b", "0c", "1a", "1b", "1c", "2a", "2b", "2c"]
        assert.deepStrictEqual(yield* visible(topic), expected)
        assert.deepStrictEqual(yield* latest(reader, topic), ["2c", false])
        // From the middle of what was given up.
        assert.deepStrictEqual(yield* latest(reader, topic, 3), [undefined, false])
      }),
    )

    live(
      "commit to many topic-partitions at once",
      Effect.gen(function* () {
        const client = yield* connect
        const topics = [yield* freshTopic(client), yield* freshTopic(client)]
        const transactions = yield* client.transactions(fresh(), 60_000)
        for (let round = 0; round < 20; round++) {
          yield* transactions.send(topics.map((topic) => batchOf(topic, `${round}`)))
          yield* transactions.commit
        }
        for (const topic of topics)
          assert.deepStrictEqual(
            yield* visible(topic),
            Array.from({ length: 20 }, (_, round) => `${round}`),
          )
      }),
    )

    live(
      "turn an older producer of the same id away, with what it had under way",
      Effect.gen(function* () {
        const client = yield* connect
        const topic = yield* freshTopic(client)
        const id = fresh()
        const older = yield* client.transactions(id, 60_000)
        yield* older.send([batchOf(topic, "committed by the older")])
        yield* older.commit
        yield* older.send([batchOf(topic, "under way")])
        const newer = yield* client.transactions(id, 60_000)
        const objections = yield* Effect.forEach(
          [older.commit, older.send([batchOf(topic, "zombie")]), older.commit],
          (attempt) => Effect.flip(attempt),
        )
        assert.strictEqual(objections[0]!.reason, "identity_lost")
        yield* newer.send([batchOf(topic, "by the newer")])
        yield* newer.commit
        assert.deepStrictEqual(yield* visible(topic), ["committed by the older", "by the newer"])
      }),
    )

    live(
      "leave undecided what they have written until they end",
      Effect.gen(function* () {
        const client = yield* connect
        const topic = yield* freshTopic(client)
        const reader = yield* client.reader
        const one = yield* client.transactions(fresh(), 60_000)
        const other = yield* client.transactions(fresh(), 60_000)
        yield* one.send([batchOf(topic, "open")])
        assert.deepStrictEqual(yield* latest(reader, topic), [undefined, true])
        yield* other.send([batchOf(topic, "committed behind it")])
        yield* other.commit
        yield* other.renew
        assert.deepStrictEqual(yield* latest(reader, topic), ["committed behind it", true])
        yield* one.renew
        assert.deepStrictEqual(yield* latest(reader, topic), ["committed behind it", false])
      }),
    )

    live(
      "keep a cursor waiting while they are open; if that goes on, the way to end them is said",
      Effect.gen(function* () {
        const client = yield* connect
        const id = fresh()
        const options: KafkaSinkOptions = {
          name: "kafka",
          brokers: kafka.brokers,
          clientId: "contract",
          batchSize: 1,
          lingerMillis: 0,
          compression: "none",
          topic: "t",
          createTopics: true,
          requestTimeoutMillis: 60_000,
          sendTimeoutMillis: 60_000,
        }
        const cursors = makeCursors(client, id, options)
        const hasty = makeCursors(client, id, { ...options, sendTimeoutMillis: 1000 })
        yield* cursors.ensure
        assert.isUndefined(yield* cursors.read)
        const transactions = yield* client.transactions(fresh(), 60_000)
        const cursor = { journal: "journal", position: 7, owner: "one" }
        yield* transactions.send([cursors.batch(cursor)])
        const error = yield* Effect.flip(hasty.read)
        assert.strictEqual(error.reason, "unavailable")
        assert.match(
          error.detail,
          /has not ended in 0\.5 s.* abort --topic millrace\.cursors --partition 0 --start-offset \d+/,
        )
        yield* transactions.commit
        assert.strictEqual((yield* cursors.read)?.position, 7)
      }),
    )

    live(
      "show what was committed between one that was given up and a later one that had written nothing",
      Effect.gen(function* () {
        const client = yield* connect
        const topic = yield* freshTopic(client)
        const elsewhere = yield* freshTopic(client)
        const id = fresh()
        const transactions = yield* client.transactions(id, 60_000)
        yield* transactions.send([batchOf(topic, "given up")])
        yield* transactions.renew
        yield* transactions.send([batchOf(topic, "committed")])
        yield* transactions.commit
        const large = Buffer.from(Array.from({ length: 1_500_000 }, (_, index) => (index * 7919) % 251))
        // It belongs to the transaction from now on, and nothing is written there.
        yield* Effect.flip(
          transactions.send([
            batchOf(elsewhere, "given up too"),
            { topic, partition: 0, records: [{ ...record("large"), value: large }], plain: true },
          ]),
        )
        yield* transactions.renew
        assert.deepStrictEqual(yield* visible(topic), ["committed"])
        assert.deepStrictEqual(yield* latest(yield* client.reader, topic), ["committed", false])
      }),
    )

    live(
      "write plain batches that every driver reads back",
      Effect.gen(function* () {
        const client = yield* connect
        const topic = yield* freshTopic(client)
        const transactions = yield* client.transactions(fresh(), 60_000)
        const value = "p".repeat(2000)
        yield* transactions.send([{ ...batchOf(topic, value), plain: true }])
        yield* transactions.commit
        // A commit is decided before its end stands in the topic.
        assert.deepStrictEqual(yield* visible(topic), [value])
        for (const [, other] of kafkaDrivers) {
          const reader = yield* Effect.provide(connect, other).pipe(Effect.flatMap((each) => each.reader))
          assert.deepStrictEqual(yield* latest(reader, topic), [value, false])
        }
      }),
    )

    live(
      "refuse a batch that is too large, and once renewed take smaller ones",
      Effect.gen(function* () {
        const client = yield* connect
        const topic = yield* freshTopic(client)
        const transactions = yield* client.transactions(fresh(), 60_000)
        const large = Buffer.from(Array.from({ length: 1_500_000 }, (_, index) => (index * 7919) % 251))
        yield* transactions.send([batchOf(topic, "before")])
        const attempt = transactions.send([
          { topic, partition: 0, records: [{ ...record("large"), value: large }], plain: true },
        ])
        assert.strictEqual((yield* Effect.flip(attempt)).reason, "too_large")
        yield* transactions.renew
        yield* transactions.send([batchOf(topic, "after")])
        yield* transactions.commit
        assert.deepStrictEqual(yield* visible(topic), ["after"])
      }),
    )

    live(
      "tell a topic's setting, and make topics with settings",
      Effect.gen(function* () {
        const client = yield* connect
        const topic = fresh()
        yield* client.createTopics([topic], { partitions: 1, settings: { "cleanup.policy": "compact" } })
        while ((yield* client.partitions([topic])).size === 0) yield* Effect.sleep(20)
        assert.strictEqual(yield* client.topicSetting(topic, "cleanup.policy"), "compact")
      }),
    )
  })
}
