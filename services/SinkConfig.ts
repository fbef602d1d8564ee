import { Schema } from "effect"
import { optional, required, withDefault } from "../src/domain/ConfigField.ts"
import { DurationValue, PositiveInt, Secret, NonEmptyText } from "../src/domain/ConfigValue.ts"

const common = {
  name: required(
    Schema.String.check(Schema.isPattern(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/)).annotate({
      expected: "letters, digits, `.`, `_` and `-`",
    }),
    "The name of its cursor in the journal, unique in a configuration. A new name is a new sink.",
  ),
  from: withDefault(
    Schema.Literals(["latest", "earliest"]),
    "latest",
    "Where a new sink begins: `latest` with the next record, `earliest` with the oldest that the journal holds.",
  ),
} as const

/** Where records go when nothing is said. */
export const defaultFolder = "data/records"

/** JSON lines in folders, whole lines and no duplicates whatever happens. */
export const FilesSinkConfig = Schema.Struct({
  ...common,
  type: required(Schema.Literal("files"), "`files`: one file a type, exchange, symbol and UTC day."),
  path: withDefault(
    NonEmptyText,
    defaultFolder,
    "The folder; files are `<path>/<type>/<exchange>/<symbol>/<date>.jsonl`.",
  ),
  format: withDefault(Schema.Literals(["jsonl"]), "jsonl", "One record a line."),
})
export type FilesSinkConfig = typeof FilesSinkConfig.Type

/** One record a line on stdout, and nothing else there. */
export const StdoutSinkConfig = Schema.Struct({
  ...common,
  type: required(Schema.Literal("stdout"), "`stdout`: one record a line; logs go to stderr."),
})
export type StdoutSinkConfig = typeof StdoutSinkConfig.Type

export const KafkaCompression = Schema.Literals(["none", "gzip", "snappy", "lz4", "zstd"])
export type KafkaCompression = typeof KafkaCompression.Type

/** `{type}`, `{exchange}`, `{symbol}`, `{market}`, `{native}` stand for the record's fields. */
export const defaultTopic = "market.{type}.{exchange}.{symbol}"

const Topic = NonEmptyText.check(
  Schema.makeFilter(
    (text: string) => /^[a-zA-Z0-9._-]*$/.test(text.replace(/\{(type|exchange|symbol|market|native)\}/g, "")),
    {
      expected:
        "a topic of letters, digits, `.`, `_`, `-` and the fields {type}, {exchange}, {symbol}, {market}, {native}",
    },
  ),
)

const Broker = Schema.String.check(Schema.isPattern(/^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/)).annotate({
  expected: "host:port",
})

const KafkaTls = Schema.Union([
  Schema.Boolean,
  Schema.Struct({
    caFile: optional(NonEmptyText, "PEM file of the authorities to trust, instead of the system's."),
    certFile: optional(NonEmptyText, "PEM file of the client's certificate."),
    key: optional(Secret, "The client's private key, PEM."),
    rejectUnauthorized: withDefault(Schema.Boolean, true, "`false` trusts any certificate: for tests only."),
  }),
])

const KafkaSasl = Schema.Struct({
  mechanism: required(
    Schema.Literals(["plain", "scram-sha-256", "scram-sha-512"]),
    "As the broker wants it.",
  ),
  username: required(NonEmptyText, "The user's name."),
  password: required(Secret, "The user's password."),
})

/** Apache Kafka, or what speaks its protocol. */
export const KafkaSinkConfig = Schema.Struct({
  ...common,
  type: required(
    Schema.Literal("kafka"),
    "`kafka`: idempotent, acknowledged by all replicas, in order per key.",
  ),
  brokers: required(
    Schema.Array(Broker).check(Schema.isMinLength(1, { expected: "a list of one broker or more" })),
    "Where to ask for the cluster: host:port, one or more.",
  ),
  clientId: withDefault(NonEmptyText, "millrace", "How the brokers' logs name this client."),
  driver: withDefault(
    Schema.Literals(["kafkajs", "platformatic"]),
    "kafkajs",
    "The client library under it. They behave alike; one helps where the other has a fault.",
  ),
  batchSize: withDefault(PositiveInt, 100, "A batch is sent when it has so many records …"),
  lingerMs: withDefault(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 60_000 })),
    100,
    "… or so many milliseconds after its first. What gathers during a send goes whole into the next.",
  ),
  compression: withDefault(KafkaCompression, "gzip", "Of each batch."),
  topic: withDefault(
    Topic,
    defaultTopic,
    "A template; written in lower case, a byte outside `[a-z0-9._-]` as `_xHH`.",
  ),
  transactional: withDefault(
    Schema.Boolean,
    false,
    "`true`: no duplicates for a read-committed consumer, whatever crashes. The cursor travels with the records, in the compacted topic `millrace.cursors`; the transactional id is `<system.name>.<name>`.",
  ),
  createTopics: withDefault(
    Schema.Boolean,
    true,
    "Make topics that are not there. `false`: a missing topic is said, and its records wait.",
  ),
  partitions: optional(PositiveInt, "Of topics that are made here; the broker's default unless given."),
  replicationFactor: optional(
    PositiveInt,
    "Of topics that are made here; the broker's default unless given.",
  ),
  requestTimeout: withDefault(DurationValue, "30 seconds", "How long one request to a broker may take."),
  sendTimeout: withDefault(
    DurationValue,
    "60 seconds",
    "A send without an answer for so long means that the client is stuck: it is replaced, and what it had is sent again.",
  ),
  ssl: withDefault(KafkaTls, false, "Encrypt: `true`, or an object with files and key."),
  sasl: optional(KafkaSasl, "Sign in."),
})
export type KafkaSinkConfig = typeof KafkaSinkConfig.Type

/** One entry of `sinks`: where records go. */
export const SinkConfig = Schema.Union([FilesSinkConfig, StdoutSinkConfig, KafkaSinkConfig])
export type SinkConfig = typeof SinkConfig.Type
