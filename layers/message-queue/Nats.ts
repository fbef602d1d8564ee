import type { Consumer as NatsConsumer, ConsumerConfig, JetStreamManager, JsMsg } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/nats-core"
import { Duration, Effect, Layer } from "effect"
import {
  type Consumer,
  type ConsumerOptions,
  MessageQueue,
  MessageQueueError,
  type QueueMessage,
} from "../../services/MessageQueue.ts"

/** Loaded when the first consumer is wanted: nobody else pays for them. */
const client = Effect.promise(() =>
  Promise.all([import("@nats-io/transport-node"), import("@nats-io/jetstream")]),
)

const nanosPerSecond = 1e9

/** How long one answer of the server may take. */
const answerMillis = 3000

const streamUnknown = 10059

const codeOf = (cause: unknown): number | undefined =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "number"
    ? cause.code
    : undefined

/** Names of the client's errors that a person has to mend: rights, a stream or an account without JetStream. */
const forPeople =
  /^(JetStream(Api|NotEnabled)|StreamNotFound|ConsumerNotFound|Authorization|UserAuthentication|PermissionViolation|InvalidName)/

const errorOf = (cause: unknown): MessageQueueError => {
  const name = cause instanceof Error ? cause.constructor.name : ""
  const message = cause instanceof Error ? cause.message : String(cause)
  const said = codeOf(cause) === streamUnknown ? "stream not found" : message === "" ? name : message
  const reason =
    name === "ClosedConnectionError" || name === "DrainingConnectionError"
      ? "closed"
      : forPeople.test(name)
        ? "refused"
        : "unreachable"
  return new MessageQueueError({ reason, detail: said })
}

const attempt = <A>(run: () => Promise<A> | A): Effect.Effect<A, MessageQueueError> =>
  Effect.tryPromise({ try: async () => run(), catch: errorOf })

/** Servers and, where the URL has them, who asks. */
const addressOf = (url: string) => {
  const urls = url.split(",").map((each) => new URL(each.trim()))
  const [{ password, username } = { password: "", username: "" }] = urls
  const servers = urls.map(({ host, protocol }) => `${protocol}//${host}`)
  if (username === "") return { servers }
  const name = decodeURIComponent(username)
  return password === ""
    ? { servers, token: name }
    : { servers, user: name, pass: decodeURIComponent(password) }
}

const messageOf = (message: JsMsg): QueueMessage => ({
  subject: message.subject,
  data: message.data,
  deliveries: message.info.deliveryCount,
  ack: attempt(() => message.ack()),
  nak: (delay) => attempt(() => message.nak(Duration.toMillis(delay))),
  terminate: attempt(() => message.term()),
  working: attempt(() => message.working()),
})

const configOf = (options: ConsumerOptions): Partial<ConsumerConfig> => ({
  ack_wait: options.ackWaitSeconds * nanosPerSecond,
  max_deliver: options.maxDeliver,
  ...(options.subject === "" ? {} : { filter_subject: options.subject }),
})

/** The durable consumer as it is wanted: made where it is absent, brought up to date where it is not. */
const ensure = Effect.fnUntraced(function* (manager: JetStreamManager, options: ConsumerOptions) {
  const { consumerName: name, stream } = options
  const [, { AckPolicy, DeliverPolicy, ReplayPolicy }] = yield* client
  const known = yield* attempt(() => manager.consumers.info(stream, name)).pipe(
    Effect.map(({ config }) => config as ConsumerConfig | undefined),
    Effect.catch((error) =>
      error.detail.includes("consumer not found") ? Effect.succeed(undefined) : Effect.fail(error),
    ),
  )
  const wanted = configOf(options)
  if (known === undefined) {
    return yield* attempt(() =>
      manager.consumers.add(stream, {
        name,
        durable_name: name,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.New,
        replay_policy: ReplayPolicy.Instant,
        ...wanted,
      }),
    )
  }
  const same =
    known.ack_wait === wanted.ack_wait &&
    known.max_deliver === wanted.max_deliver &&
    known.filter_subject === wanted.filter_subject
  return same ? known : yield* attempt(() => manager.consumers.update(stream, name, wanted))
})

/** One pull: waits for so many, at most so long. */
const pull = (consumer: NatsConsumer, messages: number, millis: number) =>
  attempt(async () => {
    const taken: Array<JsMsg> = []
    const iterator = await consumer.fetch({ max_messages: messages, expires: millis })
    for await (const message of iterator) taken.push(message)
    return taken
  })

const consume = Effect.fnUntraced(function* (options: ConsumerOptions) {
  const [{ connect }, { jetstream, jetstreamManager }] = yield* client
  const connection: NatsConnection = yield* Effect.acquireRelease(
    attempt(() =>
      connect({
        ...addressOf(options.url),
        name: `millrace ${options.consumerName}`,
        timeout: answerMillis,
        // For ever; whoever waits for messages is told meanwhile.
        maxReconnectAttempts: -1,
        reconnectTimeWait: 500,
        reconnectJitter: 500,
        ignoreAuthErrorAbort: true,
      }),
    ),
    (opened) =>
      Effect.timeoutOption(
        Effect.ignore(attempt(() => opened.drain()).pipe(Effect.andThen(attempt(() => opened.close())))),
        "2 seconds",
      ),
  )
  const manager = yield* attempt(() => jetstreamManager(connection, { timeout: answerMillis }))
  yield* ensure(manager, options)
  const consumer = yield* attempt(() =>
    jetstream(connection, { timeout: answerMillis }).consumers.get(options.stream, options.consumerName),
  )
  const waitMillis = Math.max(1000, options.fetchMaxWaitSeconds * 1000)

  /** Nothing came: because there is nothing, or because nobody is there, or no consumer any more? */
  const there = attempt(() => manager.consumers.info(options.stream, options.consumerName))

  const next = Effect.gen(function* () {
    const [first] = yield* pull(consumer, 1, waitMillis)
    if (first === undefined) {
      yield* there
      return []
    }
    // Those that are there already, and no more: a message that waits here for its turn would come again meanwhile.
    const more = Math.min(options.batchSize - 1, first.info.pending)
    const rest = more === 0 ? [] : yield* Effect.orElseSucceed(pull(consumer, more, 1000), () => [])
    return [first, ...rest].map(messageOf)
  })
  const fetch = next.pipe(
    // A consumer that was deleted does not come back by itself, and what is said of it says so.
    Effect.catch((error) =>
      error.reason === "unreachable" ? Effect.andThen(there, Effect.fail(error)) : Effect.fail(error),
    ),
  )
  const opened: Consumer = { fetch }
  return opened
})

/** NATS JetStream. The connection mends itself for as long as the scope is open; its consumer outlives it. */
export const layer: Layer.Layer<MessageQueue> = Layer.succeed(MessageQueue, MessageQueue.of({ consume }))
