import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, type Scope } from "effect"
import { makeKafkaSink } from "../../../layers/sink/Kafka.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import { advance, settableClock } from "../../support/clock.ts"
import { testEnvelopes, testStream } from "../../support/envelopes.ts"
import { type FakeKafka, makeFakeKafka } from "../../support/fakeKafka.ts"

const btc = testStream({ base: "BTC" })
const sendTimeoutMillis = 8000

const start = Effect.fnUntraced(function* (fake: FakeKafka, topic = "all", lingerMillis = 0) {
  const sink = yield* makeKafkaSink({
    name: "kafka",
    brokers: ["broker:9092"],
    clientId: "millrace",
    batchSize: 10,
    lingerMillis,
    compression: "none",
    topic,
    createTopics: true,
    requestTimeoutMillis: 1000,
    sendTimeoutMillis,
    lanes: 1,
    closeTimeoutMillis: 0,
  }).pipe(Effect.provide(fake.layer))
  const writer = yield* sink.open
  const put = (first: number, count: number) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkScoped(
        Effect.flatten(writer.write(testEnvelopes([btc], first, count), 0)),
      )
      yield* advance(0)
      return fiber
    })
  return { sink, writer, put }
})

const promise = (name: string, body: (fake: FakeKafka) => Effect.Effect<void, unknown, Scope.Scope>) =>
  it.effect(name, () => Effect.scoped(Effect.suspend(() => body(makeFakeKafka()))))

describe("the Kafka sink in an outage", () => {
  promise(
    "replaces a producer whose send hangs though brokers answer, and sends the same batch again",
    (fake) =>
      Effect.gen(function* () {
        fake.acknowledging = false
        const { put, sink } = yield* start(fake)
        const delivered = yield* put(0, 10)
        yield* advance(sendTimeoutMillis + 2000)
        assert.strictEqual(fake.renewals, 1)
        assert.lengthOf(fake.sends, 2)
        assert.strictEqual(fake.sends[1]!.batches, fake.sends[0]!.batches)
        yield* fake.sends[1]!.acknowledge
        yield* Fiber.join(delivered)
        assert.strictEqual(sink.counts().replacements, 1)
        assert.strictEqual(sink.counts().possibleDuplicates, 0)
      }),
  )

  promise("counts what may stand twice when the new producer cannot tell", (fake) =>
    Effect.gen(function* () {
      fake.acknowledging = false
      fake.renewal = "unknown"
      const { put, sink } = yield* start(fake)
      const delivered = yield* put(0, 10)
      yield* advance(sendTimeoutMillis + 2000)
      yield* fake.sends[1]!.acknowledge
      yield* Fiber.join(delivered)
      assert.strictEqual(sink.counts().possibleDuplicates, 10)
    }),
  )

  promise(
    "keeps its producer while no broker answers anybody, and says what is wrong until it is over",
    (fake) =>
      Effect.gen(function* () {
        const { put, sink, writer } = yield* start(fake)
        yield* Fiber.join(yield* put(0, 10))
        assert.isUndefined(writer.trouble!())
        fake.reachable = false
        const delivered = yield* put(10, 10)
        yield* advance(20 * sendTimeoutMillis)
        assert.strictEqual(fake.renewals, 0)
        assert.include(writer.trouble!(), "scripted unavailable")
        fake.reachable = true
        yield* advance(2000)
        yield* Fiber.join(delivered)
        assert.isUndefined(writer.trouble!())
        assert.strictEqual(sink.counts().replacements, 0)
      }),
  )

  promise("waits between attempts, longer each time", (fake) =>
    Effect.gen(function* () {
      const { put } = yield* start(fake)
      yield* Fiber.join(yield* put(0, 10))
      fake.reachable = false
      yield* put(10, 10)
      yield* advance(60_000)
      assert.isBelow(fake.sends.length, 90)
      assert.isAbove(fake.sends.length, 40)
    }),
  )

  promise("takes a new producer when the brokers no longer know the old one", (fake) =>
    Effect.gen(function* () {
      fake.acknowledging = false
      fake.renewal = "unknown"
      const { put, sink } = yield* start(fake)
      const delivered = yield* put(0, 10)
      yield* fake.sends[0]!.refuse("identity_lost")
      yield* advance(1000)
      yield* fake.sends[1]!.acknowledge
      yield* Fiber.join(delivered)
      assert.deepInclude(sink.counts(), { replacements: 1, possibleDuplicates: 10 })
    }),
  )

  promise("halves a batch that is too large until it fits, in order", (fake) =>
    Effect.gen(function* () {
      fake.acknowledging = false
      const { put } = yield* start(fake)
      const delivered = yield* put(0, 10)
      const landed: Array<string> = []
      for (let next = 0; landed.length < 10; next++) {
        const send = fake.sends[next]!
        if (send.records > 3) yield* send.refuse("too_large")
        else {
          landed.push(...send.keys)
          yield* send.acknowledge
        }
        yield* advance(1000)
      }
      yield* Fiber.join(delivered)
      assert.deepStrictEqual(
        landed,
        Array.from({ length: 10 }, (_, index) => String(index)),
      )
    }),
  )

  promise(
    "sets a record aside that is too large by itself, after three attempts, and delivers its siblings",
    (fake) =>
      Effect.gen(function* () {
        fake.acknowledging = false
        const { writer } = yield* start(fake)
        const envelopes = testEnvelopes([btc], 0, 10)
        const write = (some: ReadonlyArray<Envelope>) =>
          Effect.gen(function* () {
            const fiber = yield* Effect.forkScoped(Effect.flatten(writer.write(some, 0)))
            yield* advance(0)
            return fiber
          })
        const deliveries = [yield* write(envelopes.slice(0, 4)), yield* write(envelopes.slice(4))]
        const landed: Array<string> = []
        const poison = new Set(["2", "7"])
        const alone = new Map<string, number>()
        for (let next = 0; landed.length < 8; next++) {
          const send = fake.sends[next]!
          if (send.keys.some((key) => poison.has(key))) {
            if (send.keys.length === 1) alone.set(send.keys[0]!, (alone.get(send.keys[0]!) ?? 0) + 1)
            yield* send.refuse("too_large")
          } else {
            landed.push(...send.keys)
            yield* send.acknowledge
          }
          yield* advance(1000)
        }
        assert.deepStrictEqual(landed, ["0", "1", "3", "4", "5", "6", "8", "9"])
        assert.deepStrictEqual(
          [...alone],
          [
            ["2", 3],
            ["7", 3],
          ],
        )
        const outcomes = yield* Effect.forEach(deliveries, (fiber) => Fiber.join(fiber))
        assert.deepStrictEqual(
          outcomes.map((outcome) =>
            outcome?.deadLettered.map(({ envelope, reason, attempts }) => [envelope, reason, attempts]),
          ),
          [[[envelopes[2]!, "too_large", 3]], [[envelopes[7]!, "too_large", 3]]],
        )
        assert.match(outcomes[0]!.deadLettered[0]!.detail, /bytes for topic .*: scripted too_large/)
      }),
  )

  promise("what else was sent with a record that is too large is sent once more, not each time", (fake) =>
    Effect.gen(function* () {
      fake.acknowledging = false
      const { writer } = yield* start(fake, "{symbol}")
      const streams = ["A", "B", "C", "D", "E", "F", "G"].map((base) => testStream({ base }))
      const envelopes = testEnvelopes(streams, 0, 70)
      const delivered = yield* Effect.forkScoped(Effect.flatten(writer.write(envelopes, 0)))
      yield* advance(0)
      const sent = new Map<string, number>()
      const landed = new Set<string>()
      for (let next = 0; landed.size < 69; next++) {
        const send = fake.sends[next]!
        for (const key of send.keys) sent.set(key, (sent.get(key) ?? 0) + 1)
        if (send.keys.includes("38")) yield* send.refuse("too_large")
        else {
          for (const key of send.keys) landed.add(key)
          yield* send.acknowledge
        }
        yield* advance(1000)
      }
      const outcome = yield* Fiber.join(delivered)
      assert.strictEqual(outcome?.deadLettered.length, 1)
      for (const [key, times] of sent) if (Number(key) % 7 !== 38 % 7) assert.isAtMost(times, 2, key)
    }),
  )

  promise(
    "a topic that takes less at once than a send holds refuses once: then its batches go alone, and no neighbour is sent again",
    (fake) =>
      Effect.gen(function* () {
        fake.acknowledging = false
        const { writer } = yield* start(fake, "{symbol}")
        const streams = ["A", "B", "C"].map((base) => testStream({ base }))
        const sent = new Map<string, number>()
        const landed: Array<string> = []
        let next = 0
        /** Of topic A no more than so many records at once. */
        const round = Effect.fnUntraced(function* (from: number, most: number) {
          const delivered = yield* Effect.forkScoped(
            Effect.flatten(writer.write(testEnvelopes(streams, from, 60), 0)),
          )
          yield* advance(0)
          for (const end = landed.length + 60; landed.length < end; next++) {
            const send = fake.sends[next]!
            for (const key of send.keys) sent.set(key, (sent.get(key) ?? 0) + 1)
            const tooLarge = send.batches.some(
              ({ records, topic }) => topic.startsWith("a") && records.length > most,
            )
            if (tooLarge) yield* send.refuse("too_large")
            else {
              for (const key of send.keys) if (!landed.includes(key)) landed.push(key)
              yield* send.acknowledge
            }
            yield* advance(1000)
          }
          return yield* Fiber.join(delivered)
        })
        const refusals = () => fake.renewals
        for (let from = 0; from < 300; from += 60) yield* round(from, 6)
        const neighbours = [...sent].filter(([key]) => Number(key) % 3 !== 0)
        for (const [key, times] of neighbours) assert.isAtMost(times, Number(key) < 60 ? 2 : 1, key)
        const learned = refusals()
        assert.isAbove(learned, 0)
        yield* round(300, 6)
        assert.strictEqual(refusals(), learned, "it is known what the topic takes")
        const ofA = landed.filter((key) => Number(key) % 3 === 0)
        assert.deepStrictEqual(
          ofA,
          ofA.toSorted((left, right) => Number(left) - Number(right)),
        )
      }),
  )

  promise("what lingers is sent on time also when the machine's clock is set back", (fake) =>
    Effect.gen(function* () {
      const { clock, setBack } = yield* settableClock
      yield* Effect.gen(function* () {
        const { put } = yield* start(fake, "all", 100)
        const delivered = yield* put(0, 3)
        setBack(3_600_000)
        yield* advance(1000)
        yield* Fiber.join(delivered)
      }).pipe(Effect.provideService(Clock.Clock, clock))
    }),
  )

  promise("fails at once, for good, when Kafka refuses", (fake) =>
    Effect.gen(function* () {
      fake.acknowledging = false
      const { put } = yield* start(fake)
      const first = yield* put(0, 10)
      const second = yield* put(10, 10)
      yield* fake.sends[0]!.refuse("refused")
      const errors = [yield* Effect.flip(Fiber.join(first)), yield* Effect.flip(Fiber.join(second))]
      for (const error of errors) assert.deepInclude(error, { _tag: "SinkError", reason: "refused" })
      assert.lengthOf(fake.sends, 1)
    }),
  )

  promise("gives up when producer after producer gets nothing through, so that it is opened anew", (fake) =>
    Effect.gen(function* () {
      fake.acknowledging = false
      const { put } = yield* start(fake)
      const delivered = yield* put(0, 10)
      yield* advance(10 * sendTimeoutMillis)
      const error = yield* Effect.flip(Fiber.join(delivered))
      assert.deepInclude(error, { _tag: "SinkError", reason: "unavailable" })
    }),
  )
})
