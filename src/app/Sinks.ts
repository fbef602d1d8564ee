import { hostname } from "node:os"
import { Duration, Effect, FileSystem, Redacted } from "effect"
import * as Kafkajs from "../../layers/kafka-transport/Kafkajs.ts"
import * as Platformatic from "../../layers/kafka-transport/Platformatic.ts"
import * as Files from "../../layers/sink/Files.ts"
import { makeKafkaSink } from "../../layers/sink/Kafka.ts"
import * as Stdout from "../../layers/sink/Stdout.ts"
import { SinkError } from "../../services/Sink.ts"
import type { KafkaSinkConfig, SinkConfig } from "../../services/SinkConfig.ts"
import type { SinkEntry } from "../collect/sinks/Sinks.ts"

const drivers = { kafkajs: Kafkajs.layer, platformatic: Platformatic.layer }

const tlsOf = Effect.fnUntraced(function* ({ name, ssl }: KafkaSinkConfig) {
  if (typeof ssl === "boolean") return ssl ? { rejectUnauthorized: true } : undefined
  const files = yield* FileSystem.FileSystem
  const read = (path: string | undefined) =>
    path === undefined
      ? Effect.succeed(undefined)
      : Effect.mapError(
          files.readFileString(path),
          (error) =>
            new SinkError({ sink: name, reason: "refused", detail: `cannot read ${path}: ${error.message}` }),
        )
  const ca = yield* read(ssl.caFile)
  const cert = yield* read(ssl.certFile)
  return {
    rejectUnauthorized: ssl.rejectUnauthorized,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(ssl.key === undefined ? {} : { key: Redacted.value(ssl.key) }),
  }
})

const kafka = Effect.fnUntraced(function* (config: KafkaSinkConfig, node: string | undefined) {
  const tls = yield* tlsOf(config)
  const { sasl } = config
  return yield* makeKafkaSink({
    name: config.name,
    brokers: config.brokers,
    clientId: config.clientId,
    batchSize: config.batchSize,
    lingerMillis: config.lingerMs,
    compression: config.compression,
    topic: config.topic,
    createTopics: config.createTopics,
    transactional: config.transactional,
    process: `pid ${process.pid} on ${hostname()}`,
    ...(node === undefined ? {} : { node }),
    requestTimeoutMillis: Duration.toMillis(config.requestTimeout),
    sendTimeoutMillis: Duration.toMillis(config.sendTimeout),
    ...(config.partitions === undefined ? {} : { partitions: config.partitions }),
    ...(config.replicationFactor === undefined ? {} : { replicationFactor: config.replicationFactor }),
    ...(tls === undefined ? {} : { tls }),
    ...(sasl === undefined
      ? {}
      : {
          sasl: {
            mechanism: sasl.mechanism,
            username: sasl.username,
            password: Redacted.value(sasl.password),
          },
        }),
  }).pipe(Effect.provide(drivers[config.driver]))
})

/** The sinks there are, by `type`. A new one is a file under layers/sink and a line here. */
const make = (config: SinkConfig, node: string | undefined) => {
  switch (config.type) {
    case "files":
      return Files.make({ name: config.name, path: config.path })
    case "stdout":
      return Stdout.make({ name: config.name })
    case "kafka":
      return kafka(config, node)
  }
}

/**
 * Makes the sinks of a configuration; they are opened later, by their actors. `node` is what sinks with a cursor in
 * their own system call this node; one without a name is told by its journal, and never mistaken for another.
 */
export const configuredSinks = (configs: ReadonlyArray<SinkConfig>, node?: string) =>
  Effect.forEach(configs, (config) =>
    Effect.map(make(config, node), (sink): SinkEntry => ({ sink, from: config.from })),
  )
