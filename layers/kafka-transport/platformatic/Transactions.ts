import type { Producer as ProducerOf } from "@platformatic/kafka"
import { Clock, Effect, Random, type Scope } from "effect"
import {
  type KafkaBatch,
  type KafkaConnectOptions,
  KafkaError,
  type KafkaTransactions,
} from "../../../services/KafkaTransport.ts"
import { baseOf, delayOf, farewell, type Library } from "./Connections.ts"
import { explain, toKafkaError } from "./Failure.ts"
import { messagesOf } from "./Messages.ts"

/** Asks for an epoch as somebody who has none. The library would say that it is producer 0, which is someone else. */
const nobody = { producerId: -1n, producerEpoch: -1 }

const maxBusyMillis = 100

type Producer = ProducerOf<Buffer, Buffer, Buffer, Buffer>
type Transaction = NonNullable<Producer["transaction"]>

interface Life {
  readonly client: Producer
  current: Transaction | undefined
}

/** Transactions of @platformatic/kafka. A failure is followed by a new producer, whose start settles what the old one left. */
export const makeTransactions = Effect.fnUntraced(function* (
  library: Library,
  options: KafkaConnectOptions,
  transactionalId: string,
  timeout: number,
): Effect.fn.Return<KafkaTransactions, KafkaError, Scope.Scope> {
  const where = options.brokers.join(", ")
  const phase = yield* Random.next
  const doing = (what: string) => toKafkaError(`${what} of ${transactionalId} with Kafka at ${where}`)
  let obstacle: string | undefined

  const make = () =>
    new library.Producer<Buffer, Buffer, Buffer, Buffer>({
      ...baseOf(options),
      idempotent: true,
      compression: options.compression,
      transactionalId,
      // The transaction's; a request has its own.
      timeout,
      // It repeats until it is closed: who waits for it knows better how long to go on.
      retries: Number.MAX_SAFE_INTEGER,
      retryDelay: (_client, _operation, attempt, _retries, error) => {
        const { apiId, text } = explain(error)
        // The coordinator is busy with the markers of the transaction before for some milliseconds.
        if (apiId === "CONCURRENT_TRANSACTIONS")
          return Math.min(5 * 2 ** Math.min(attempt, 10), maxBusyMillis)
        obstacle = text
        return delayOf(attempt, phase)
      },
    })
  const none = new KafkaError({ reason: "unavailable", detail: `no connection to Kafka at ${where}` })
  let life: Life | undefined
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => (life === undefined ? Effect.void : farewell(life.client))),
  )

  const begin = (client: Producer) =>
    Effect.tryPromise({
      try: () => client.beginTransaction(nobody),
      catch: doing("beginning transactions"),
    })

  const renew = Effect.gen(function* () {
    if (life !== undefined) yield* farewell(life.client)
    life = undefined
    obstacle = undefined
    const client = make()
    const current = yield* begin(client).pipe(
      Effect.timeoutOrElse({
        duration: options.requestTimeoutMillis,
        orElse: () =>
          Effect.fail(
            new KafkaError({
              reason: "unavailable",
              detail: `beginning transactions of ${transactionalId} with Kafka at ${where}: ${obstacle ?? `no answer in ${options.requestTimeoutMillis} ms`}`,
            }),
          ),
      }),
      Effect.interruptible,
      Effect.onExit((exit) => (exit._tag === "Success" ? Effect.void : farewell(client))),
    )
    life = { client, current }
  }).pipe(Effect.uninterruptible)

  const produce = (
    current: Transaction,
    batches: ReadonlyArray<KafkaBatch>,
    timestamp: bigint,
    plain: boolean,
  ) => {
    const messages = messagesOf(batches, timestamp)
    return messages.length === 0
      ? Effect.void
      : Effect.tryPromise({
          try: () => current.send({ messages, ...(plain ? { compression: "none" as const } : {}) }),
          catch: doing("producing in a transaction"),
        })
  }

  yield* renew
  return {
    renew,
    obstacle: () => obstacle,
    send: Effect.fnUntraced(function* (batches: ReadonlyArray<KafkaBatch>) {
      const now = life
      if (now === undefined) return yield* none
      const timestamp = BigInt(yield* Clock.currentTimeMillis)
      const current = now.current ?? (yield* begin(now.client))
      now.current = current
      // The library compresses all of a send alike.
      yield* produce(
        current,
        batches.filter(({ plain }) => plain !== true),
        timestamp,
        false,
      )
      yield* produce(
        current,
        batches.filter(({ plain }) => plain === true),
        timestamp,
        true,
      )
      obstacle = undefined
    }),
    commit: Effect.suspend(() => {
      const now = life
      const current = now?.current
      if (now === undefined || current === undefined) return Effect.fail(none)
      return Effect.tryPromise({
        try: () => current.commit(),
        catch: doing("committing a transaction"),
      }).pipe(
        Effect.andThen(
          Effect.sync(() => {
            now.current = undefined
            obstacle = undefined
          }),
        ),
      )
    }),
  }
})
