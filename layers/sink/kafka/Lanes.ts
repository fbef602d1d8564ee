import { Effect, type Scope } from "effect"
import type { KafkaClient, KafkaError } from "../../../services/KafkaTransport.ts"
import { SinkError } from "../../../services/Sink.ts"
import { type DeliveryCounts, makeDelivery } from "./Delivery.ts"
import type { Gathering } from "./Gathering.ts"
import type { KafkaSinkOptions } from "./KafkaSinkOptions.ts"
import { runLane, runTransactions } from "./Lane.ts"
import type { Ownership } from "./Ownership.ts"
import { makeTransactor } from "./Transactor.ts"

/** A failure of the transport at opening, as the sink's. A refusal says itself what to do. */
export const toSinkError = (sink: string) => (error: KafkaError) =>
  error.reason === "refused"
    ? new SinkError({ sink, reason: "refused", detail: error.detail })
    : new SinkError({
        sink,
        reason: "unavailable",
        detail: `${error.detail}; it is tried again: start the broker, or correct \`brokers\` of this sink`,
      })

export interface LaneOpening {
  readonly options: KafkaSinkOptions
  readonly client: KafkaClient
  readonly counts: DeliveryCounts
  readonly acknowledged: (bytes: number) => void
}

/** What empties one gathering. */
export interface RunningLane {
  readonly run: Effect.Effect<void, SinkError>
  /** Runs for ever beside it. */
  readonly watch: Effect.Effect<never>
  /** Why nothing gets through at the moment. */
  readonly trouble: () => string | undefined
}

/** A lane with an idempotent producer of its own. */
export const openDelivery = Effect.fnUntraced(function* (
  { options, client, counts, acknowledged }: LaneOpening,
  gathering: Gathering,
): Effect.fn.Return<RunningLane, SinkError, Scope.Scope> {
  const { name: sink, lingerMillis, sendTimeoutMillis } = options
  const producer = yield* client.producer.pipe(Effect.mapError(toSinkError(sink)))
  const delivery = makeDelivery({ sink, client, producer, sendTimeoutMillis, counts })
  return {
    run: runLane(gathering, delivery, lingerMillis, acknowledged),
    watch: delivery.watch,
    trouble: delivery.trouble,
  }
})

/** The lane of a transactional sink. `taken` tells the position after everything that has gathered. */
export const openTransactions = Effect.fnUntraced(function* (
  { options, client, counts, acknowledged }: LaneOpening,
  gathering: Gathering,
  ownership: Ownership,
  taken: () => number,
): Effect.fn.Return<RunningLane, SinkError, Scope.Scope> {
  const { name: sink, lingerMillis, sendTimeoutMillis } = options
  const owned = yield* ownership.open(client)
  const { confirm } = ownership
  const transactor = makeTransactor({ sink, owned, confirm, sendTimeoutMillis, counts })
  return {
    run: runTransactions(gathering, transactor, lingerMillis, taken, acknowledged),
    watch: Effect.never,
    trouble: transactor.trouble,
  }
})
