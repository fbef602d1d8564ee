import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Scope } from "effect"
import type { KafkaSinkOptions } from "../../../layers/sink/kafka/KafkaSinkOptions.ts"
import { makeKafkaSink } from "../../../layers/sink/Kafka.ts"
import type { SinkWriter } from "../../../services/Sink.ts"
import { type FakeKafka, makeFakeKafka } from "../../support/fakeKafka.ts"
import { advance } from "../../support/clock.ts"
import { testEnvelopes, testStream } from "../../support/envelopes.ts"

const btc = testStream({ base: "BTC" })
const eth = testStream({ base: "ETH" })

const defaults: KafkaSinkOptions = {
  name: "kafka",
  brokers: ["broker:9092"],
  clientId: "millrace",
  batchSize: 100,
  lingerMillis: 100,
  compression: "none",
  topic: "market.{type}.{exchange}.{symbol}",
  createTopics: true,
  requestTimeoutMillis: 1000,
  sendTimeoutMillis: 8000,
  lanes: 1,
  closeTimeoutMillis: 0,
}

const open = Effect.fnUntraced(function* (fake: FakeKafka, options: Partial<KafkaSinkOptions> = {}) {
  const sink = yield* makeKafkaSink({ ...defaults, ...options }).pipe(Effect.provide(fake.layer))
  return { sink, writer: yield* sink.open }
})

/** Writes without waiting for the writer's pace; gives the fiber that ends when the batch is delivered. */
const put = (writer: SinkWriter, first: number, count: number, streams = [btc]) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkScoped(
      Effect.flatten(writer.write(testEnvelopes(streams, first, count), 0)),
    )
    yield* advance(0)
    return fiber
  })

const numbers = (from: number, count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => String(from + index))

const it_ = (promise: string, body: (fake: FakeKafka) => Effect.Effect<void, unknown, Scope.Scope>) =>
  it.effect(promise, () => Effect.scoped(Effect.suspend(() => body(makeFakeKafka()))))

describe("the Kafka sink's lanes", () => {
  it_("send when a batch is full, without waiting for the linger", (fake) =>
    Effect.gen(function* () {
      const { writer } = yield* open(fake)
      yield* put(writer, 0, 99)
      assert.lengthOf(fake.sends, 0)
      yield* put(writer, 99, 1)
      assert.deepStrictEqual(
        fake.sends.map(({ records }) => records),
        [100],
      )
    }),
  )

  it_("send what there is when the linger of the oldest record is over", (fake) =>
    Effect.gen(function* () {
      const { writer } = yield* open(fake)
      yield* put(writer, 0, 3)
      yield* advance(60)
      yield* put(writer, 3, 2)
      yield* advance(39)
      assert.lengthOf(fake.sends, 0)
      yield* advance(1)
      assert.deepStrictEqual(fake.sends[0]!.keys, numbers(0, 5))
    }),
  )

  it_("have one send in flight, and what gathers meanwhile goes whole into the next", (fake) =>
    Effect.gen(function* () {
      fake.acknowledging = false
      const { writer } = yield* open(fake)
      yield* put(writer, 0, 100)
      yield* put(writer, 100, 450)
      yield* advance(1000)
      assert.lengthOf(fake.sends, 1)
      yield* fake.sends[0]!.acknowledge
      yield* advance(0)
      assert.deepStrictEqual(
        fake.sends.map(({ keys }) => keys),
        [numbers(0, 100), numbers(100, 450)],
      )
    }),
  )

  it_("cut a send at the byte limit and keep the order", (fake) =>
    Effect.gen(function* () {
      const { writer } = yield* open(fake, { maxRequestBytes: 10_000 })
      yield* put(writer, 0, 200)
      yield* advance(100)
      assert.isAbove(fake.sends.length, 5)
      assert.deepStrictEqual(
        fake.sends.flatMap(({ keys }) => keys),
        numbers(0, 200),
      )
      for (const { batches } of fake.sends) {
        const bytes = batches[0]!.records.reduce((sum, { value }) => sum + value.length, 0)
        assert.isAtMost(bytes, 10_000)
      }
    }),
  )

  it_("carry each topic-partition in one lane only, one batch of it in a send", (fake) =>
    Effect.gen(function* () {
      const { writer } = yield* open(fake, { lanes: 2, batchSize: 10 })
      const streams = ["A", "B", "C", "D", "E"].map((base) => testStream({ base }))
      for (let round = 0; round < 4; round++) yield* put(writer, round * 50, 50, streams)
      yield* advance(100)
      const producers = new Map<string, Set<number>>()
      for (const { batches, producer } of fake.sends) {
        assert.lengthOf(new Set(batches.map(({ topic }) => topic)), batches.length)
        for (const { topic } of batches) {
          producers.set(topic, (producers.get(topic) ?? new Set()).add(producer))
        }
      }
      assert.lengthOf(producers, 5)
      assert.isTrue([...producers.values()].every(({ size }) => size === 1))
      assert.lengthOf(new Set([...producers.values()].flatMap((set) => [...set])), 2)
    }),
  )
})

describe("the Kafka sink", () => {
  it_("says delivered only when every record of the batch is acknowledged", (fake) =>
    Effect.gen(function* () {
      fake.acknowledging = false
      const { writer } = yield* open(fake, { lanes: 2 })
      const delivered = yield* put(writer, 0, 200, [btc, eth])
      yield* advance(100)
      assert.lengthOf(fake.sends, 2)
      yield* fake.sends[1]!.acknowledge
      yield* advance(100)
      assert.isUndefined(delivered.pollUnsafe())
      yield* fake.sends[0]!.acknowledge
      yield* Fiber.join(delivered)
    }),
  )

  it_("takes no more than its bound while nothing is acknowledged, and goes on when there is room", (fake) =>
    Effect.gen(function* () {
      fake.acknowledging = false
      const { writer } = yield* open(fake, { maxPendingBytes: 100_000 })
      let taken = 0
      yield* Effect.forkScoped(
        Effect.gen(function* () {
          while (true) {
            const delivered = yield* writer.write(testEnvelopes([btc], taken, 100), 0)
            yield* Effect.forkScoped(delivered)
            taken += 100
          }
        }),
      )
      yield* advance(5000)
      const held = taken
      assert.isBelow(held, 400)
      yield* advance(2000)
      assert.strictEqual(taken, held)
      yield* fake.sends[0]!.acknowledge
      yield* advance(100)
      assert.isAbove(taken, held)
    }),
  )

  it_("finishes what it took when it is closed", (fake) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { writer } = yield* open(fake, { closeTimeoutMillis: 1000 }).pipe(
        Effect.provideService(Scope.Scope, scope),
      )
      yield* put(writer, 0, 7)
      assert.lengthOf(fake.sends, 0)
      yield* Scope.close(scope, yield* Effect.exit(Effect.void))
      assert.deepStrictEqual(fake.sends[0]!.keys, numbers(0, 7))
    }),
  )

  it_("closes within its deadline though nothing is acknowledged", (fake) =>
    Effect.gen(function* () {
      fake.acknowledging = false
      const scope = yield* Scope.make()
      const { writer } = yield* open(fake, { closeTimeoutMillis: 3000 }).pipe(
        Effect.provideService(Scope.Scope, scope),
      )
      yield* put(writer, 0, 7)
      const closing = yield* Effect.forkScoped(Scope.close(scope, yield* Effect.exit(Effect.void)))
      yield* advance(2999)
      assert.isUndefined(closing.pollUnsafe())
      yield* advance(1)
      yield* Fiber.join(closing)
    }),
  )

  it_("asks for the topics of a batch at once and makes those that are missing", (fake) =>
    Effect.gen(function* () {
      fake.topics.set("market.trade.test.btc-usdt", 3)
      const { writer } = yield* open(fake, { partitions: 4 })
      yield* put(writer, 0, 200, [btc, eth])
      assert.deepStrictEqual(fake.created, ["market.trade.test.eth-usdt"])
      const partitions = new Map(
        fake.sends.flatMap(({ batches }) => batches.map(({ topic, partition }) => [topic, partition])),
      )
      // murmur2 of the two keys, modulo 3 and 4
      assert.deepStrictEqual(
        partitions,
        new Map([
          ["market.trade.test.btc-usdt", 2],
          ["market.trade.test.eth-usdt", 1],
        ]),
      )
    }),
  )

  it_("names the topic and the setting when a topic may not be made", (fake) =>
    Effect.gen(function* () {
      const { writer } = yield* open(fake, { createTopics: false })
      const error = yield* Effect.flip(Effect.flatten(writer.write(testEnvelopes([btc], 0, 1), 0)))
      assert.strictEqual(error.reason, "refused")
      assert.include(error.detail, "market.trade.test.btc-usdt")
      assert.include(error.detail, "createTopics")
    }),
  )

  it_("fails to open with the address when no broker answers", (fake) =>
    Effect.gen(function* () {
      fake.reachable = false
      const error = yield* Effect.flip(open(fake))
      assert.strictEqual(error.reason, "unavailable")
    }),
  )
})
