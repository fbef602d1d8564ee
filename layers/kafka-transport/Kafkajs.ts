import { Effect, Layer, Schedule, type Scope } from "effect"
import type { Admin, Producer } from "kafkajs"
import {
  type KafkaBatch,
  type KafkaClient,
  type KafkaConnectOptions,
  KafkaError,
  type KafkaProducer,
  KafkaTransport,
} from "../../services/KafkaTransport.ts"
import { type Connected, connected, farewell, makeOpen, type Open, retry } from "./kafkajs/Connections.ts"
import { toKafkaError } from "./kafkajs/Failure.ts"
import { makeReader } from "./kafkajs/Reader.ts"
import { createPartitioner, makeSending } from "./kafkajs/Sending.ts"
import { Sequences } from "./kafkajs/Sequences.ts"
import { makeTransactions } from "./kafkajs/Transactions.ts"

const metadataMaxAgeMillis = 300_000
/** What kafkajs calls a topic among the things that have settings. */
const topicResource = 2

const makeProducer = Effect.fnUntraced(function* (
  open: Open,
  options: KafkaConnectOptions,
): Effect.fn.Return<KafkaProducer, KafkaError, Scope.Scope> {
  const where = options.brokers.join(", ")
  const sequences = new Sequences()
  const sending = makeSending(options, where)
  let lost = false

  const make = (): Connected<Producer> => {
    const { kafka, destroy } = open()
    const client = kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      metadataMaxAge: metadataMaxAgeMillis,
      retry,
      createPartitioner,
    })
    return { client, destroy }
  }
  const connect = connected(make, `connecting to Kafka at ${where}`)
  let current: Connected<Producer> | undefined = yield* Effect.acquireRelease(connect, () =>
    Effect.suspend(() => (current === undefined ? Effect.void : farewell(current))),
  )

  const send = Effect.fnUntraced(function* (batches: ReadonlyArray<KafkaBatch>) {
    if (current === undefined) {
      return yield* new KafkaError({ reason: "unavailable", detail: `no connection to Kafka at ${where}` })
    }
    yield* sending(current.client, batches, sequences).pipe(
      Effect.tapError((error) =>
        Effect.sync(() => {
          // Too large: some of its topic-partitions may have taken theirs, and the rest has to be cut anew.
          if (error.reason === "identity_lost" || error.reason === "too_large") lost = true
        }),
      ),
    )
  })

  const renew = Effect.gen(function* () {
    current?.destroy("replaced")
    current = undefined
    current = yield* connect
    if (!lost) return "exact"
    lost = false
    sequences.forget()
    return "unknown"
  }).pipe(Effect.uninterruptible)

  return { send, renew, obstacle: () => undefined }
})

/** kafkajs asks for the state of all topics first, and fails when one of them, anybody's, is being made at the moment. */
const isElecting = ({ detail }: KafkaError): boolean => detail.includes("LEADER_NOT_AVAILABLE")
/** Until the question's own time is over. */
const soon = Schedule.jittered(Schedule.spaced("100 millis"))

const makeClient = (open: Open, options: KafkaConnectOptions): KafkaClient => {
  const where = options.brokers.join(", ")
  /** What is asked seldom gets a connection of its own, so that no old one can be stuck. */
  const ask = <A>(doing: string, question: (admin: Admin) => Promise<A>): Effect.Effect<A, KafkaError> => {
    const at = `${doing} at ${where}`
    const make = (): Connected<Admin> => {
      const { kafka, destroy } = open()
      return { client: kafka.admin({ retry }), destroy }
    }
    return Effect.acquireUseRelease(
      connected(make, at),
      ({ client }) => Effect.tryPromise({ try: () => question(client), catch: toKafkaError(at) }),
      farewell,
    ).pipe(
      Effect.retry({ schedule: soon, while: isElecting }),
      Effect.timeoutOrElse({
        duration: options.requestTimeoutMillis,
        orElse: () =>
          Effect.fail(
            new KafkaError({
              reason: "unavailable",
              detail: `${at}: no answer in ${options.requestTimeoutMillis} ms`,
            }),
          ),
      }),
    )
  }
  return {
    ping: ask("connecting to Kafka", () => Promise.resolve()),
    partitions: (topics) =>
      ask("reading topics of Kafka", async (admin) => {
        const there = new Set(await admin.listTopics())
        const wanted = topics.filter((topic) => there.has(topic))
        if (wanted.length === 0) return new Map()
        const { topics: found } = await admin.fetchTopicMetadata({ topics: wanted })
        return new Map(found.map(({ name, partitions }) => [name, partitions.length]))
      }),
    createTopics: (topics, { partitions = -1, replicationFactor = -1, settings = {} }) =>
      ask("making topics of Kafka", async (admin) => {
        await admin.createTopics({
          timeout: options.requestTimeoutMillis,
          // It would fail when a broker does not know the new topic at once.
          waitForLeaders: false,
          topics: topics.map((topic) => ({
            topic,
            numPartitions: partitions,
            replicationFactor,
            configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
          })),
        })
      }),
    producer: makeProducer(open, options),
    transactions: (transactionalId, timeoutMillis) =>
      makeTransactions(open, options, transactionalId, timeoutMillis),
    reader: makeReader(open, options),
    topicSetting: (topic, name) =>
      ask(`reading the settings of topic ${topic}`, async (admin) => {
        const resource = { type: topicResource, name: topic, configNames: [name] }
        const { resources } = await admin.describeConfigs({ resources: [resource], includeSynonyms: false })
        return resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue
      }),
  }
}

/** kafkajs, repaired (see kafkajs/Repairs.ts) and with its batches encoded here. */
export const layer: Layer.Layer<KafkaTransport> = Layer.succeed(
  KafkaTransport,
  KafkaTransport.of({
    driver: "kafkajs",
    connect: Effect.fn("KafkaTransport.connect")(function* (options) {
      const open = yield* makeOpen(options)
      const client = makeClient(open, options)
      yield* client.ping
      return client
    }),
  }),
)
