import { Cause, Clock, Deferred, Effect, Exit, Fiber, Latch, Option, type Scope } from "effect"
import { formatReceivedAt } from "../../src/domain/Encoder.ts"
import { type Envelope, payloadOf, recordSchemaVersion } from "../../src/domain/Envelope.ts"
import { type KafkaClient, type KafkaError, KafkaTransport } from "../../services/KafkaTransport.ts"
import { Metrics } from "../../services/Metrics.ts"
import {
  type RefusedRecord,
  type Sink,
  SinkError,
  type SinkWriter,
  type Undelivered,
} from "../../services/Sink.ts"
import type { Ticket } from "./kafka/Chunk.ts"
import { type DeliveryCounts, makeDelivery } from "./kafka/Delivery.ts"
import { Gathering } from "./kafka/Gathering.ts"
import {
  defaultCloseTimeoutMillis,
  defaultLanes,
  defaultMaxPendingBytes,
  defaultMaxRequestBytes,
  type KafkaSinkOptions,
} from "./kafka/KafkaSinkOptions.ts"
import { runLane } from "./kafka/Lane.ts"
import { type Route, Routes } from "./kafka/Routes.ts"
import { Topics } from "./kafka/Topics.ts"

const maxBatch = 2000
/** After a batch that was not full, the next is asked for so much later at most, so that there is more of it. */
const maxPaceMillis = 10
const schema = String(recordSchemaVersion)

export interface KafkaSink extends Sink {
  readonly counts: () => Readonly<DeliveryCounts>
}

/** A failure of the transport at opening, as the sink's. A refusal says itself what to do. */
const toSinkError = (sink: string) => (error: KafkaError) =>
  error.reason === "refused"
    ? new SinkError({ sink, reason: "refused", detail: error.detail })
    : new SinkError({
        sink,
        reason: "unavailable",
        detail: `${error.detail}; it is tried again: start the broker, or correct \`brokers\` of this sink`,
      })

const makeWriter = Effect.fnUntraced(function* (
  options: KafkaSinkOptions,
  client: KafkaClient,
  counts: DeliveryCounts,
): Effect.fn.Return<SinkWriter, SinkError, Scope.Scope> {
  const { name, lingerMillis, sendTimeoutMillis } = options
  const paceMillis = Math.min(maxPaceMillis, lingerMillis / 4)
  const maxPendingBytes = options.maxPendingBytes ?? defaultMaxPendingBytes
  const gatherings = Array.from(
    { length: options.lanes ?? defaultLanes },
    () => new Gathering(options.batchSize, options.maxRequestBytes ?? defaultMaxRequestBytes),
  )
  const routes = new Routes(options.topic, gatherings)
  const topics = new Topics(client, options)
  const broken = yield* Deferred.make<never, SinkError>()
  const room = Latch.makeUnsafe(true)
  let pendingBytes = 0

  const acknowledged = (bytes: number) => {
    pendingBytes -= bytes
    if (pendingBytes < maxPendingBytes) room.openUnsafe()
  }
  const breakWriter = (cause: Cause.Cause<SinkError>) => {
    const error = Option.getOrElse(
      Cause.findErrorOption(cause),
      () => new SinkError({ sink: name, reason: "unavailable", detail: `a defect: ${Cause.pretty(cause)}` }),
    )
    return Deferred.fail(broken, error)
  }
  const lanes = yield* Effect.forEach(
    gatherings,
    Effect.fnUntraced(function* (gathering) {
      const producer = yield* client.producer.pipe(Effect.mapError(toSinkError(name)))
      const delivery = makeDelivery({ sink: name, client, producer, sendTimeoutMillis, counts })
      yield* delivery.watch.pipe(
        Effect.onError((cause) => breakWriter(cause)),
        Effect.forkScoped,
      )
      const fiber = yield* runLane(gathering, delivery, lingerMillis, acknowledged).pipe(
        Effect.onError((cause) => breakWriter(cause)),
        Effect.exit,
        Effect.forkScoped,
      )
      return { delivery, fiber }
    }),
    { concurrency: "unbounded" },
  )
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      for (const gathering of gatherings) gathering.close()
      return Effect.forEach(lanes, ({ fiber }) => Fiber.await(fiber), { concurrency: "unbounded" }).pipe(
        Effect.timeoutOption(options.closeTimeoutMillis ?? defaultCloseTimeoutMillis),
        Effect.flatMap((finished) =>
          Option.isSome(finished)
            ? Effect.void
            : Effect.logWarning(`sink ${name}: closed with ${pendingBytes} bytes not acknowledged by Kafka`),
        ),
      )
    }),
  )

  /** Routes of streams seen for the first time need their topics. */
  const settleTopics = Effect.fnUntraced(function* (unsettled: ReadonlySet<Route>) {
    yield* topics.ensure([...new Set(Array.from(unsettled, ({ topic }) => topic))])
    for (const route of unsettled) routes.place(route, topics.partitionsOf(route.topic)!)
  })
  const unsettledOf = (envelopes: ReadonlyArray<Envelope>): ReadonlySet<Route> | undefined => {
    let unsettled: Set<Route> | undefined
    for (const envelope of envelopes) {
      const route = routes.of(envelope)
      if (route.place === undefined) (unsettled ??= new Set()).add(route)
    }
    return unsettled
  }

  const take = (envelopes: ReadonlyArray<Envelope>, ticket: Ticket, now: number) => {
    let text = ""
    let textOf = Number.NaN
    for (const envelope of envelopes) {
      const route = routes.of(envelope)
      if (envelope.receivedAt !== textOf) {
        textOf = envelope.receivedAt
        text = formatReceivedAt(textOf)
      }
      const headers = { id: route.idPrefix + envelope.key, receivedAt: text, source: envelope.source, schema }
      const bytes = route.overhead + 3 * envelope.key.length + envelope.end - envelope.start
      pendingBytes += bytes
      route.gathering!.add(
        route.place!,
        { key: route.key, value: payloadOf(envelope), headers },
        bytes,
        ticket,
        now,
      )
    }
    if (pendingBytes >= maxPendingBytes) room.closeUnsafe()
    for (const gathering of gatherings) gathering.signal()
  }

  const admit = Effect.fnUntraced(function* (envelopes: ReadonlyArray<Envelope>) {
    const failed = yield* Deferred.poll(broken)
    if (Option.isSome(failed)) return yield* failed.value
    const unsettled = unsettledOf(envelopes)
    if (unsettled !== undefined) yield* settleTopics(unsettled)
    if (!room.isOpen()) yield* Effect.raceFirst(room.await, Deferred.await(broken))
    const done = Deferred.makeUnsafe<void | Undelivered, SinkError>()
    const refused: Array<RefusedRecord> = []
    const settle = () =>
      Deferred.doneUnsafe(
        done,
        refused.length === 0 ? Exit.void : Exit.succeed({ deadLettered: refused, dropped: {} }),
      )
    const ticket = { remaining: envelopes.length, envelopes, refused, settle }
    if (envelopes.length === 0) settle()
    else take(envelopes, ticket, yield* Clock.currentTimeMillis)
    if (envelopes.length < maxBatch && paceMillis > 0) yield* Effect.sleep(paceMillis)
    return done
  })
  const write: SinkWriter["write"] = (envelopes) =>
    Effect.map(admit(envelopes), (done) => Effect.raceFirst(Deferred.await(done), Deferred.await(broken)))

  const trouble = () => {
    const obstacle = topics.trouble ?? lanes.map(({ delivery }) => delivery.trouble()).find(Boolean)
    return obstacle && `${obstacle}; look at the brokers: it goes on by itself once they answer`
  }
  return { write, trouble }
})

/**
 * Kafka as a sink: idempotent, acknowledged by all in-sync replicas, in order per topic-partition. A topic-partition
 * belongs to one lane and a lane has one send in flight: that is what makes both drivers exact when answers are lost.
 * A record that is too large all by itself is set aside after three attempts, and its neighbours go on.
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
    possibleDuplicates: 0,
    get replacements() {
      return replacements
    },
    set replacements(next: number) {
      replaced?.add(next - replacements)
      replacements = next
    },
  }
  const open = Effect.gen(function* () {
    const { brokers, clientId, compression, requestTimeoutMillis, tls, sasl } = options
    const client = yield* transport
      .connect({
        brokers,
        clientId,
        compression,
        requestTimeoutMillis,
        ...(tls === undefined ? {} : { tls }),
        ...(sasl === undefined ? {} : { sasl }),
      })
      .pipe(Effect.mapError(toSinkError(options.name)))
    return yield* makeWriter(options, client, counts)
  })
  return {
    name: options.name,
    type: "kafka",
    maxBatch,
    open,
    counts: () => ({ ...counts }),
  }
})
