import { Context, type Duration, type Effect, Schema, type Scope } from "effect"

/** The queue cannot be had, or not be read, now. `refused`: a person must look (no such stream, no rights). */
export class MessageQueueError extends Schema.TaggedError<MessageQueueError>()("MessageQueueError", {
  reason: Schema.Literals(["unreachable", "refused", "closed"]),
  detail: Schema.String,
}) {
  override get message(): string {
    return `queue ${this.reason}: ${this.detail}`
  }
}

export interface QueueMessage {
  readonly subject: string
  readonly data: Uint8Array
  /** Deliveries so far, this one included. */
  readonly deliveries: number
  readonly ack: Effect.Effect<void, MessageQueueError>
  /** Deliver it again, not before this delay. */
  readonly nak: (delay: Duration.Duration) => Effect.Effect<void, MessageQueueError>
  /** Never deliver it again. */
  readonly terminate: Effect.Effect<void, MessageQueueError>
  /** More time is needed: the wait for an acknowledgement begins anew. */
  readonly working: Effect.Effect<void, MessageQueueError>
}

/** A durable pull consumer with explicit acknowledgement. Keys as in the triggers' settings. */
export interface ConsumerOptions {
  readonly url: string
  readonly stream: string
  readonly subject: string
  readonly consumerName: string
  readonly batchSize: number
  readonly ackWaitSeconds: number
  readonly maxDeliver: number
  readonly fetchMaxWaitSeconds: number
}

export interface Consumer {
  /** Up to `batchSize` messages; empty when none came within the wait. */
  readonly fetch: Effect.Effect<ReadonlyArray<QueueMessage>, MessageQueueError>
}

/** Durable queues of messages. */
export class MessageQueue extends Context.Service<
  MessageQueue,
  {
    /** Connects, and makes the consumer where it is absent (it then begins with what is new). */
    readonly consume: (options: ConsumerOptions) => Effect.Effect<Consumer, MessageQueueError, Scope.Scope>
  }
>()("millrace/services/MessageQueue") {}
