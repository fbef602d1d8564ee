import { Cause, Deferred, Effect, Exit, Fiber, Latch, Option, type Scope } from "effect"
import { monotonicMillis } from "../../../src/runtime/Monotonic.ts"
import { formatReceivedAt } from "../../../src/domain/Encoder.ts"
import { type Envelope, payloadOf, recordSchemaVersion } from "../../../src/domain/Envelope.ts"
import type { KafkaClient } from "../../../services/KafkaTransport.ts"
import { type RefusedRecord, SinkError, type SinkWriter, type Undelivered } from "../../../services/Sink.ts"
import type { Ticket } from "./Chunk.ts"
import type { DeliveryCounts } from "./Delivery.ts"
import { Gathering } from "./Gathering.ts"
import {
  defaultCloseTimeoutMillis,
  defaultLanes,
  defaultMaxPendingBytes,
  defaultMaxRequestBytes,
  type KafkaSinkOptions,
} from "./KafkaSinkOptions.ts"
import { openDelivery, openTransactions, type RunningLane } from "./Lanes.ts"
import type { Ownership } from "./Ownership.ts"
import { type Route, Routes } from "./Routes.ts"
import { Topics } from "./Topics.ts"

/** Envelopes in one `write` at most. */
export const maxBatch = 2000
/** After a batch that was not full, the next is asked for so much later at most, so that there is more of it. */
const maxPaceMillis = 10
const schema = String(recordSchemaVersion)

/** An open sink: takes envelopes, deals them to lanes, and says when each batch is delivered. */
export const makeWriter = Effect.fnUntraced(function* (
  options: KafkaSinkOptions,
  client: KafkaClient,
  counts: DeliveryCounts,
  ownership: Ownership | undefined,
): Effect.fn.Return<SinkWriter, SinkError, Scope.Scope> {
  const { name, lingerMillis } = options
  const paceMillis = Math.min(maxPaceMillis, lingerMillis / 4)
  const maxPendingBytes = options.maxPendingBytes ?? defaultMaxPendingBytes
  const gatherings = Array.from(
    // A transactional id has one transaction at a time.
    { length: ownership === undefined ? (options.lanes ?? defaultLanes) : 1 },
    () => new Gathering(options.batchSize, options.maxRequestBytes ?? defaultMaxRequestBytes),
  )
  const routes = new Routes(options.topic, gatherings)
  const topics = new Topics(client, options)
  const broken = yield* Deferred.make<never, SinkError>()
  const room = Latch.makeUnsafe(true)
  let pendingBytes = 0
  let taken = 0

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
  const opening = { options, client, counts, acknowledged }
  const lanes = yield* Effect.forEach(
    gatherings,
    Effect.fnUntraced(function* (gathering) {
      const lane: RunningLane =
        ownership === undefined
          ? yield* openDelivery(opening, gathering)
          : yield* openTransactions(opening, gathering, ownership, () => taken)
      yield* lane.watch.pipe(
        Effect.onError((cause) => breakWriter(cause)),
        Effect.forkScoped,
      )
      const fiber = yield* lane.run.pipe(
        Effect.onError((cause) => breakWriter(cause)),
        Effect.exit,
        Effect.forkScoped,
      )
      return { trouble: lane.trouble, fiber }
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
    routes.trim()
    for (const envelope of envelopes) {
      const route = routes.of(envelope)
      if (route.place === undefined) (unsettled ??= new Set()).add(route)
    }
    return unsettled
  }

  const take = (envelopes: ReadonlyArray<Envelope>, ticket: Ticket, now: number, next: number) => {
    let text = ""
    let textOf = Number.NaN
    for (const envelope of envelopes) {
      const route = routes.of(envelope)
      if (envelope.receivedAt !== textOf) {
        textOf = envelope.receivedAt
        text = formatReceivedAt(textOf)
      }
      const id = route.idPrefix + envelope.key
      const { source } = envelope
      const { task } = route
      const headers =
        task === undefined
          ? { id, receivedAt: text, source, schema }
          : { id, receivedAt: text, source, schema, task }
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
    taken = next
    if (pendingBytes >= maxPendingBytes) room.closeUnsafe()
    for (const gathering of gatherings) gathering.signal()
  }

  const admit = Effect.fnUntraced(function* (...[envelopes, next, keep]: Parameters<SinkWriter["write"]>) {
    const failed = yield* Deferred.poll(broken)
    if (Option.isSome(failed)) return yield* failed.value
    const unsettled = unsettledOf(envelopes)
    if (unsettled !== undefined) yield* settleTopics(unsettled)
    if (!room.isOpen()) yield* Effect.raceFirst(room.await, Deferred.await(broken))
    const done = Deferred.makeUnsafe<void | Undelivered, SinkError>()
    const refused: Array<RefusedRecord> = []
    const settle = () => {
      const kept = ticket.kept === refused.length && keep !== undefined ? { kept: true as const } : {}
      const undelivered = { deadLettered: refused, dropped: {}, ...kept }
      return Deferred.doneUnsafe(done, refused.length === 0 ? Exit.void : Exit.succeed(undelivered))
    }
    const ticket: Ticket = {
      remaining: envelopes.length,
      envelopes,
      refused,
      settle,
      keep: keep ?? (() => Effect.void),
      kept: 0,
    }
    if (envelopes.length === 0) settle()
    else take(envelopes, ticket, yield* monotonicMillis, next)
    if (envelopes.length < maxBatch && paceMillis > 0) yield* Effect.sleep(paceMillis)
    return done
  })
  const write: SinkWriter["write"] = (...batch) =>
    Effect.map(admit(...batch), (done) => Effect.raceFirst(Deferred.await(done), Deferred.await(broken)))

  const trouble = () => {
    const obstacle = topics.trouble ?? lanes.map((lane) => lane.trouble()).find(Boolean)
    return obstacle && `${obstacle}; look at the brokers: it goes on by itself once they answer`
  }
  return { write, trouble }
})
