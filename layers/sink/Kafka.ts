import { Effect, Option, Random, type Scope } from "effect"
import { type KafkaClient, KafkaTransport } from "../../services/KafkaTransport.ts"
import { Metrics } from "../../services/Metrics.ts"
import type { Sink, SinkError } from "../../services/Sink.ts"
import type { DeliveryCounts } from "./kafka/Delivery.ts"
import type { KafkaSinkOptions } from "./kafka/KafkaSinkOptions.ts"
import { toSinkError } from "./kafka/Lanes.ts"
import { makeOwnership } from "./kafka/Ownership.ts"
import { makeWriter, maxBatch } from "./kafka/Writer.ts"

export interface KafkaSink extends Sink {
  readonly counts: () => Readonly<DeliveryCounts>
}

/** Tells this process from every other that writes for the same transactional id, before it and after. */
const ownerName = ({ process }: KafkaSinkOptions) =>
  Effect.map(
    Effect.all([Random.nextInt, Random.nextInt]),
    (numbers) => `${process ?? "millrace"} ${numbers.map((each) => Math.abs(each).toString(36)).join("")}`,
  )

/**
 * Kafka as a sink: idempotent, acknowledged by all in-sync replicas, in order per topic-partition. A topic-partition
 * belongs to one lane and a lane has one send in flight: that is what makes both drivers exact when answers are lost.
 * A record that is too large all by itself is set aside after three attempts, and its neighbours go on.
 *
 * With `transactional` there is one lane, its sends are transactions, and each carries the cursor after it as a record
 * of the topic `millrace.cursors`. That cursor counts: `recover` gives it to the one who reads the journal.
 */
export const makeKafkaSink = Effect.fn("KafkaSink.make")(function* (
  options: KafkaSinkOptions,
): Effect.fn.Return<KafkaSink, never, KafkaTransport> {
  const transport = yield* KafkaTransport
  const metrics = Option.map(yield* Effect.serviceOption(Metrics), (all) => all.sink(options.name))
  const replaced = Option.getOrUndefined(metrics)?.producerReplacements
  let replacements = 0
  const counts: DeliveryCounts = {
    sends: 0,
    commits: 0,
    possibleDuplicates: 0,
    get replacements() {
      return replacements
    },
    set replacements(next: number) {
      replaced?.add(next - replacements)
      replacements = next
    },
  }
  const ownership =
    options.transactional === true ? makeOwnership(options, yield* ownerName(options)) : undefined
  const connect: Effect.Effect<KafkaClient, SinkError, Scope.Scope> = Effect.suspend(() => {
    const { brokers, clientId, compression, requestTimeoutMillis, tls, sasl } = options
    return transport
      .connect({
        brokers,
        clientId,
        compression,
        requestTimeoutMillis,
        ...(tls === undefined ? {} : { tls }),
        ...(sasl === undefined ? {} : { sasl }),
      })
      .pipe(Effect.mapError(toSinkError(options.name)))
  })
  return {
    name: options.name,
    type: "kafka",
    maxBatch,
    open: Effect.flatMap(connect, (client) => makeWriter(options, client, counts, ownership)),
    counts: () => ({ ...counts }),
    ...(ownership === undefined
      ? {}
      : {
          recover: (cursor) =>
            Effect.scoped(Effect.flatMap(connect, (client) => ownership.takeOver(client, cursor))),
        }),
  }
})
