import { Context, type Effect, Schema, type Scope } from "effect"
import type { KafkaCompression } from "./SinkConfig.ts"

/**
 * What Kafka, or the way to it, objected to. Each reason says what may be done next:
 *
 * - `unavailable` passes by itself. The same send may be repeated, and that leaves no duplicates.
 * - `identity_lost`: the brokers no longer know where this producer was. `renew` it and repeat the send; what had
 *   been on the way may then be there twice.
 * - `too_large`: the broker takes no batch of this size. `renew` it; smaller ones may pass.
 * - `unknown_topic`: the topic is not there, or not yet.
 * - `refused` needs a person: rights, passwords, settings.
 */
export class KafkaError extends Schema.TaggedError<KafkaError>()("KafkaError", {
  reason: Schema.Literals(["unavailable", "identity_lost", "too_large", "unknown_topic", "refused"]),
  /** What happened, where, and what to do about it. */
  detail: Schema.String,
}) {
  override get message(): string {
    return this.detail
  }
}

export interface KafkaTls {
  /** PEM texts. */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly rejectUnauthorized: boolean
}

export interface KafkaSasl {
  readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512"
  readonly username: string
  readonly password: string
}

export interface KafkaConnectOptions {
  /** `host:port`, one or more; the rest of the cluster is learnt from them. */
  readonly brokers: ReadonlyArray<string>
  readonly clientId: string
  readonly compression: KafkaCompression
  /** How long one request may take. */
  readonly requestTimeoutMillis: number
  readonly tls?: KafkaTls
  readonly sasl?: KafkaSasl
}

export interface KafkaRecord {
  readonly key: Buffer
  readonly value: Buffer
  readonly headers: Readonly<Record<string, string>>
}

/** Records for one topic-partition, in order. It goes to the broker as one unit and keeps its place when it is sent again: give the same object. */
export interface KafkaBatch {
  readonly topic: string
  readonly partition: number
  readonly records: ReadonlyArray<KafkaRecord>
  /** Sent as it is whatever `compression` says, so that any client reads it back. */
  readonly plain?: true
}

export interface KafkaProducer {
  /**
   * Sends all batches, one or more topic-partitions each, and completes when all in-sync replicas have every record.
   * Idempotent: after `unavailable` the same batches may be sent again and stand in the log once. One send at a time,
   * one batch per topic-partition in it, and a topic-partition belongs to one producer. A send that was interrupted
   * goes on out of sight: `renew` before the next.
   */
  readonly send: (batches: ReadonlyArray<KafkaBatch>) => Effect.Effect<void, KafkaError>
  /**
   * Throws away the connections and all that waits on them, and makes new ones: the cure for a client that is stuck.
   * `exact`: what was on the way may be sent again and will not stand there twice. `unknown`: it may.
   */
  readonly renew: Effect.Effect<"exact" | "unknown", KafkaError>
  /** Why the send that is under way has not succeeded so far, when the driver repeats it by itself. */
  readonly obstacle: () => string | undefined
}

/**
 * A producer whose records a read-committed consumer sees when their transaction is committed, all of them or none.
 * After any failure nothing may be said about the transaction under way until it is renewed.
 */
export interface KafkaTransactions {
  /** As `KafkaProducer.send`, in the transaction under way; the first one begins it. */
  readonly send: (batches: ReadonlyArray<KafkaBatch>) => Effect.Effect<void, KafkaError>
  /** Ends the transaction under way. When this fails, it may be committed nevertheless. */
  readonly commit: Effect.Effect<void, KafkaError>
  /**
   * Begins anew: turns away every other producer of this transactional id, and completes when what any of them had
   * under way is settled, committed or aborted. Which of the two, only reading can tell.
   */
  readonly renew: Effect.Effect<void, KafkaError>
  /** Why what is under way has not succeeded so far, when the driver repeats it by itself. */
  readonly obstacle: () => string | undefined
}

/** A record as it stands in the log, committed or not, or the marker that ends a producer's transaction. */
export interface LoggedRecord {
  readonly offset: number
  readonly key: Buffer | undefined
  readonly value: Buffer | undefined
  /** Only with its producer's next marker is it decided whether it counts. */
  readonly transactional: boolean
  readonly producerId: string
  /** No record then. */
  readonly marker?: "commit" | "abort"
}

/** Reads topic-partitions without being a member of any group. */
export interface KafkaReader {
  /** The first offset that is there, and the one after the last. */
  readonly bounds: (
    topic: string,
    partition: number,
  ) => Effect.Effect<{ readonly first: number; readonly end: number }, KafkaError>
  /**
   * Some of what stands from an offset on, in order, and where to go on; `next` stays at `from` at the end. What
   * counts of it the reader has to tell by the markers: the clients' own filters do not (one drops committed records
   * between an aborted transaction and a later abort that had written nothing here).
   */
  readonly read: (
    topic: string,
    partition: number,
    from: number,
  ) => Effect.Effect<{ readonly records: ReadonlyArray<LoggedRecord>; readonly next: number }, KafkaError>
}

export interface TopicOptions {
  readonly partitions?: number
  readonly replicationFactor?: number
  /** The topic's settings: `cleanup.policy`, … */
  readonly settings?: Readonly<Record<string, string>>
}

export interface KafkaClient {
  /** How many partitions each of these topics has. Those that do not exist are left out. */
  readonly partitions: (
    topics: ReadonlyArray<string>,
  ) => Effect.Effect<ReadonlyMap<string, number>, KafkaError>
  /** Makes topics; one that exists already is no error. The broker's defaults hold where a number is absent. */
  readonly createTopics: (
    topics: ReadonlyArray<string>,
    options: TopicOptions,
  ) => Effect.Effect<void, KafkaError>
  /** Whether a broker answers a new connection. */
  readonly ping: Effect.Effect<void, KafkaError>
  /** A producer with connections and an identity of its own. */
  readonly producer: Effect.Effect<KafkaProducer, KafkaError, Scope.Scope>
  /** A producer of transactions. It begins as `renew` says. The brokers abort a transaction that is open for longer than `timeoutMillis`. */
  readonly transactions: (
    transactionalId: string,
    timeoutMillis: number,
  ) => Effect.Effect<KafkaTransactions, KafkaError, Scope.Scope>
  readonly reader: Effect.Effect<KafkaReader, KafkaError, Scope.Scope>
  /** A setting of a topic that is there; fails with `refused` when this client may not look. */
  readonly topicSetting: (topic: string, name: string) => Effect.Effect<string | undefined, KafkaError>
}

/** A Kafka client library, behind what Millrace needs of one. */
export class KafkaTransport extends Context.Service<
  KafkaTransport,
  {
    readonly driver: "kafkajs" | "platformatic"
    /** Fails with `unavailable` when no broker answers, with `refused` when they turn this client away. */
    readonly connect: (options: KafkaConnectOptions) => Effect.Effect<KafkaClient, KafkaError, Scope.Scope>
  }
>()("millrace/services/KafkaTransport") {}
