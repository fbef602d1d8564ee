import { Clock, Duration, Effect } from "effect"
import { DeadLetters } from "../../../services/DeadLetters.ts"
import { catalog } from "../../../services/MetricCatalog.ts"
import { Metrics } from "../../../services/Metrics.ts"
import {
  type Consumer,
  MessageQueue,
  type MessageQueueError,
  type QueueMessage,
} from "../../../services/MessageQueue.ts"
import type { Self } from "../../runtime/Actor.ts"
import * as Backoff from "../../runtime/Backoff.ts"
import * as RateLimitedLog from "../../runtime/RateLimitedLog.ts"
import type { Dispatch, Draft } from "../Dispatch.ts"
import { messageOf } from "./Message.ts"
import { finishing, type Trigger, TriggerError } from "./Trigger.ts"
import type { NatsSettings } from "./TriggerSettings.ts"

/** At start the consumer has to be there within this. */
const startLimit = "5 seconds"

const longestDelay = 30_000

/** 1 s after the first delivery, doubling to 30 s. */
export const delayAfter = (deliveries: number): Duration.Duration =>
  Duration.millis(Math.min(longestDelay, 1000 * 2 ** Math.max(0, deliveries - 1)))

/** How often the queue is told that a message is still being worked on, in parts of its wait for an acknowledgement. */
const reminders = 3

/** What the parts of this trigger share. */
interface Context {
  readonly settings: NatsSettings
  readonly dispatch: Dispatch
  readonly letters: DeadLetters["Service"]
  readonly count: (outcome: "acked" | "again" | "dead") => Effect.Effect<void>
  readonly limited: RateLimitedLog.RateLimitedLog
}

const draftOf = (name: string, { data, subject }: QueueMessage): Draft => ({
  type: "nats",
  name,
  ...messageOf(data),
  metadata: { subject },
})

/** It was delivered as often as it may be: kept for a person, then taken out of the queue. */
const bury = Effect.fnUntraced(function* (context: Context, message: QueueMessage, why: string) {
  const { letters, limited, settings } = context
  const { deliveries, subject } = message
  const receivedAt = yield* Clock.currentTimeMillis
  const kept = yield* letters
    .put([
      {
        stage: "trigger",
        venue: settings.name,
        connection: subject,
        reason: "max_deliver",
        detail: why,
        attempts: deliveries,
        receivedAt,
        bytes: message.data,
      },
    ])
    .pipe(
      Effect.as(true),
      Effect.catch((error) =>
        Effect.as(
          Effect.logError(
            `a message of ${subject} is given up after ${deliveries} deliveries and could not be kept: ${error.message}; its ${message.data.length} bytes: ${Buffer.from(message.data).toString("utf8").slice(0, 1000)}`,
          ),
          false,
        ),
      ),
    )
  yield* message.terminate
  yield* context.count("dead")
  if (kept)
    yield* limited.log("Error", `dead ${settings.name}`, () => [
      `a message of ${subject} is given up after ${deliveries} deliveries and kept as a dead letter: ${why}`,
    ])
})

/** One message: to the plugin, and then acknowledged, given back, or given up. What the queue does not hear it sends again. */
const settle = (context: Context, message: QueueMessage): Effect.Effect<void> =>
  context.dispatch(draftOf(context.settings.name, message)).pipe(
    Effect.matchEffect({
      onSuccess: () => Effect.andThen(message.ack, context.count("acked")),
      onFailure: (error) =>
        message.deliveries >= context.settings.options.maxDeliver
          ? bury(context, message, error.message)
          : Effect.andThen(message.nak(delayAfter(message.deliveries)), context.count("again")),
    }),
    Effect.catchTag("MessageQueueError", (error) =>
      context.limited.log("Warn", `lost word ${context.settings.name}`, () => [
        `the queue could not be told what became of a message of ${message.subject}, and will send it again: ${error.message}`,
      ]),
    ),
  )

/** Message after message. While one is worked on, the queue is told that the others are not forgotten. */
const settleAll = (context: Context, batch: ReadonlyArray<QueueMessage>) => {
  const open = new Set(batch)
  const every = Duration.seconds(context.settings.options.ackWaitSeconds / reminders)
  const remind = Effect.forEach([...open], ({ working }) => Effect.ignore(working), { discard: true })
  const keepAlive = Effect.forever(
    Effect.andThen(
      Effect.sleep(every),
      Effect.suspend(() => remind),
    ),
  )
  const all = Effect.forEach(
    batch,
    (message) =>
      finishing(Effect.tap(settle(context, message), () => Effect.sync(() => open.delete(message)))),
    { discard: true },
  )
  const giveBack = Effect.suspend(() =>
    Effect.forEach([...open], ({ nak }) => Effect.ignore(nak(Duration.zero)), { discard: true }),
  )
  return Effect.raceFirst(all, keepAlive).pipe(Effect.onInterrupt(() => giveBack))
}

/** Fires for each message of a durable consumer of NATS JetStream. */
export const nats = (
  settings: NatsSettings,
  dispatch: Dispatch,
): Trigger<MessageQueue | DeadLetters | Metrics> => {
  const limited = RateLimitedLog.make()
  const where = `${settings.options.stream} at ${settings.options.url.replace(/\/\/[^/@]*@/, "//")}`

  const check = Effect.gen(function* () {
    const queue = yield* MessageQueue
    const consumed = queue.consume(settings.options).pipe(
      Effect.retry({
        while: ({ reason }) => reason === "unreachable",
        schedule: Backoff.reconnect({ first: "200 millis", max: "1 second" }),
      }),
    )
    yield* Effect.scoped(consumed).pipe(
      Effect.catch((error: MessageQueueError) =>
        Effect.fail(
          new TriggerError({
            trigger: settings.name,
            detail: `no NATS consumer of ${where}: ${error.detail}`,
          }),
        ),
      ),
      Effect.timeoutOrElse({
        duration: startLimit,
        orElse: () =>
          Effect.fail(
            new TriggerError({
              trigger: settings.name,
              detail: `no NATS consumer of ${where} in ${startLimit}: the server does not answer`,
            }),
          ),
      }),
    )
  })

  const run = Effect.fnUntraced(function* (self: Self) {
    const queue = yield* MessageQueue
    const letters = yield* DeadLetters
    const { series } = yield* Metrics
    const context: Context = {
      settings,
      dispatch,
      letters,
      limited,
      count: (outcome) =>
        Effect.sync(() => {
          series.counter(catalog.triggerMessages, { trigger: settings.name, outcome }).add(1)
          if (outcome === "dead")
            series.counter(catalog.deadLetters, { stage: "trigger", reason: "max_deliver" }).add(1)
        }),
    }
    const away = (error: MessageQueueError) =>
      Effect.andThen(
        self.degraded(error.message),
        limited.log("Warn", `away ${error.reason}`, () => [
          `${where}: ${error.message}; trying again until it is there`,
        ]),
      )
    const read = (consumer: Consumer) =>
      Effect.forever(
        Effect.flatMap(consumer.fetch, (batch) =>
          Effect.andThen(self.ready, batch.length === 0 ? Effect.void : settleAll(context, batch)),
        ).pipe(
          // The connection mends itself.
          Effect.tapError(away),
          Effect.retry({
            while: ({ reason }) => reason === "unreachable",
            schedule: Backoff.reconnect({ first: "500 millis", max: "30 seconds" }),
          }),
        ),
      )
    const session = Effect.scoped(
      Effect.gen(function* () {
        const consumer = yield* queue.consume(settings.options)
        yield* self.ready
        return yield* read(consumer)
      }),
    )
    return yield* session.pipe(
      Effect.tapError(away),
      Effect.retry(Backoff.reconnect({ first: "1 second", max: "30 seconds" })),
    )
  })

  return { name: settings.name, check, run }
}
