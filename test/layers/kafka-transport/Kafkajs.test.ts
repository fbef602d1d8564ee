import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Kafka, logLevel } from "kafkajs"
import { layer } from "../../../layers/kafka-transport/Kafkajs.ts"
import { type KafkaBatch, KafkaTransport } from "../../../services/KafkaTransport.ts"
import { kafkaTransportContract } from "../../contract/KafkaTransport.ts"
import { sharedKafka } from "../../support/kafka.ts"
import { readAll } from "../../support/kafkaReader.ts"

const kafka = sharedKafka()

if (kafka !== undefined) kafkaTransportContract({ name: "kafkajs", layer, kafka })

describe.skipIf(kafka === undefined)("kafkajs, repaired", () => {
  const open = Effect.fnUntraced(function* (topic: string) {
    const transport = yield* KafkaTransport
    const client = yield* transport.connect({
      brokers: kafka!.brokers,
      clientId: "repaired",
      compression: "none",
      requestTimeoutMillis: 60_000,
    })
    yield* client.createTopics([topic], { partitions: 1 })
    while ((yield* client.partitions([topic])).size === 0) yield* Effect.sleep(20)
    return { client, producer: yield* client.producer }
  })
  const batch = (topic: string, ...values: ReadonlyArray<string>): KafkaBatch => ({
    topic,
    partition: 0,
    records: values.map((value) => ({ key: Buffer.from("k"), value: Buffer.from(value), headers: {} })),
  })
  const valuesIn = (topic: string) =>
    Effect.map(
      readAll(kafka!, (each) => each === topic),
      (read) => read.map(({ value }) => value),
    )

  it.live("knows a batch again that it is given twice, also from a new connection", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const topic = `again-${process.pid}`
        const { producer } = yield* open(topic)
        const first = batch(topic, "a", "b")
        const second = batch(topic, "c")
        yield* producer.send([first])
        yield* producer.send([second])
        yield* producer.send([second])
        assert.strictEqual(yield* producer.renew, "exact")
        yield* producer.send([second])
        yield* producer.send([batch(topic, "d")])
        assert.deepStrictEqual(yield* valuesIn(topic), ["a", "b", "c", "d"])
      }),
    ).pipe(Effect.provide(layer)),
  )

  it.live("makes no negative timers", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const warnings: Array<string> = []
        // Others in this process may have theirs.
        const listen = ({ name }: Error) => void (name.startsWith("Timeout") && warnings.push(name))
        process.on("warning", listen)
        const topic = `timers-${process.pid}`
        const { producer } = yield* open(topic)
        yield* producer.send([batch(topic, "a")])
        yield* Effect.sleep(50)
        process.off("warning", listen)
        assert.deepStrictEqual(warnings, [])
      }),
    ).pipe(Effect.provide(layer)),
  )

  it.live("leaves kafkajs's other users in the same process as they were", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const topic = `others-${process.pid}`
        const { producer } = yield* open(topic)
        yield* producer.send([batch(topic, "ours")])
        const other = new Kafka({ brokers: [...kafka!.brokers], logLevel: logLevel.NOTHING }).producer({
          createPartitioner: () => () => 0,
        })
        yield* Effect.promise(async () => {
          await other.connect()
          await other.send({ topic, messages: [{ key: "k", value: "theirs", headers: { a: "b" } }] })
          await other.disconnect()
        })
        assert.deepStrictEqual(yield* valuesIn(topic), ["ours", "theirs"])
      }),
    ).pipe(Effect.provide(layer)),
  )

  it.live("says that a topic is not there", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { producer } = yield* open(`there-${process.pid}`)
        const error = yield* Effect.flip(producer.send([batch(`nowhere-${process.pid}`, "a")]))
        assert.strictEqual(error.reason, "unknown_topic")
      }),
    ).pipe(Effect.provide(layer)),
  )
})
