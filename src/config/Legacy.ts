import { Schema } from "effect"
import { KafkaSinkConfig } from "../../services/SinkConfig.ts"
import { LogFormat, LogLevel } from "../../services/TelemetryConfig.ts"
import { optional, withDefault } from "../domain/ConfigField.ts"
import { DurationValue, Port, PositiveInt } from "../domain/ConfigValue.ts"

/** Sections of the exchange collector's configuration: read as they stand, and mapped onto ours by `Adopt.ts`. */

const enabled = withDefault(Schema.Boolean, true, "Whether this part is wanted.")

const { brokers, clientId, batchSize, lingerMs, compression, ssl, sasl } = KafkaSinkConfig.fields

const Kafka = Schema.Struct({
  brokers,
  clientId,
  producer: optional(Schema.Struct({ batchSize, lingerMs, compression }), "How records are sent."),
  ssl,
  sasl,
})

const GoogleCloud = Schema.Struct({
  projectId: optional(Schema.String, "The project."),
  pubsub: optional(
    Schema.Struct({
      enabled,
      topicPrefix: optional(Schema.String, "What topics begin with."),
      publishSettings: optional(
        Schema.Struct({
          batchSize: optional(PositiveInt, "Messages in one request."),
          delayThreshold: optional(DurationValue, "How long a message waits for others."),
          messageRetention: optional(DurationValue, "How long a topic keeps messages."),
        }),
        "How messages are sent.",
      ),
    }),
    "Pub/Sub as a sink.",
  ),
  secretManager: optional(
    Schema.Struct({ enabled, secretIds: optional(Schema.Array(Schema.String), "The secrets to read.") }),
    "Secret Manager.",
  ),
})

const Monitoring = Schema.Struct({
  prometheus: optional(
    Schema.Struct({ enabled, port: withDefault(Port, 9090, "`telemetry.prometheus.port`.") }),
    "`telemetry.prometheus`.",
  ),
  googleCloudMonitoring: optional(
    Schema.Struct({
      enabled,
      namespace: optional(Schema.String, "What metric names begin with."),
      exportInterval: optional(DurationValue, "How often metrics are sent."),
    }),
    "Cloud Monitoring.",
  ),
  healthCheck: optional(
    Schema.Struct({ interval: optional(DurationValue, "Accepted; health is always current here.") }),
    "Health checks.",
  ),
})

const Logging = Schema.Struct({
  level: optional(LogLevel, "`telemetry.logLevel`."),
  format: optional(LogFormat, "`telemetry.logFormat`."),
  googleCloudLogging: optional(
    Schema.Struct({
      enabled,
      severity: optional(Schema.String, "Lines below it are not sent."),
      resource: optional(
        Schema.Struct({
          type: optional(Schema.String, "The kind of monitored resource."),
          labels: optional(Schema.Record(Schema.String, Schema.String), "Its labels."),
        }),
        "The monitored resource that lines belong to.",
      ),
    }),
    "Cloud Logging.",
  ),
})

export const legacySections = {
  kafka: optional(Kafka, "A Kafka sink named `kafka`, as the exchange collector writes it."),
  googleCloud: optional(GoogleCloud, "Pub/Sub and Secret Manager, as the exchange collector writes them."),
  monitoring: optional(Monitoring, "Metrics and health, as the exchange collector writes them."),
  logging: optional(Logging, "Logs, as the exchange collector writes them."),
}
