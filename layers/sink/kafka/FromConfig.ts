import { Duration, Effect, FileSystem, Redacted } from "effect"
import type { KafkaTls } from "../../../services/KafkaTransport.ts"
import type { KafkaSinkConfig } from "../../../services/SinkConfig.ts"
import { SinkError } from "../../../services/Sink.ts"
import type { KafkaSinkOptions } from "./KafkaSinkOptions.ts"

const tlsOf = Effect.fnUntraced(function* (
  sink: string,
  ssl: KafkaSinkConfig["ssl"],
): Effect.fn.Return<KafkaTls | undefined, SinkError, FileSystem.FileSystem> {
  if (ssl === false) return undefined
  if (ssl === true) return { rejectUnauthorized: true }
  const files = yield* FileSystem.FileSystem
  const read = (path: string, key: string) =>
    files.readFileString(path).pipe(
      Effect.mapError(
        (error) =>
          new SinkError({
            sink,
            reason: "refused",
            detail: `\`ssl.${key}\`: ${path} cannot be read (${error.message}): put the PEM file there, readable by this process`,
          }),
      ),
    )
  const { caFile, certFile, key, rejectUnauthorized } = ssl
  return {
    rejectUnauthorized,
    ...(caFile === undefined ? {} : { ca: yield* read(caFile, "caFile") }),
    ...(certFile === undefined ? {} : { cert: yield* read(certFile, "certFile") }),
    ...(key === undefined ? {} : { key: Redacted.value(key) }),
  }
})

/** The sink's options from its section of the configuration; reads the PEM files that it names. */
export const kafkaSinkOptions = Effect.fnUntraced(function* (
  config: KafkaSinkConfig,
): Effect.fn.Return<KafkaSinkOptions, SinkError, FileSystem.FileSystem> {
  const { name, brokers, clientId, batchSize, compression, topic, createTopics } = config
  const { partitions, replicationFactor, sasl } = config
  const tls = yield* tlsOf(name, config.ssl)
  return {
    name,
    brokers,
    clientId,
    batchSize,
    lingerMillis: config.lingerMs,
    compression,
    topic,
    createTopics,
    requestTimeoutMillis: Duration.toMillis(config.requestTimeout),
    sendTimeoutMillis: Duration.toMillis(config.sendTimeout),
    ...(partitions === undefined ? {} : { partitions }),
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
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
  }
})
