import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import { topicName } from "../../layers/sink/kafka/TopicName.ts"
import { parseRecord } from "../../src/domain/Record.ts"
import { closingLine, type StatusView, statusWhen } from "../support/instance.ts"
import { consume, ownKafka } from "../support/kafka.ts"
import { kafkaDrivers } from "../support/kafkaDrivers.ts"
import { readAll } from "../support/kafkaReader.ts"
import { afterWork, runOneVenue, runProgram, startProgram, temporaryFolder } from "../support/process.ts"
import { freshSeed, makeDice } from "../support/seed.ts"

const kafka = ownKafka()
afterAll(() => (kafka === undefined ? undefined : Effect.runPromise(kafka.remove)))

const kills = 4

const kafkaOf = ({ accounts }: StatusView) => accounts.sinks.find(({ name }) => name === "kafka")!

/** Lines by the topic where they belong, in order. */
const byTopic = (prefix: string, lines: ReadonlyArray<string>): ReadonlyMap<string, ReadonlyArray<string>> =>
  Map.groupBy(lines, (line) => {
    const { exchange, market, native, symbol, type } = parseRecord(line)
    const instrument = { exchange, market, native, symbol, base: "", quote: "" }
    return topicName(`${prefix}.{type}.{exchange}.{symbol}`, type, instrument)
  })

describe.skipIf(kafka === undefined)("millrace run with a transactional sink", { timeout: 360_000 }, () => {
  for (const [driver] of kafkaDrivers)
    it.live(
      `killed again and again, leaves what its journal accepted in Kafka, each record once and in order, through ${driver}`,
      () =>
        Effect.gen(function* () {
          const seed = freshSeed()
          const dice = makeDice(seed)
          const told = `MILLRACE_SEED=${seed}`
          const cwd = yield* temporaryFolder
          const prefix = `killed-${driver}`
          const start = startProgram(runOneVenue, {
            cwd,
            env: {
              MILLRACE_SERVER__PORT: "0",
              MILLRACE_SIMULATOR__RATE: "500",
              MILLRACE_SYSTEM__NAME: `node-${driver}`,
              MILLRACE_SINKS: JSON.stringify([
                {
                  name: "kafka",
                  type: "kafka",
                  driver,
                  transactional: true,
                  brokers: kafka!.brokers,
                  lingerMs: 20,
                  partitions: 1,
                  topic: `${prefix}.{type}.{exchange}.{symbol}`,
                },
              ]),
            },
          })
          for (let time = 0; time < kills; time++) {
            yield* Effect.scoped(
              Effect.gen(function* () {
                const program = yield* start
                // Now and then before it is up, otherwise in the middle of what it does.
                if (dice.chance(0.2)) yield* afterWork(program, 0.3 + dice.next())
                else {
                  yield* statusWhen(
                    yield* program.api,
                    "records are in Kafka",
                    (status) =>
                      kafkaOf(status).state === "open" && kafkaOf(status).delivered > 300 * (time + 1),
                  )
                  yield* Effect.sleep(dice.int(1000))
                }
                yield* program.kill("SIGKILL")
                yield* program.ended
              }),
            )
          }
          const left = yield* Effect.scoped(
            Effect.gen(function* () {
              const program = yield* start
              yield* statusWhen(
                yield* program.api,
                "it delivers",
                (status) => status.ready && kafkaOf(status).delivered > 300 * (kills + 1),
              )
              yield* program.kill("SIGTERM")
              assert.deepStrictEqual(yield* program.ended, { code: 0, signal: null }, program.stderr())
              return closingLine(program).sinks[0]!.waiting
            }),
          )
          const { stdout } = yield* runProgram(["journal", "cat", join(cwd, "data/journal")], { cwd })
          const journal = stdout.split("\n").slice(0, -1)
          // What a busy broker did not take within the time of a drain stays for the next start.
          const lines = journal.slice(0, journal.length - left)
          assert.isAbove(lines.length, 300 * (kills + 1), told)
          const accepted = byTopic(prefix, lines)
          const read = yield* readAll(kafka!, (topic) => topic.startsWith(`${prefix}.`))
          const there = Map.groupBy(read, ({ topic }) => topic)
          assert.sameMembers([...there.keys()], [...accepted.keys()], told)
          for (const [topic, expected] of accepted)
            assert.deepStrictEqual(
              there.get(topic)!.map(({ value }) => value),
              expected,
              `${topic} ${told}`,
            )
          const consumed = yield* consume(kafka!, { include: `${prefix}[.].*` }, lines.length)
          assert.deepStrictEqual(
            consumed.map(({ value }) => value).toSorted(),
            lines.toSorted(),
            `Kafka's own consumer, ${told}`,
          )
        }),
    )
})
