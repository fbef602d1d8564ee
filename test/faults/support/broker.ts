import { Effect } from "effect"
import { type KafkaServer, ownKafka } from "../../support/kafka.ts"

/** A broker that a goal may do anything to. */
export const brokerOfItsOwn = Effect.acquireRelease(
  Effect.sync((): KafkaServer => {
    const kafka = ownKafka()
    if (kafka === undefined) throw new Error("no Kafka here: install Java 17 and Maven, or start Docker")
    return kafka
  }),
  (kafka) => kafka.remove,
)

/** A Kafka sink whose topics begin with its name, one partition each. */
export const kafkaSink = (kafka: KafkaServer, name: string, more: object = {}) => ({
  name,
  type: "kafka",
  brokers: kafka.brokers,
  topic: `${name}.{type}.{exchange}.{symbol}`,
  partitions: 1,
  requestTimeout: "5 seconds",
  sendTimeout: "10 seconds",
  ...more,
})

export const topicsOf =
  (name: string) =>
  (topic: string): boolean =>
    topic.startsWith(`${name}.`)
