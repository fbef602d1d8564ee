import { Clock, Effect, Layer, Random, type Scope } from "effect"
import type { Admin } from "@platformatic/kafka"
import {
  type KafkaBatch,
  type KafkaClient,
  type KafkaConnectOptions,
  KafkaError,
  type KafkaProducer,
  KafkaTransport,
} from "../../services/KafkaTransport.ts"
import { baseOf, delayOf, farewell, firstDelayMillis, type Library } from "./platformatic/Connections.ts"
import { explain, onlyExisting, toKafkaError } from "./platformatic/Failure.ts"
import { messagesOf } from "./platformatic/Messages.ts"
import { makeReader } from "./platformatic/Reader.ts"
import { makeTransactions } from "./platformatic/Transactions.ts"

const makeProducer = Effect.fnUntraced(function* (
  library: Library,
  options: KafkaConnectOptions,
): Effect.fn.Return<KafkaProducer, KafkaError, Scope.Scope> {
  const where = options.brokers.join(", ")
  const phase = yield* Random.next
  let obstacle: string | undefined

  const make = () =>
    new library.Producer<Buffer, Buffer, Buffer, Buffer>({
      ...baseOf(options),
      idempotent: true,
      compression: options.compression,
      // It forgets its sequences when it gives a send up, so it must not give up: it repeats until it is closed.
      retries: Number.MAX_SAFE_INTEGER,
      retryDelay: (_client, _operation, attempt, _retries, error) => {
        obstacle = explain(error).text
        return delayOf(attempt, phase)
      },
    })
  const connect = Effect.suspend(() => {
    const client = make()
    return Effect.tryPromise({
      try: () => client.initIdempotentProducer({}),
      catch: toKafkaError(`connecting to Kafka at ${where}`),
    }).pipe(
      Effect.timeoutOrElse({
        duration: options.requestTimeoutMillis,
        orElse: () =>
          Effect.fail(
            new KafkaError({
              reason: "unavailable",
              detail: `connecting to Kafka at ${where}: ${obstacle ?? `no answer in ${options.requestTimeoutMillis} ms`}`,
            }),
          ),
      }),
      Effect.interruptible,
      Effect.onExit((exit) => (exit._tag === "Success" ? Effect.void : farewell(client))),
      Effect.as(client),
      Effect.uninterruptible,
    )
  })
  let current: ReturnType<typeof make> | undefined = yield* Effect.acquireRelease(connect, () =>
    Effect.suspend(() => (current === undefined ? Effect.void : farewell(current))),
  )

  const send = Effect.fnUntraced(function* (batches: ReadonlyArray<KafkaBatch>) {
    const client = current
    if (client === undefined) {
      return yield* new KafkaError({ reason: "unavailable", detail: `no connection to Kafka at ${where}` })
    }
    obstacle = undefined
    const messages = messagesOf(batches, BigInt(yield* Clock.currentTimeMillis))
    yield* Effect.tryPromise({
      try: () => client.send({ messages }),
      catch: toKafkaError(`producing to Kafka at ${where}`),
    }).pipe(
      // Having given up, it has a new identity: what was on the way may be sent again, but may then be there twice.
      Effect.mapError((error) =>
        error.reason === "unavailable"
          ? new KafkaError({ reason: "identity_lost", detail: error.detail })
          : error,
      ),
    )
    obstacle = undefined
  })

  const renew = Effect.gen(function* () {
    if (current !== undefined) yield* farewell(current)
    current = undefined
    current = yield* connect
    return "unknown" as const
  }).pipe(Effect.uninterruptible)

  return { send, renew, obstacle: () => obstacle }
})

const makeClient = (library: Library, options: KafkaConnectOptions): KafkaClient => {
  const where = options.brokers.join(", ")
  /** What is asked seldom gets a connection of its own, so that no old one can be stuck. */
  const ask = <A>(doing: string, question: (admin: Admin) => Promise<A>): Effect.Effect<A, KafkaError> => {
    const at = `${doing} at ${where}`
    return Effect.acquireUseRelease(
      Effect.sync(() => new library.Admin({ ...baseOf(options), retries: 1, retryDelay: firstDelayMillis })),
      (admin) => Effect.tryPromise({ try: () => question(admin), catch: toKafkaError(at) }),
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
    ping: ask("connecting to Kafka", (admin) => admin.metadata({ topics: [] })).pipe(Effect.asVoid),
    partitions: (topics) =>
      ask("reading topics of Kafka", async (admin) => {
        const there = new Set(await admin.listTopics())
        const wanted = topics.filter((topic) => there.has(topic))
        if (wanted.length === 0) return new Map()
        const { topics: found } = await admin.metadata({ topics: wanted })
        return new Map([...found].map(([name, { partitionsCount }]) => [name, partitionsCount]))
      }),
    createTopics: (topics, { partitions = -1, replicationFactor = -1, settings = {} }) =>
      ask("making topics of Kafka", async (admin) => {
        await admin
          .createTopics({
            topics: [...topics],
            partitions,
            replicas: replicationFactor,
            configs: Object.entries(settings).map(([name, value]) => ({ name, value })),
          })
          .catch((thrown: unknown) => (onlyExisting(thrown) ? undefined : Promise.reject(thrown)))
      }),
    producer: makeProducer(library, options),
    transactions: (transactionalId, timeoutMillis) =>
      makeTransactions(library, options, transactionalId, timeoutMillis),
    reader: makeReader(library, options),
    topicSetting: (topic, name) =>
      ask(`reading the settings of topic ${topic}`, async (admin) => {
        const resource = {
          resourceType: library.ConfigResourceTypes.TOPIC,
          resourceName: topic,
          configurationKeys: [name],
        }
        const [found] = await admin.describeConfigs({ resources: [resource] })
        return found?.configs.find((each) => each.name === name)?.value ?? undefined
      }),
  }
}

/** @platformatic/kafka as it is. */
export const layer: Layer.Layer<KafkaTransport> = Layer.succeed(
  KafkaTransport,
  KafkaTransport.of({
    driver: "platformatic",
    connect: Effect.fn("KafkaTransport.connect")(function* (options) {
      const library = yield* Effect.promise(() => import("@platformatic/kafka"))
      const client = makeClient(library, options)
      yield* client.ping
      return client
    }),
  }),
)
