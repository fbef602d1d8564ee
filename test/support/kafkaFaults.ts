import { assert } from "@effect/vitest"
import { Duration, Effect, Fiber, Latch } from "effect"
import { type KafkaSink, makeKafkaSink } from "../../layers/sink/Kafka.ts"
import { reconnect } from "../../src/runtime/Backoff.ts"
import { testEnvelopes, testStream } from "./envelopes.ts"
import type { KafkaServer } from "./kafka.ts"
import { kafkaDrivers } from "./kafkaDrivers.ts"
import { type ReadRecord, readAll } from "./kafkaReader.ts"

const streams = ["A", "B", "C", "D", "E", "F"].map((base) => testStream({ base }))
const perWrite = 40
const writeEveryMillis = 20
/** Less than the tests have, so that what holds it up is said. */
const maxSeconds = 230

/** What became of the records of one driver. */
export interface Outcome {
  readonly driver: string
  readonly written: number
  readonly lost: number
  readonly duplicates: number
  /** Records that stand behind a later one of their topic, repetitions aside. */
  readonly disordered: number
  readonly counts: ReturnType<KafkaSink["counts"]>
}

const judge = (read: ReadonlyArray<ReadRecord>, written: number) => {
  const seen = new Set<number>()
  const last = new Map<string, number>()
  let duplicates = 0
  let disordered = 0
  for (const { topic, headers } of read) {
    const number = Number(headers["id"]!.split(":").at(-1))
    if (seen.has(number)) {
      duplicates++
      continue
    }
    seen.add(number)
    if (number < (last.get(topic) ?? -1)) disordered++
    last.set(topic, number)
  }
  return { lost: written - seen.size, duplicates, disordered }
}

let runs = 0

const opening = reconnect({ first: Duration.millis(50), max: Duration.seconds(1) })

const run = Effect.fnUntraced(function* (
  kafka: KafkaServer,
  brokers: ReadonlyArray<string>,
  disturb: Effect.Effect<void>,
  transactional: boolean,
  stages: Map<string, string>,
): Effect.fn.Return<ReadonlyArray<Outcome>> {
  const number = runs++
  const prefixOf = (driver: string) => `fault-${number}-${driver}`
  const journal = { id: "faults", durable: true }
  const sinks = yield* Effect.forEach(kafkaDrivers, ([driver, layer]) =>
    makeKafkaSink({
      name: driver,
      brokers,
      clientId: driver,
      batchSize: 50,
      lingerMillis: 20,
      compression: "lz4",
      topic: `${prefixOf(driver)}.{symbol}`,
      createTopics: true,
      partitions: 1,
      requestTimeoutMillis: 2500,
      sendTimeoutMillis: 4000,
      closeTimeoutMillis: 5000,
      maxPendingBytes: 64 << 20,
      transactional,
      node: prefixOf(driver),
    }).pipe(Effect.provide(layer)),
  )
  let over = false
  const at = (name: string, stage: string) => Effect.sync(() => void stages.set(name, stage))
  const warm = yield* Latch.make(false)
  let cold = sinks.length
  const work = Effect.fnUntraced(function* (sink: KafkaSink) {
    // As the collector opens it: a broker that has just begun may not know its coordinators yet.
    const insist = Effect.retry({ schedule: opening, times: 60 })
    yield* at(sink.name, "takes over")
    yield* insist(sink.recover?.({ journal, position: 0 }) ?? Effect.succeed(0))
    yield* at(sink.name, "opens")
    const writer = yield* insist(sink.open)
    const pending: Array<Effect.Effect<unknown, unknown>> = []
    let written = 0
    const write = Effect.gen(function* () {
      yield* at(sink.name, `writes after ${written}`)
      pending.push(yield* writer.write(testEnvelopes(streams, written, perWrite), written + perWrite))
      written += perWrite
      yield* Effect.sleep(writeEveryMillis)
    })
    const deliver = Effect.gen(function* () {
      for (const [index, delivered] of pending.entries()) {
        yield* at(sink.name, `has delivered ${index * perWrite} of ${written}`)
        yield* delivered
      }
    })
    for (let first = 0; first < 15; first++) yield* write
    yield* deliver
    yield* at(sink.name, "is warm")
    if (--cold === 0) yield* warm.open
    while (!over) yield* write
    for (let after = 0; after < 15; after++) yield* write
    yield* deliver
    yield* at(sink.name, "is done")
    return written
  }, Effect.scoped)
  const working = yield* Effect.forkChild(
    Effect.forEach(sinks, (sink) => Effect.orDie(work(sink)), { concurrency: "unbounded" }),
  )
  yield* Effect.raceFirst(warm.await, Effect.asVoid(Fiber.join(working)))
  yield* Effect.sleep(200)
  yield* at("the disturbance", "goes on")
  yield* disturb
  yield* at("the disturbance", "is over")
  over = true
  const written = yield* Fiber.join(working)
  yield* at("the reader", "reads it all back")
  return yield* Effect.forEach(sinks, (sink, index) =>
    Effect.map(
      readAll(kafka, (topic) => topic.startsWith(`${prefixOf(sink.name)}.`)),
      (read) => ({
        driver: sink.name,
        written: written[index]!,
        ...judge(read, written[index]!),
        counts: sink.counts(),
      }),
    ),
  )
})

/**
 * Writes to Kafka steadily through every driver at once, disturbs it meanwhile, goes on a little and waits until all
 * is delivered; then reads back what is there.
 */
export const disturbed = (
  kafka: KafkaServer,
  brokers: ReadonlyArray<string>,
  disturb: Effect.Effect<void>,
  transactional = false,
): Effect.Effect<ReadonlyArray<Outcome>> => {
  /** How far each is: said when the time is up. */
  const stages = new Map<string, string>()
  return Effect.timeoutOrElse(run(kafka, brokers, disturb, transactional, stages), {
    duration: maxSeconds * 1000,
    orElse: () =>
      Effect.die(
        new Error(
          `not done in ${maxSeconds} s: ${Array.from(stages, ([who, stage]) => `${who} ${stage}`).join("; ")}`,
        ),
      ),
  })
}

/** Nothing lost and nothing out of order; nothing twice, unless a driver says that it may be. */
export const promised = (outcomes: ReadonlyArray<Outcome>) => {
  for (const outcome of outcomes) {
    const told = JSON.stringify(outcome)
    assert.isAbove(outcome.written, 1000, told)
    assert.strictEqual(outcome.lost, 0, told)
    assert.strictEqual(outcome.disordered, 0, told)
    assert.isAtMost(outcome.duplicates, outcome.counts.possibleDuplicates, told)
    if (outcome.driver === "kafkajs") assert.strictEqual(outcome.duplicates, 0, told)
  }
  process.stderr.write(outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join(""))
}
