import { Duration, Effect, Option, Schema } from "effect"
import { monotonicMillis } from "../../../src/runtime/Monotonic.ts"
import { reconnect } from "../../../src/runtime/Backoff.ts"
import {
  type KafkaBatch,
  type KafkaClient,
  KafkaError,
  type KafkaReader,
  type LoggedRecord,
} from "../../../services/KafkaTransport.ts"
import { SinkError } from "../../../services/Sink.ts"
import type { KafkaSinkOptions } from "./KafkaSinkOptions.ts"
import { LatestCommitted } from "./LatestCommitted.ts"
import { partitionOf } from "./Murmur2.ts"
import { Topics } from "./Topics.ts"

/** Where the cursors of transactional sinks travel. */
export const cursorsTopic = "millrace.cursors"

/** Small segments, so that compaction, which leaves the newest alone, keeps the topic small. */
const settings = { "cleanup.policy": "compact", "segment.bytes": String(16 * 1024 * 1024) }

/** The latest cursor stands near the end. It is looked for in so many offsets, then in more and more before them. */
const firstWindow = 2_000
const windowGrowth = 8

/** How long a transaction with the cursor may stay open at most. Whoever begins anew has ended his own before he reads. */
const maxHoldMillis = 30_000

/** A sink's cursor as it stands in Kafka. */
export interface StoredCursor {
  /** The journal that its position belongs to. */
  readonly journal: string
  /** Everything before it is in Kafka, committed. */
  readonly position: number
  /** The process that wrote it. */
  readonly owner: string
}

const Stored = Schema.fromJsonString(
  Schema.Struct({
    version: Schema.Literal(1),
    journal: Schema.String,
    position: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
    owner: Schema.String,
  }),
)
const decode = Schema.decodeUnknownOption(Stored)

export interface Cursors {
  /** Makes sure that the topic is there, and compacted. */
  readonly ensure: Effect.Effect<void, SinkError>
  /** The latest committed cursor. To be asked when nothing of this transactional id is under way. */
  readonly read: Effect.Effect<StoredCursor | undefined, KafkaError>
  /** What a transaction carries. Only once `read` has succeeded. */
  readonly batch: (cursor: StoredCursor) => KafkaBatch
}

/** The cursor of one transactional id. */
export const makeCursors = (client: KafkaClient, id: string, options: KafkaSinkOptions): Cursors => {
  const key = Buffer.from(id)
  const where = options.brokers.join(", ")
  let partition = 0

  const ensure = Effect.gen(function* () {
    yield* new Topics(client, { ...options, partitions: 1, settings }).ensure([cursorsTopic])
    const policy = yield* client.topicSetting(cursorsTopic, "cleanup.policy").pipe(
      // Who may not look at settings may still write.
      Effect.catchIf(
        (error) => error.reason === "refused",
        () => Effect.succeed(undefined),
      ),
      Effect.mapError(({ detail }) => new SinkError({ sink: options.name, reason: "unavailable", detail })),
    )
    if (policy === undefined || policy.split(",").includes("compact")) return
    return yield* new SinkError({
      sink: options.name,
      reason: "refused",
      detail: `topic ${cursorsTopic} of Kafka at ${where} has cleanup.policy=${policy} and would forget this sink's cursor: kafka-configs.sh --alter --entity-type topics --entity-name ${cursorsTopic} --add-config cleanup.policy=compact`,
    })
  })

  const holdMillis = Math.min(maxHoldMillis, options.sendTimeoutMillis / 2)

  /** The latest cursor of this id from an offset on, once it is decided, or has stayed undecided for too long. */
  const scan = Effect.fnUntraced(function* (
    reader: KafkaReader,
    place: number,
    from: number,
    end: number,
  ): Effect.fn.Return<LatestCommitted, KafkaError> {
    const latest = new LatestCommitted(key)
    const until = (yield* monotonicMillis) + holdMillis
    let pause = 5
    for (let at = from; at < end || latest.undecided !== undefined;) {
      const { records, next } = yield* reader.read(cursorsTopic, place, at)
      latest.add(records)
      if (next > at) {
        at = next
        continue
      }
      if ((yield* monotonicMillis) > until) {
        if (at >= end) break
        // What it has not given may be the cursor: to go on without it would send again what is there.
        return yield* new KafkaError({
          reason: "unavailable",
          detail: `Kafka at ${where} has not given offset ${at} of topic ${cursorsTopic}, partition ${place}, which ends at ${end}, in ${holdMillis / 1000} s`,
        })
      }
      yield* Effect.sleep(pause)
      pause = Math.min(2 * pause, 200)
    }
    return latest
  })

  const latestIn = Effect.fnUntraced(function* (reader: KafkaReader, place: number) {
    const { first, end } = yield* reader.bounds(cursorsTopic, place)
    // A record and the marker that decides it may stand in different windows: each is read to the end.
    for (let window = firstWindow; ; window *= windowGrowth) {
      const from = Math.max(first, end - window)
      const latest = yield* scan(reader, place, from, end)
      if (latest.found || latest.undecided !== undefined || from === first) return latest
    }
  })

  /** Where it stands, if anywhere, and in which partition. */
  const find = Effect.gen(function* () {
    const count = (yield* client.partitions([cursorsTopic])).get(cursorsTopic)
    if (count === undefined) {
      return yield* new KafkaError({
        reason: "unknown_topic",
        detail: `Kafka at ${where} has no topic ${cursorsTopic} any more: it was removed`,
      })
    }
    partition = partitionOf(key, count)
    // Were partitions added, it may still stand where it used to belong.
    const others = Array.from({ length: count }, (_, place) => place).filter((place) => place !== partition)
    const reader = yield* client.reader
    for (const place of [partition, ...others]) {
      const latest = yield* latestIn(reader, place)
      if (latest.value !== undefined || latest.undecided !== undefined) return { latest, place }
    }
    return undefined
  }).pipe(
    Effect.scoped,
    // Leaders move; a question more is cheaper than a new opening.
    Effect.retry({
      schedule: reconnect({ first: Duration.millis(50), max: Duration.millis(500) }),
      times: 5,
      while: (error) => error.reason === "unavailable",
    }),
  )

  /** A transaction that its coordinator takes for ended, and that has no end here: a broker lost it when it was stopped. */
  const hanging = (place: number, { offset }: LoggedRecord) =>
    new KafkaError({
      reason: "unavailable",
      detail: `the cursor of ${id} in topic ${cursorsTopic} of Kafka at ${where}, partition ${place}, offset ${offset}, stands in a transaction that has not ended in ${holdMillis / 1000} s. If this goes on, a broker has lost its end, and somebody has to end it: kafka-transactions.sh --bootstrap-server ${options.brokers[0]} abort --topic ${cursorsTopic} --partition ${place} --start-offset ${offset}, and the same for whatever else \`find-hanging\` names; what it had is sent again then`,
    })

  const read = Effect.gen(function* () {
    const found = yield* find
    if (found === undefined) return undefined
    const { latest, place } = found
    if (latest.undecided !== undefined) return yield* hanging(place, latest.undecided)
    const text = latest.value!.toString()
    return yield* Option.match(decode(text), {
      onSome: Effect.succeed,
      onNone: () =>
        Effect.fail(
          new KafkaError({
            reason: "refused",
            detail: `the cursor of ${id} in topic ${cursorsTopic} of Kafka at ${where} is none that this version knows (${text.slice(0, 200)}): a later version has written it, or something else; go on with that version, or give the sink another name`,
          }),
        ),
    })
  })

  return {
    ensure,
    read,
    batch: (cursor) => ({
      topic: cursorsTopic,
      partition,
      records: [{ key, value: Buffer.from(JSON.stringify({ version: 1, ...cursor })), headers: {} }],
      plain: true,
    }),
  }
}
