import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ownKafka } from "../support/kafka.ts"
import { disturbed, type Outcome } from "../support/kafkaFaults.ts"
import { swallowingProxy } from "../support/swallowingProxy.ts"
import { ownToxiproxy, type Toxic } from "../support/toxiproxy.ts"

/** What brokers and networks do to the Kafka sink, with every driver, on a broker of its own; `judge` holds it to `promise`. */
export const kafkaFaults = (options: {
  readonly name: string
  readonly promise: string
  readonly transactional: boolean
  readonly judge: (outcomes: ReadonlyArray<Outcome>) => void
}): void => {
  const { judge, name, promise, transactional } = options
  const kafka = ownKafka()
  const toxiproxy = kafka === undefined ? undefined : ownToxiproxy()

  const wait = (millis: number) => Effect.sleep(millis)

  afterAll(() => {
    toxiproxy?.stop()
    return kafka === undefined ? undefined : Effect.runPromise(kafka.remove)
  }, 60_000)

  describe.skipIf(kafka === undefined)(`${name} when the broker`, () => {
    const test = (what: string, disturb: () => Effect.Effect<void>) =>
      it.live(
        `${what}: ${promise}`,
        () => Effect.map(disturbed(kafka!, kafka!.brokers, Effect.suspend(disturb), transactional), judge),
        240_000,
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

  describe.skipIf(kafka === undefined || toxiproxy === undefined)(`${name} when the network`, () => {
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
              judge(yield* disturbed(kafka!, [kafka!.proxy], disturb, transactional))
            }),
          ),
        240_000,
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

  describe.skipIf(kafka === undefined)(`${name} when a connection`, () => {
    it.live(
      `swallows all answers and stays open: replaces the producer; ${promise}`,
      () =>
        Effect.scoped(
          Effect.gen(function* () {
            const proxy = yield* swallowingProxy(kafka!.proxy, kafka!.behind)
            const outcomes = yield* disturbed(
              kafka!,
              [kafka!.proxy],
              Effect.andThen(proxy.swallow, wait(500)),
              transactional,
            )
            judge(outcomes)
            const kafkajs = outcomes.find(({ driver }) => driver === "kafkajs")!
            assert.isAbove(kafkajs.counts.replacements, 0)
          }),
        ),
      240_000,
    )
  })
}
