import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeKafkaSink } from "../../../layers/sink/Kafka.ts"
import type { KafkaSinkOptions } from "../../../layers/sink/kafka/KafkaSinkOptions.ts"
import { encodeBatch } from "../../../src/domain/Encoder.ts"
import { payloadOf } from "../../../src/domain/Envelope.ts"
import { sinkContract } from "../../contract/Sink.ts"
import { testEnvelopes, testStream, testTrade } from "../../support/envelopes.ts"
import { consume, sharedKafka } from "../../support/kafka.ts"
import { kafkaDrivers } from "../../support/kafkaDrivers.ts"
import { readAll } from "../../support/kafkaReader.ts"

const kafka = sharedKafka()

let sinks = 0

const optionsFor = (prefix: string): KafkaSinkOptions => ({
  name: "kafka",
  brokers: kafka!.brokers,
  clientId: "sink",
  batchSize: 100,
  lingerMillis: 20,
  compression: "gzip",
  topic: `${prefix}.{type}.{exchange}.{symbol}`,
  createTopics: true,
  partitions: 2,
  requestTimeoutMillis: 60_000,
  sendTimeoutMillis: 60_000,
})

for (const [driver, layer] of kafka === undefined ? [] : kafkaDrivers) {
  const fresh = () => `sink-${driver}-${process.pid}-${sinks++}`

  sinkContract({
    name: `Kafka through ${driver}`,
    make: Effect.gen(function* () {
      const prefix = fresh()
      const sink = yield* makeKafkaSink(optionsFor(prefix)).pipe(Effect.provide(layer))
      const received = readAll(kafka!, (topic) => topic.startsWith(`${prefix}.`)).pipe(
        Effect.map((records) => records.map(({ value }) => value)),
      )
      return { sink, received }
    }),
    exactlyOnce: false,
    seeds: 2,
  })

  describe(`the Kafka sink through ${driver}`, () => {
    it.live(
      "sets a record aside that the broker finds too large, and delivers its neighbours once, in order",
      () =>
        Effect.scoped(
          Effect.gen(function* () {
            const prefix = fresh()
            const options = { ...optionsFor(prefix), compression: "none" as const, partitions: 1 }
            const sink = yield* makeKafkaSink(options).pipe(Effect.provide(layer))
            const writer = yield* sink.open
            const stream = testStream({ base: "BTC" })
            const records = Array.from({ length: 30 }, (_, number) => {
              const trade = testTrade(stream, number)
              return number === 13 ? { ...trade, data: `{"price":"${"9".repeat(2_000_000)}"}` } : trade
            })
            const envelopes = encodeBatch(records, "stream")
            const undelivered = yield* yield* writer.write(envelopes, 30)
            assert.deepStrictEqual(
              undelivered?.deadLettered.map(({ envelope, reason, attempts }) => [
                envelope.key,
                reason,
                attempts,
              ]),
              [["13", "too_large", 3]],
            )
            const received = yield* readAll(kafka!, (topic) => topic.startsWith(`${prefix}.`))
            assert.deepStrictEqual(
              received.map(({ value }) => value),
              envelopes.filter(({ key }) => key !== "13").map((envelope) => payloadOf(envelope).toString()),
            )
          }),
        ),
    )

    it.live("writes topic, key, headers and payload as Kafka's own consumer expects them", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const prefix = fresh()
          const sink = yield* makeKafkaSink(optionsFor(prefix)).pipe(Effect.provide(layer))
          const writer = yield* sink.open
          const streams = [testStream({ base: "BTC" }), testStream({ base: "币安", dataType: "bbo" })]
          const envelopes = testEnvelopes(streams, 0, 40)
          yield* yield* writer.write(envelopes, 40)
          const consumed = yield* consume(kafka!, { include: `${prefix.replaceAll(".", "[.]")}[.].*` }, 40)
          const sorted = <A extends { readonly id: string }>(all: ReadonlyArray<A>) =>
            all.toSorted((left, right) => (left.id < right.id ? -1 : 1))
          assert.deepStrictEqual(
            sorted(consumed.map(({ key, value, headers }) => ({ id: headers["id"]!, key, value, headers }))),
            sorted(
              envelopes.map((envelope) => {
                const { symbol } = envelope.stream.instrument
                const id = `test:${symbol}:${envelope.type}:${envelope.key}`
                return {
                  id,
                  key: symbol,
                  value: payloadOf(envelope).toString(),
                  headers: { id, receivedAt: String(envelope.receivedAt), source: "stream", schema: "1" },
                }
              }),
            ),
          )
          const topics = new Set(
            (yield* readAll(kafka!, (each) => each.startsWith(`${prefix}.`))).map(({ topic }) => topic),
          )
          assert.deepStrictEqual(
            topics,
            new Set([`${prefix}.trade.test.btc-usdt`, `${prefix}.bbo.test._xe5_xb8_x81_xe5_xae_x89-usdt`]),
          )
        }),
      ),
    )

    it.live("makes many topics and keeps the order in each", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const prefix = fresh()
          const sink = yield* makeKafkaSink({ ...optionsFor(prefix), partitions: 1 }).pipe(
            Effect.provide(layer),
          )
          const writer = yield* sink.open
          const streams = Array.from({ length: 80 }, (_, index) => testStream({ base: `S${index}` }))
          const envelopes = testEnvelopes(streams, 0, 2000)
          yield* yield* writer.write(envelopes, 2000)
          const read = yield* readAll(kafka!, (topic) => topic.startsWith(`${prefix}.`))
          assert.lengthOf(read, 2000)
          // One for each topic would be 80; a topic's first ones may be too early for the broker.
          assert.isBelow(sink.counts().sends, 60)
          const last = new Map<string, number>()
          for (const { topic, headers } of read) {
            const number = Number(headers["id"]!.split(":").at(-1))
            assert.isAbove(number, last.get(topic) ?? -1)
            last.set(topic, number)
          }
          assert.strictEqual(last.size, 80)
        }),
      ),
    )

    it.live("names topic and setting when a topic may not be made, or not like this", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const prefix = fresh()
          const attempt = (options: Partial<KafkaSinkOptions>) =>
            Effect.gen(function* () {
              const sink = yield* makeKafkaSink({ ...optionsFor(prefix), ...options }).pipe(
                Effect.provide(layer),
              )
              const writer = yield* sink.open
              return yield* Effect.flip(
                Effect.flatten(writer.write(testEnvelopes([testStream({})], 0, 1), 1)),
              )
            })
          const forbidden = yield* attempt({ createTopics: false })
          assert.strictEqual(forbidden.reason, "refused")
          assert.include(forbidden.detail, `${prefix}.trade.test.btc-usdt`)
          assert.include(forbidden.detail, "createTopics")
          const impossible = yield* attempt({ replicationFactor: 7 })
          assert.strictEqual(impossible.reason, "refused")
          assert.include(impossible.detail, "replicationFactor")
        }),
      ),
    )
  })
}
