import { Clock, Effect, Layer, type Scope } from "effect"
import type { Admin, Kafka, KafkaConfig, Producer, SASLOptions } from "kafkajs"
import {
  type KafkaBatch,
  type KafkaClient,
  type KafkaConnectOptions,
  KafkaError,
  type KafkaProducer,
  KafkaTransport,
} from "../../services/KafkaTransport.ts"
import { type Codec, codecs } from "./kafkajs/Compression.ts"
import { toKafkaError } from "./kafkajs/Failure.ts"
import { asBatch, type BatchMessage } from "./kafkajs/ProduceRequest.ts"
import { loadKafkajs } from "./kafkajs/Repairs.ts"
import { Sequences } from "./kafkajs/Sequences.ts"
import { makeSockets } from "./kafkajs/Sockets.ts"

/** kafkajs repeats hardly anything by itself: who sends knows better how long to go on. */
const retry = { retries: 1, initialRetryTime: 100, maxRetryTime: 1000 }
const metadataMaxAgeMillis = 300_000
/** A polite farewell may take so long. */
const closeMillis = 3000

interface Connected<A> {
  readonly client: A
  readonly destroy: (reason: string) => void
}

/** A kafkajs of its own with its sockets. */
type Open = () => { readonly kafka: Kafka; readonly destroy: (reason: string) => void }

const saslOf = ({ sasl }: KafkaConnectOptions): { readonly sasl?: SASLOptions } =>
  sasl === undefined ? {} : { sasl: { ...sasl } as SASLOptions }

const makeOpen = (options: KafkaConnectOptions) =>
  Effect.try({
    try: (): Open => {
      const { Kafka, logLevel } = loadKafkajs()
      const config: KafkaConfig = {
        brokers: [...options.brokers],
        clientId: options.clientId,
        requestTimeout: options.requestTimeoutMillis,
        connectionTimeout: Math.min(options.requestTimeoutMillis, 10_000),
        authenticationTimeout: options.requestTimeoutMillis,
        logLevel: logLevel.NOTHING,
        retry,
        ...(options.tls === undefined ? {} : { ssl: { ...options.tls } }),
        ...saslOf(options),
      }
      return () => {
        const { factory, destroy } = makeSockets()
        return { kafka: new Kafka({ ...config, socketFactory: factory }), destroy }
      }
    },
    catch: (thrown) =>
      new KafkaError({
        reason: "refused",
        detail: `this kafkajs is not the 2.2 that Millrace knows (${String(thrown)}): install kafkajs 2.2.4, or set the sink's \`driver: platformatic\``,
      }),
  })

const farewell = <A extends Admin | Producer>({ client, destroy }: Connected<A>) =>
  Effect.tryPromise(() => client.disconnect()).pipe(
    Effect.timeout(closeMillis),
    Effect.ignore,
    Effect.andThen(Effect.sync(() => destroy("closed"))),
  )

/** Connects; lets go of everything when that fails or is interrupted, which it may be even where nothing else is. */
const connected = <A extends Admin | Producer>(make: () => Connected<A>, doing: string) =>
  Effect.suspend(() => {
    const made = make()
    return Effect.tryPromise({ try: () => made.client.connect(), catch: toKafkaError(doing) }).pipe(
      Effect.interruptible,
      Effect.onExit((exit) =>
        exit._tag === "Success" ? Effect.void : Effect.sync(() => made.destroy("not connected")),
      ),
      Effect.as(made),
      Effect.uninterruptible,
    )
  })

const makeProducer = Effect.fnUntraced(function* (
  open: Open,
  options: KafkaConnectOptions,
): Effect.fn.Return<KafkaProducer, KafkaError, Scope.Scope> {
  const where = options.brokers.join(", ")
  const sequences = new Sequences()
  const codec: Codec = codecs[options.compression]
  let lost = false

  const make = (): Connected<Producer> => {
    const { kafka, destroy } = open()
    const client = kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      metadataMaxAge: metadataMaxAgeMillis,
      retry,
      createPartitioner:
        () =>
        ({ message }) =>
          (message as unknown as BatchMessage).partition,
    })
    return { client, destroy }
  }
  const connect = connected(make, `connecting to Kafka at ${where}`)
  const nothing = Buffer.alloc(0)
  let current: Connected<Producer> | undefined = yield* Effect.acquireRelease(connect, () =>
    Effect.suspend(() => (current === undefined ? Effect.void : farewell(current))),
  )

  const send = Effect.fnUntraced(function* (batches: ReadonlyArray<KafkaBatch>) {
    if (current === undefined) {
      return yield* new KafkaError({ reason: "unavailable", detail: `no connection to Kafka at ${where}` })
    }
    const { client } = current
    const timestamp = yield* Clock.currentTimeMillis
    const topicMessages = batches.map((batch) => {
      const message: BatchMessage = {
        value: nothing,
        partition: batch.partition,
        [asBatch]: { batch, sequences, codec, timestamp },
      }
      return { topic: batch.topic, messages: [message] }
    })
    const acknowledged = yield* Effect.tryPromise({
      try: () => client.sendBatch({ acks: -1, timeout: options.requestTimeoutMillis, topicMessages }),
      catch: toKafkaError(`producing to Kafka at ${where}`),
    }).pipe(
      Effect.tapError((error) =>
        Effect.sync(() => {
          // Too large: some of its topic-partitions may have taken theirs, and the rest has to be cut anew.
          if (error.reason === "identity_lost" || error.reason === "too_large") lost = true
        }),
      ),
    )
    // kafkajs leaves out what its metadata has no leader for, and says nothing.
    if (acknowledged.length !== batches.length) {
      return yield* new KafkaError({
        reason: "unavailable",
        detail: `Kafka at ${where} has acknowledged ${acknowledged.length} of ${batches.length} topic-partitions`,
      })
    }
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
    createTopics: (topics, { partitions = -1, replicationFactor = -1 }) =>
      ask("making topics of Kafka", async (admin) => {
        await admin.createTopics({
          timeout: options.requestTimeoutMillis,
          // It would fail when a broker does not know the new topic at once.
          waitForLeaders: false,
          topics: topics.map((topic) => ({ topic, numPartitions: partitions, replicationFactor })),
        })
      }),
    producer: makeProducer(open, options),
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
