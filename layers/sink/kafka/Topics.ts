import { Duration, Effect } from "effect"
import { reconnect } from "../../../src/runtime/Backoff.ts"
import { type KafkaClient, KafkaError } from "../../../services/KafkaTransport.ts"
import { SinkError } from "../../../services/Sink.ts"
import type { KafkaSinkOptions } from "./KafkaSinkOptions.ts"

/** What is to be known of the sink, and the settings of topics that are made. */
export type TopicsOptions = Pick<
  KafkaSinkOptions,
  "name" | "brokers" | "createTopics" | "partitions" | "replicationFactor"
> & { readonly settings?: Readonly<Record<string, string>> }

/** A topic that was just made may take a moment to be seen. */
const appearing = {
  schedule: reconnect({ first: Duration.millis(20), max: Duration.millis(500) }),
  times: 20,
}

const listed = (topics: ReadonlyArray<string>): string =>
  topics.length > 5 ? `${topics.slice(0, 5).join(", ")} and ${topics.length - 5} more` : topics.join(", ")

/**
 * The topics that are there and their numbers of partitions, as they were when the sink first asked: a key stays in
 * its partition, and so in order, when partitions are added later; the new ones are used from the next opening on.
 */
export class Topics {
  readonly #counts = new Map<string, number>()
  readonly #client: KafkaClient
  readonly #options: TopicsOptions
  /** Why it has to wait at the moment. */
  trouble: string | undefined

  constructor(client: KafkaClient, options: TopicsOptions) {
    this.#client = client
    this.#options = options
  }

  partitionsOf(topic: string): number | undefined {
    return this.#counts.get(topic)
  }

  /** Makes sure that all of these are there, or says which are not and what to do. Waits while no broker answers. */
  ensure(topics: ReadonlyArray<string>): Effect.Effect<void, SinkError> {
    const { name } = this.#options
    return this.#ensure(topics).pipe(
      Effect.tapError((error) => Effect.sync(() => void (this.trouble = error.message))),
      Effect.retry({
        schedule: reconnect({ first: Duration.millis(100), max: Duration.seconds(2) }),
        while: (error) => error._tag === "KafkaError" && error.reason !== "refused",
      }),
      Effect.mapError((error) =>
        error._tag === "SinkError"
          ? error
          : new SinkError({ sink: name, reason: "refused", detail: error.detail }),
      ),
      Effect.tap(() => Effect.sync(() => void (this.trouble = undefined))),
    )
  }

  #ensure(topics: ReadonlyArray<string>): Effect.Effect<void, SinkError | KafkaError> {
    return Effect.gen({ self: this }, function* () {
      const { name, brokers, createTopics, partitions, replicationFactor, settings } = this.#options
      const absent = yield* this.#learn(topics.filter((topic) => !this.#counts.has(topic)))
      if (absent.length === 0) return
      const where = brokers.join(", ")
      if (!createTopics) {
        const configs = Object.entries(settings ?? {}).map(([key, value]) => ` --config ${key}=${value}`)
        return yield* new SinkError({
          sink: name,
          reason: "refused",
          detail: `Kafka at ${where} has no topic ${listed(absent)}, and this sink's \`createTopics\` is false: make ${absent.length === 1 ? "it" : "them"} (kafka-topics.sh --create --topic ${absent.length === 1 ? absent[0] : "NAME"}${configs.join("")}), or set \`createTopics: true\``,
        })
      }
      yield* this.#client
        .createTopics(absent, {
          ...(partitions === undefined ? {} : { partitions }),
          ...(replicationFactor === undefined ? {} : { replicationFactor }),
          ...(settings === undefined ? {} : { settings }),
        })
        .pipe(
          Effect.mapError((error) =>
            error.reason === "refused"
              ? new KafkaError({
                  reason: "refused",
                  detail: `topic ${listed(absent)} could not be made: ${error.detail}; or make it by hand and set this sink's \`createTopics: false\``,
                })
              : error,
          ),
        )
      const learnt = this.#learn(absent).pipe(
        Effect.filterOrFail(
          (missing) => missing.length === 0,
          (missing) =>
            new KafkaError({
              reason: "unavailable",
              detail: `Kafka at ${where} has made topic ${listed(missing)} but does not show it`,
            }),
        ),
      )
      yield* Effect.retry(learnt, appearing)
      yield* Effect.logInfo(`sink ${name}: made topic ${listed(absent)}`)
    })
  }

  /** Learns how many partitions they have; returns those that are not there. */
  #learn(topics: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>, KafkaError> {
    if (topics.length === 0) return Effect.succeed([])
    return Effect.map(this.#client.partitions(topics), (found) => {
      for (const [topic, count] of found) if (count > 0) this.#counts.set(topic, count)
      return topics.filter((topic) => !this.#counts.has(topic))
    })
  }
}
