import { Effect } from "effect"
import type { Admin, Kafka, KafkaConfig, Producer, SASLOptions } from "kafkajs"
import { type KafkaConnectOptions, KafkaError } from "../../../services/KafkaTransport.ts"
import { toKafkaError } from "./Failure.ts"
import { type KafkajsCluster, loadKafkajs } from "./Repairs.ts"
import { makeSockets } from "./Sockets.ts"

/** kafkajs repeats hardly anything by itself: who sends knows better how long to go on. */
export const retry = { retries: 1, initialRetryTime: 100, maxRetryTime: 1000 }
/** A polite farewell may take so long. */
const closeMillis = 3000

export interface Connected<A> {
  readonly client: A
  readonly destroy: (reason: string) => void
}

/** A kafkajs of its own with its sockets. */
export type Open = () => {
  readonly kafka: Kafka
  /** What kafkajs's own clients stand on: for what none of them offers. */
  readonly cluster: () => KafkajsCluster
  readonly destroy: (reason: string) => void
}

const saslOf = ({ sasl }: KafkaConnectOptions): { readonly sasl?: SASLOptions } =>
  sasl === undefined ? {} : { sasl: { ...sasl } as SASLOptions }

export const makeOpen = (options: KafkaConnectOptions) =>
  Effect.try({
    try: (): Open => {
      const { kafkajs, Cluster } = loadKafkajs()
      const { Kafka, logLevel } = kafkajs
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
        const kafka = new Kafka({ ...config, socketFactory: factory })
        const cluster = () =>
          new Cluster({
            ...config,
            logger: kafka.logger(),
            socketFactory: factory,
            enforceRequestTimeout: true,
            metadataMaxAge: 300_000,
            allowAutoTopicCreation: false,
            // Of the questions for offsets: the end is to be told with what open transactions have written.
            isolationLevel: 0,
          })
        return { kafka, cluster, destroy }
      }
    },
    catch: (thrown) =>
      new KafkaError({
        reason: "refused",
        detail: `this kafkajs is not the 2.2 that Millrace knows (${String(thrown)}): install kafkajs 2.2.4, or set the sink's \`driver: platformatic\``,
      }),
  })

type Client = Pick<Admin | Producer, "connect" | "disconnect">

export const farewell = <A extends Client>({ client, destroy }: Connected<A>) =>
  Effect.tryPromise(() => client.disconnect()).pipe(
    Effect.timeout(closeMillis),
    Effect.ignore,
    Effect.andThen(Effect.sync(() => destroy("closed"))),
  )

/** Connects; lets go of everything when that fails or is interrupted, which it may be even where nothing else is. */
export const connected = <A extends Client>(make: () => Connected<A>, doing: string) =>
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
