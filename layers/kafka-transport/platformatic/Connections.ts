import { isIP } from "node:net"
import { Effect } from "effect"
import type { KafkaConnectOptions } from "../../../services/KafkaTransport.ts"

export type Library = typeof import("@platformatic/kafka")

const metadataMaxAgeMillis = 300_000
/** A polite farewell may take so long. */
const closeMillis = 3000
export const firstDelayMillis = 100
const maxDelayMillis = 1000

/** Only names, not addresses, may be told to a TLS server. */
const isNamed = (broker: string): boolean =>
  isIP(broker.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1")) === 0

export const baseOf = (options: KafkaConnectOptions) => ({
  clientId: options.clientId,
  bootstrapBrokers: [...options.brokers],
  connectTimeout: Math.min(options.requestTimeoutMillis, 10_000),
  timeout: options.requestTimeoutMillis,
  requestTimeout: options.requestTimeoutMillis,
  metadataMaxAge: metadataMaxAgeMillis,
  autocreateTopics: false,
  ...(options.tls === undefined
    ? {}
    : { tls: { ...options.tls }, tlsServerName: options.brokers.every(isNamed) }),
  ...(options.sasl === undefined
    ? {}
    : {
        sasl: {
          mechanism: options.sasl.mechanism.toUpperCase() as "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512",
          username: options.sasl.username,
          password: options.sasl.password,
        },
      }),
})

export const farewell = (client: { readonly close: () => Promise<void> }) =>
  Effect.tryPromise(() => client.close()).pipe(Effect.timeout(closeMillis), Effect.ignore)

/** How long to wait before a request is repeated; `phase`, from 0 to 1, keeps clients from doing it all at once. */
export const delayOf = (attempt: number, phase: number): number =>
  Math.min(firstDelayMillis * 2 ** Math.min(attempt, 10), maxDelayMillis) *
  (0.75 + ((phase + attempt * 0.618) % 1) / 2)
