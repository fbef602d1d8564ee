import { mkdtempSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { absent, addressesOf, runFolder, script, up } from "./servers.ts"

export interface KafkaServer {
  /** `host:port`; a cluster given by KAFKA_BROKERS may have several, with commas. */
  readonly bootstrap: string
  readonly brokers: ReadonlyArray<string>
  /** Clients that come in at `behind` are sent on to `proxy`: put one between them. */
  readonly behind: string
  readonly proxy: string
  /** Takes TLS with the certificate in `ca` (a file), and the user `millrace` with `secret`; empty where there is none. */
  readonly secure: string
  readonly ca: string
  readonly stop: Effect.Effect<void>
  readonly kill: Effect.Effect<void>
  readonly start: Effect.Effect<void>
  readonly pause: Effect.Effect<void>
  readonly resume: Effect.Effect<void>
  readonly remove: Effect.Effect<void>
}

const serverAt = (folder: string, settings?: Readonly<Record<string, string>>): KafkaServer | undefined => {
  const result = up("kafka.sh", folder, (port) => [String(port)], settings)
  if (!result.ok) return absent("Apache Kafka", result.complaint)
  const { bootstrap = "", behind = "", proxy = "", secure = "", ca = "" } = addressesOf(result.output)
  const act = (action: string) => script("kafka.sh", [action, folder]).pipe(Effect.asVoid)
  return {
    bootstrap,
    brokers: bootstrap.split(","),
    behind,
    proxy,
    secure,
    ca,
    stop: act("down"),
    kill: act("kill"),
    start: act("up"),
    pause: act("pause"),
    resume: act("resume"),
    remove: act("remove"),
  }
}

/** The broker that the whole run shares: use topics of your own, and leave it running. `undefined` where there is none. */
export const sharedKafka = (): KafkaServer | undefined =>
  serverAt(join(runFolder(), "kafka"), { KAFKA_SESSION: "60000" })

/** A broker for tests that stop it, also where KAFKA_BROKERS gives another; `remove` it at the end. */
export const ownKafka = (): KafkaServer | undefined =>
  serverAt(mkdtempSync(join(runFolder(), "kafka-")), { KAFKA_OWN: "yes" })

export interface Consumed {
  readonly partition: number
  readonly headers: Readonly<Record<string, string>>
  readonly key: string
  readonly value: string
}

const headersOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text
      .split(",")
      .map((entry) => [entry.slice(0, entry.indexOf(":")), entry.slice(entry.indexOf(":") + 1)] as const),
  )

/** The first `count` committed records of a topic, or of the topics that an expression matches, read by Kafka's own console consumer. */
export const consume = Effect.fnUntraced(function* (
  kafka: KafkaServer,
  topics: { readonly topic: string } | { readonly include: string },
  count: number,
): Effect.fn.Return<ReadonlyArray<Consumed>> {
  const which = "topic" in topics ? ["--topic", topics.topic] : ["--include", topics.include]
  const print = ["key", "headers", "partition"].flatMap((what) => [
    "--formatter-property",
    `print.${what}=true`,
  ])
  const output = yield* script("kafka.sh", [
    "run",
    "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "--bootstrap-server",
    kafka.bootstrap,
    ...which,
    "--from-beginning",
    "--isolation-level",
    "read_committed",
    "--max-messages",
    String(count),
    "--timeout-ms",
    "60000",
    ...print,
  ])
  return output
    .split("\n")
    .filter((line) => line.startsWith("Partition:"))
    .map((line) => {
      const [partition = "", headers = "", key = "", value = ""] = line.split("\t")
      return { partition: Number(partition.slice(10)), headers: headersOf(headers), key, value }
    })
})
