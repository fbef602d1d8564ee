import { Effect, type Scope } from "effect"
import type { Transaction } from "kafkajs"
import {
  type KafkaBatch,
  type KafkaConnectOptions,
  KafkaError,
  type KafkaTransactions,
} from "../../../services/KafkaTransport.ts"
import { type Connected, connected, farewell, type Open } from "./Connections.ts"
import { toKafkaError } from "./Failure.ts"
import { createPartitioner, makeSending } from "./Sending.ts"
import { Sequences } from "./Sequences.ts"

/** The coordinator is busy with the markers of the transaction before for some milliseconds: the next one asks again. */
const retry = { retries: 8, initialRetryTime: 10, maxRetryTime: 200 }

interface Life extends Connected<{ connect: () => Promise<void>; disconnect: () => Promise<void> }> {
  readonly begin: () => Promise<Transaction>
  /** Of one epoch: each begins with sequence 0. */
  readonly sequences: Sequences
  current: Transaction | undefined
}

/**
 * Transactions of kafkajs. Its producer cannot go on after a failure: its states have no way back out of a commit
 * without an answer, and it counts its sequences by attempt. So a failure is followed by a new one, whose start settles
 * what the old one left.
 */
export const makeTransactions = Effect.fnUntraced(function* (
  open: Open,
  options: KafkaConnectOptions,
  transactionalId: string,
  transactionTimeout: number,
): Effect.fn.Return<KafkaTransactions, KafkaError, Scope.Scope> {
  const where = options.brokers.join(", ")
  const sending = makeSending(options, where)
  const beginning = toKafkaError(`beginning transactions of ${transactionalId} with Kafka at ${where}`)

  const make = (): Life => {
    const { kafka, destroy } = open()
    const client = kafka.producer({
      transactionalId,
      transactionTimeout,
      allowAutoTopicCreation: false,
      retry,
      createPartitioner,
    })
    const begin = () => client.transaction()
    return { client, destroy, begin, sequences: new Sequences(), current: undefined }
  }
  const none = new KafkaError({ reason: "unavailable", detail: `no connection to Kafka at ${where}` })
  let life: Life | undefined
  yield* Effect.addFinalizer(() => Effect.suspend(() => (life === undefined ? Effect.void : farewell(life))))

  const renew = Effect.gen(function* () {
    life?.destroy("replaced")
    life = undefined
    const made = (yield* connected(make, `connecting to Kafka at ${where}`)) as Life
    made.current = yield* Effect.tryPromise({ try: () => made.begin(), catch: beginning }).pipe(
      Effect.interruptible,
      Effect.onExit((exit) =>
        exit._tag === "Success" ? Effect.void : Effect.sync(() => made.destroy("not begun")),
      ),
    )
    life = made
  }).pipe(Effect.uninterruptible)

  yield* renew
  return {
    renew,
    obstacle: () => undefined,
    send: Effect.fnUntraced(function* (batches: ReadonlyArray<KafkaBatch>) {
      const now = life
      if (now === undefined) return yield* none
      const current = now.current ?? (yield* Effect.tryPromise({ try: () => now.begin(), catch: beginning }))
      now.current = current
      yield* sending(current, batches, now.sequences)
    }),
    commit: Effect.suspend(() => {
      const now = life
      const current = now?.current
      if (now === undefined || current === undefined) return Effect.fail(none)
      return Effect.tryPromise({
        try: () => current.commit(),
        catch: toKafkaError(`committing a transaction of ${transactionalId} with Kafka at ${where}`),
      }).pipe(Effect.andThen(Effect.sync(() => void (now.current = undefined))))
    }),
  }
})
