import { Duration, Effect, Latch, Option } from "effect"
import { reconnect } from "../../../src/runtime/Backoff.ts"
import type {
  KafkaBatch,
  KafkaClient,
  KafkaError,
  KafkaProducer,
  KafkaRecord,
} from "../../../services/KafkaTransport.ts"
import { SinkError } from "../../../services/Sink.ts"
import { parts } from "./Chunk.ts"
import { makeFitting } from "./Fitting.ts"

/** A topic that was just made is not known to every broker at once. */
const unknownTopicMillis = 15_000
/** So many looks at a producer, a quarter of the send timeout apart, must find it on the same send. */
const looks = 4
/** Replaced so often on the same send without success: then it is not the producer. */
const maxReplacements = 2
/** A record that is too large all by itself is sent so often: the topic's limit may have been raised meanwhile. */
const loneAttempts = 3
const loneWait = Duration.millis(100)

/** A record that Kafka will not take, with what it said. */
export interface RefusedByKafka {
  readonly record: KafkaRecord
  readonly reason: "too_large"
  readonly detail: string
  readonly attempts: number
}

export interface DeliveryCounts {
  sends: number
  /** Transactions that went through. */
  commits: number
  /** Producers replaced because they made no progress, or because the brokers did not know them any more. */
  replacements: number
  /** Records sent again with nothing to tell whether they stand in the log already. */
  possibleDuplicates: number
}

export interface Delivery {
  /**
   * Completes when every record is acknowledged, but for those that it gives. Goes on as long as it takes; fails when
   * only a person can help.
   */
  readonly deliver: (
    batches: ReadonlyArray<KafkaBatch>,
  ) => Effect.Effect<ReadonlyArray<RefusedByKafka>, SinkError>
  /** Replaces a producer that is stuck. Runs for ever beside the deliveries. */
  readonly watch: Effect.Effect<never>
  /** Why nothing gets through at the moment. */
  readonly trouble: () => string | undefined
}

export interface DeliveryOptions {
  readonly sink: string
  readonly client: KafkaClient
  readonly producer: KafkaProducer
  readonly sendTimeoutMillis: number
  readonly counts: DeliveryCounts
}

const recordsOf = (batches: ReadonlyArray<KafkaBatch>): number =>
  batches.reduce((sum, { records }) => sum + records.length, 0)

const backoff = reconnect({ first: Duration.millis(100), max: Duration.seconds(1) })

/** Brings sends through, one at a time, whatever happens to the connection, the producer and the brokers. */
export const makeDelivery = (options: DeliveryOptions): Delivery => {
  const { sink, client, producer, counts, sendTimeoutMillis } = options
  const stuck = Latch.makeUnsafe(false)
  /** The send under way; each has its own object. */
  let current: object | undefined
  let trouble: string | undefined
  let refused: Array<RefusedByKafka> = []
  const fitting = makeFitting()

  const failed = (reason: SinkError["reason"], detail: string) => new SinkError({ sink, reason, detail })
  const note = (error: KafkaError) => Effect.sync(() => void (trouble = error.detail))

  /** Repeats until it succeeds, or until repeating is no use. */
  const persist = (batches: ReadonlyArray<KafkaBatch>) => {
    const attempt = Effect.suspend(() => {
      counts.sends++
      return producer.send(batches)
    }).pipe(Effect.tapError(note))
    return attempt.pipe(
      Effect.retry({ schedule: backoff, while: (error) => error.reason === "unavailable" }),
      Effect.retry({
        schedule: backoff,
        while: (error) => error.reason === "unknown_topic",
        times: Math.ceil(unknownTopicMillis / 1000),
      }),
    )
  }

  /** A fresh producer, however long it takes to get one. */
  const replace = Effect.fnUntraced(function* (batches: ReadonlyArray<KafkaBatch>, why: string) {
    counts.replacements++
    const outcome = yield* producer.renew.pipe(
      Effect.tapError(note),
      Effect.retry({ schedule: backoff, while: (error) => error.reason === "unavailable" }),
      Effect.mapError((error) => failed("refused", error.detail)),
    )
    if (outcome === "unknown") counts.possibleDuplicates += recordsOf(batches)
    yield* Effect.logWarning(
      `sink ${sink}: Kafka producer replaced (${why}); ${recordsOf(batches)} records are sent again` +
        (outcome === "unknown" ? ", perhaps for the second time" : ""),
    )
  })

  const split = Effect.fnUntraced(function* (batches: ReadonlyArray<KafkaBatch>, error: KafkaError) {
    yield* replace(batches, error.detail)
    const [only] = batches
    if (only !== undefined && batches.length === 1) fitting.refused(only)
    const smaller = parts(batches)
    if (smaller === undefined) return false
    for (const part of smaller) yield* bring(part)
    return true
  })

  /** What is left of batches that were split until one record was alone. */
  const refuse = (batches: ReadonlyArray<KafkaBatch>, error: KafkaError, attempts: number): void => {
    for (const { topic, records } of batches)
      for (const record of records)
        refused.push({
          record,
          reason: "too_large",
          detail: `${record.value.length} bytes for topic ${topic}: ${error.detail}`,
          attempts,
        })
  }

  const bring: (batches: ReadonlyArray<KafkaBatch>) => Effect.Effect<void, SinkError> = Effect.fnUntraced(
    function* (batches) {
      let tooLarge = 0
      for (let replaced = 0; ; replaced++) {
        current = batches
        const outcome = yield* Effect.raceFirst(
          Effect.result(persist(batches)),
          Effect.as(stuck.await, "stuck" as const),
        )
        current = undefined
        stuck.closeUnsafe()
        if (outcome !== "stuck" && outcome._tag === "Success") {
          trouble = undefined
          fitting.taken(batches)
          return
        }
        const error = outcome === "stuck" ? undefined : outcome.failure
        if (error?.reason === "too_large") {
          if (yield* split(batches, error)) return
          // It is alone.
          if (++tooLarge === loneAttempts) return refuse(batches, error, tooLarge)
          yield* Effect.sleep(loneWait)
          replaced = -1
          continue
        }
        if (error !== undefined && error.reason !== "identity_lost") {
          return yield* failed(error.reason === "refused" ? "refused" : "unavailable", error.detail)
        }
        const why = error?.detail ?? trouble ?? producer.obstacle() ?? `no answer in ${sendTimeoutMillis} ms`
        if (replaced >= maxReplacements) {
          return yield* failed("unavailable", `${replaced} producers in a row got nothing through: ${why}`)
        }
        yield* replace(batches, why)
      }
    },
  )

  /** While the brokers do not answer anybody, waiting is all there is to do, and the producer keeps its place. */
  const watch = Effect.gen(function* () {
    let last: object | undefined
    let seen = 0
    while (true) {
      yield* Effect.sleep(sendTimeoutMillis / looks)
      if (current === undefined || current !== last) {
        last = current
        seen = 0
        continue
      }
      const objection = yield* client.ping.pipe(
        Effect.timeoutOption(sendTimeoutMillis / looks),
        Effect.match({
          onFailure: (error) => error.detail,
          onSuccess: (answer) => (Option.isSome(answer) ? undefined : "no broker answers"),
        }),
      )
      if (current !== last) continue
      trouble = objection ?? trouble ?? "no acknowledgement, though a broker answers"
      seen = objection === undefined ? seen + 1 : 0
      if (seen < looks - 1) continue
      seen = 0
      stuck.openUnsafe()
    }
  })

  return {
    deliver: (batches) =>
      Effect.forEach(fitting.sends(batches), bring, { discard: true }).pipe(
        Effect.map(() => {
          const given = refused
          refused = []
          return given
        }),
        Effect.ensuring(Effect.sync(() => (current = undefined))),
      ),
    watch,
    trouble: () => trouble ?? (current === undefined ? undefined : producer.obstacle()),
  }
}
