import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { makeKafkaSink } from "../../../layers/sink/Kafka.ts"
import { cursorsTopic } from "../../../layers/sink/kafka/Cursors.ts"
import type { KafkaSinkOptions } from "../../../layers/sink/kafka/KafkaSinkOptions.ts"
import { KafkaTransport } from "../../../services/KafkaTransport.ts"
import type { Position } from "../../../services/Journal.ts"
import type { RefusedRecord, Sink } from "../../../services/Sink.ts"
import { encodeBatch } from "../../../src/domain/Encoder.ts"
import { payloadOf } from "../../../src/domain/Envelope.ts"
import { sinkContract } from "../../contract/Sink.ts"
import { testEnvelopes, testStream, testTrade } from "../../support/envelopes.ts"
import { sharedKafka } from "../../support/kafka.ts"
import { kafkaDrivers } from "../../support/kafkaDrivers.ts"
import { readAll } from "../../support/kafkaReader.ts"

const kafka = sharedKafka()

let sinks = 0

const optionsFor = (prefix: string): KafkaSinkOptions => ({
  name: "kafka",
  node: prefix,
  transactional: true,
  process: "this test",
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

const journal = { id: "journal-1", durable: true }

const opened = (sink: Sink, position: Position, of = journal) =>
  Effect.gen(function* () {
    const from = yield* sink.recover!({ journal: of, position })
    return { from, writer: yield* sink.open }
  })

/** The cursors of a node, oldest first, as a read-committed consumer sees them. */
const cursorsOf = (node: string) =>
  Effect.map(
    readAll(kafka!, (topic) => topic === cursorsTopic),
    (records) =>
      records
        .filter(({ key }) => key === `${node}.kafka`)
        .map(({ value }) => JSON.parse(value) as { journal: string; position: number; owner: string }),
  )

const textsOf = (prefix: string) =>
  Effect.map(
    readAll(kafka!, (topic) => topic.startsWith(`${prefix}.`)),
    (records) => records.map(({ value }) => value),
  )

const streams = ["A", "B", "C"].map((base) => testStream({ base }))
const batch = (first: number, count: number) => testEnvelopes(streams, first, count)
const payloads = (first: number, count: number) =>
  batch(first, count)
    .map((envelope) => payloadOf(envelope).toString())
    .toSorted()

const transactionalSink = (driver: string, layer: Layer.Layer<KafkaTransport>) => {
  const fresh = () => `txn-${driver}-${process.pid}-${sinks++}`
  const make = (options: KafkaSinkOptions) => makeKafkaSink(options).pipe(Effect.provide(layer))

  sinkContract({
    name: `Kafka with transactions through ${driver}`,
    make: Effect.gen(function* () {
      const prefix = fresh()
      return { sink: yield* make(optionsFor(prefix)), received: textsOf(prefix) }
    }),
    exactlyOnce: true,
    seeds: 2,
  })

  describe(`the transactional Kafka sink through ${driver}`, () => {
    it.live("writes its cursor in the transaction of the records, by the name of node and sink", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const prefix = fresh()
          const { writer } = yield* opened(yield* make(optionsFor(prefix)), 5)
          yield* yield* writer.write(batch(0, 30), 35)
          yield* yield* writer.write(batch(30, 30), 65)
          const cursors = yield* cursorsOf(prefix)
          assert.deepStrictEqual(
            cursors.map((each) => [each.journal, each.position]),
            [
              ["journal-1", 5],
              ["journal-1", 35],
              ["journal-1", 65],
            ],
          )
          assert.match(cursors[0]!.owner, /^this test /)
        }),
      ),
    )

    it.live("goes on from its own cursor when the journal's is behind it: nothing comes twice", () =>
      Effect.gen(function* () {
        const prefix = fresh()
        const first = yield* make(optionsFor(prefix))
        yield* Effect.scoped(
          Effect.gen(function* () {
            const { from, writer } = yield* opened(first, 0)
            assert.strictEqual(from, 0)
            yield* yield* writer.write(batch(0, 50), 50)
          }),
        )
        // Another process, whose journal's cursor was not stored any more.
        const second = yield* make(optionsFor(prefix))
        yield* Effect.scoped(
          Effect.gen(function* () {
            const { from, writer } = yield* opened(second, 0)
            assert.strictEqual(from, 50)
            yield* yield* writer.write(batch(50, 10), 60)
          }),
        )
        assert.deepStrictEqual((yield* textsOf(prefix)).toSorted(), payloads(0, 60))
      }),
    )

    it.live("does not use the cursor of another journal", () =>
      Effect.gen(function* () {
        const prefix = fresh()
        const first = yield* make(optionsFor(prefix))
        yield* Effect.scoped(
          Effect.gen(function* () {
            const { writer } = yield* opened(first, 0)
            yield* yield* writer.write(batch(0, 50), 50)
          }),
        )
        const second = yield* make(optionsFor(prefix))
        const other = { id: "journal-2", durable: true }
        yield* Effect.scoped(
          Effect.gen(function* () {
            const { from } = yield* opened(second, 7, other)
            assert.strictEqual(from, 7)
          }),
        )
        const last = (yield* cursorsOf(prefix)).at(-1)!
        assert.deepStrictEqual([last.journal, last.position], ["journal-2", 7])
      }),
    )

    it.live("sends nothing any more once another process has taken over, and says which", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const prefix = fresh()
          const older = yield* make({ ...optionsFor(prefix), process: "the older" })
          const newer = yield* make({ ...optionsFor(prefix), process: "the newer" })
          const before = yield* opened(older, 0)
          yield* yield* before.writer.write(batch(0, 10), 10)
          const after = yield* opened(newer, 0)
          assert.strictEqual(after.from, 10)
          const attempt = yield* Effect.flip(Effect.flatten(before.writer.write(batch(10, 10), 20)))
          assert.strictEqual(attempt.reason, "refused")
          assert.match(attempt.detail, /fenced.*the newer .*the older .*system\.name/)
          // However often it is opened again.
          const reopening = yield* Effect.flip(older.recover!({ journal, position: 10 }))
          assert.include(reopening.detail, "fenced")
          yield* yield* after.writer.write(batch(10, 10), 20)
          assert.deepStrictEqual((yield* textsOf(prefix)).toSorted(), payloads(0, 20))
          assert.strictEqual((yield* cursorsOf(prefix)).at(-1)!.position, 20)
        }),
      ),
    )

    it.live("goes on after the brokers have ended a transaction that took too long", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const prefix = fresh()
          const { writer } = yield* opened(yield* make(optionsFor(prefix)), 0)
          yield* yield* writer.write(batch(0, 10), 10)
          // The same as a broker does: a producer of that id begins, and claims nothing.
          const client = yield* KafkaTransport.pipe(
            Effect.flatMap((transport) =>
              transport.connect({
                brokers: kafka!.brokers,
                clientId: "broker",
                compression: "none",
                requestTimeoutMillis: 60_000,
              }),
            ),
            Effect.provide(layer),
          )
          yield* client.transactions(`${prefix}.kafka`, 60_000)
          yield* yield* writer.write(batch(10, 10), 20)
          assert.deepStrictEqual((yield* textsOf(prefix)).toSorted(), payloads(0, 20))
        }),
      ),
    )

    it.live(
      "sets a record aside before its cursor moves past it, and delivers its neighbours once, in order",
      () =>
        Effect.scoped(
          Effect.gen(function* () {
            const prefix = fresh()
            const sink = yield* make({ ...optionsFor(prefix), compression: "none", partitions: 1 })
            const { writer } = yield* opened(sink, 0)
            const stream = testStream({ base: "BTC" })
            const envelopes = encodeBatch(
              Array.from({ length: 30 }, (_, number) => {
                const trade = testTrade(stream, number)
                return number === 13 ? { ...trade, data: `{"price":"${"9".repeat(2_000_000)}"}` } : trade
              }),
              "stream",
            )
            const kept: Array<readonly [string, number]> = []
            const keep = (refused: ReadonlyArray<RefusedRecord>) =>
              Effect.gen(function* () {
                const position = (yield* cursorsOf(prefix)).at(-1)!.position
                for (const { envelope } of refused) kept.push([envelope.key, position])
              })
            const undelivered = yield* yield* writer.write(envelopes, 30, keep)
            assert.deepStrictEqual(kept, [["13", 0]])
            assert.strictEqual(undelivered?.kept, true)
            assert.deepStrictEqual(
              undelivered?.deadLettered.map(({ envelope, reason, attempts }) => [
                envelope.key,
                reason,
                attempts,
              ]),
              [["13", "too_large", 3]],
            )
            assert.deepStrictEqual(
              yield* textsOf(prefix),
              envelopes.filter(({ key }) => key !== "13").map((envelope) => payloadOf(envelope).toString()),
            )
            assert.strictEqual((yield* cursorsOf(prefix)).at(-1)!.position, 30)
          }),
        ),
    )

    it.live("takes into one transaction what gathers while the one before is committed", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const prefix = fresh()
          const sink = yield* make(optionsFor(prefix))
          const { writer } = yield* opened(sink, 0)
          const batches = Array.from({ length: 10 }, (_, index) => batch(index * 2000, 2000))
          const pending = yield* Effect.forEach(batches, (each, index) =>
            writer.write(each, (index + 1) * 2000),
          )
          for (const delivered of pending) yield* delivered
          assert.isBelow(sink.counts().commits, 10)
          assert.lengthOf(yield* textsOf(prefix), 20_000)
        }),
      ),
    )
  })
}

for (const [driver, layer] of kafka === undefined ? [] : kafkaDrivers) transactionalSink(driver, layer)
