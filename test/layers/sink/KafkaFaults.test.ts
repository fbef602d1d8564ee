import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch } from "effect"
import { makeKafkaSink } from "../../../layers/sink/Kafka.ts"
import type { KafkaSink } from "../../../layers/sink/Kafka.ts"
import { testEnvelopes, testStream } from "../../support/envelopes.ts"
import { ownKafka } from "../../support/kafka.ts"
import { kafkaDrivers } from "../../support/kafkaDrivers.ts"
import { type ReadRecord, readAll } from "../../support/kafkaReader.ts"
import { swallowingProxy } from "../../support/swallowingProxy.ts"
import { ownToxiproxy, type Toxic } from "../../support/toxiproxy.ts"

const kafka = ownKafka()
const toxiproxy = kafka === undefined ? undefined : ownToxiproxy()

const streams = ["A", "B", "C", "D", "E", "F"].map((base) => testStream({ base }))
const perWrite = 40
const writeEveryMillis = 20

/** What became of the records of one driver. */
interface Outcome {
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

/**
 * Writes to Kafka steadily through every driver at once, disturbs it meanwhile, goes on a little and waits until all
 * is delivered; then reads back what is there.
 */
const disturbed = Effect.fnUntraced(function* (
  brokers: ReadonlyArray<string>,
  disturb: Effect.Effect<void>,
): Effect.fn.Return<ReadonlyArray<Outcome>> {
  const run = runs++
  const prefixOf = (driver: string) => `fault-${run}-${driver}`
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
    }).pipe(Effect.provide(layer)),
  )
  let over = false
  const warm = yield* Latch.make(false)
  let cold = sinks.length
  const work = Effect.fnUntraced(function* (sink: KafkaSink) {
    const writer = yield* sink.open
    const pending: Array<Effect.Effect<unknown, unknown>> = []
    let written = 0
    const write = Effect.gen(function* () {
      pending.push(yield* writer.write(testEnvelopes(streams, written, perWrite), 0))
      written += perWrite
      yield* Effect.sleep(writeEveryMillis)
    })
    for (let first = 0; first < 15; first++) yield* write
    for (const delivered of pending) yield* delivered
    if (--cold === 0) yield* warm.open
    while (!over) yield* write
    for (let after = 0; after < 15; after++) yield* write
    for (const delivered of pending) yield* delivered
    return written
  }, Effect.scoped)
  const working = yield* Effect.forkChild(
    Effect.forEach(sinks, (sink) => Effect.orDie(work(sink)), { concurrency: "unbounded" }),
  )
  yield* Effect.raceFirst(warm.await, Effect.asVoid(Fiber.join(working)))
  yield* Effect.sleep(200)
  yield* disturb
  over = true
  const written = yield* Fiber.join(working)
  return yield* Effect.forEach(sinks, (sink, index) =>
    Effect.map(
      readAll(kafka!, (topic) => topic.startsWith(`${prefixOf(sink.name)}.`)),
      (read) => ({
        driver: sink.name,
        written: written[index]!,
        ...judge(read, written[index]!),
        counts: sink.counts(),
      }),
    ),
  )
})

const promise = "loses nothing, keeps the order, and doubles nothing that it does not count"
const wait = (millis: number) => Effect.sleep(millis)

/** Nothing lost and nothing out of order; nothing twice, unless a driver says that it may be. */
const promised = (outcomes: ReadonlyArray<Outcome>) => {
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

afterAll(() => {
  toxiproxy?.stop()
  return kafka === undefined ? undefined : Effect.runPromise(kafka.remove)
}, 60_000)

describe.skipIf(kafka === undefined)("the Kafka sink when the broker", () => {
  const test = (what: string, disturb: () => Effect.Effect<void>) =>
    it.live(
      `${what}: ${promise}`,
      () => Effect.map(disturbed(kafka!.brokers, Effect.suspend(disturb)), promised),
      60_000,
    )

  test("is stopped and started again", () => Effect.andThen(kafka!.stop, kafka!.start))
  test("is killed and started again", () => Effect.andThen(kafka!.kill, kafka!.start))
  test("stands still for three seconds", () =>
    Effect.gen(function* () {
      yield* kafka!.pause
      yield* wait(3000)
      yield* kafka!.resume
    }))
})

describe.skipIf(kafka === undefined || toxiproxy === undefined)("the Kafka sink when the network", () => {
  const test = (what: string, attributes: Toxic, millis: number, times: number) =>
    it.live(
      `${what}: ${promise}`,
      () =>
        Effect.scoped(
          Effect.gen(function* () {
            yield* toxiproxy!.proxy("kafka", kafka!.proxy, kafka!.behind)
            const disturb = Effect.gen(function* () {
              for (let time = 0; time < times; time++) {
                yield* toxiproxy!.add("kafka", attributes)
                yield* wait(millis)
                yield* toxiproxy!.remove("kafka", attributes.type)
                yield* wait(500)
              }
            })
            promised(yield* disturbed([kafka!.proxy], disturb))
          }),
        ),
      60_000,
    )
  const downstream = { stream: "downstream" } as const

  test(
    "loses the broker's answers",
    { type: "reset_peer", ...downstream, attributes: { timeout: 0 } },
    400,
    4,
  )
  test("breaks inside an answer", { type: "limit_data", ...downstream, attributes: { bytes: 20 } }, 400, 3)
  test(
    "delays answers beyond their time",
    { type: "timeout", ...downstream, attributes: { timeout: 0 } },
    3000,
    1,
  )
})

describe.skipIf(kafka === undefined)("the Kafka sink when a connection", () => {
  it.live(
    `swallows all answers and stays open: replaces the producer; ${promise}`,
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const proxy = yield* swallowingProxy(kafka!.proxy, kafka!.behind)
          const outcomes = yield* disturbed([kafka!.proxy], Effect.andThen(proxy.swallow, wait(500)))
          promised(outcomes)
          const kafkajs = outcomes.find(({ driver }) => driver === "kafkajs")!
          assert.isAbove(kafkajs.counts.replacements, 0)
        }),
      ),
    60_000,
  )
})
