import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join, resolve } from "node:path"
import { parseRecord } from "../../src/domain/Record.ts"
import { binanceOracle } from "../support/binanceOracle.ts"
import {
  allLive,
  closingLine,
  linesIn,
  recordFiles,
  statusOf,
  type StatusView,
  statusWhen,
  unreadyReasons,
  wellFormed,
} from "../support/instance.ts"
import { consume, ownKafka, sharedKafka } from "../support/kafka.ts"
import { readAll } from "../support/kafkaReader.ts"
import {
  eventually,
  request,
  runOneVenue,
  runProgram,
  startProgram,
  temporaryFolder,
} from "../support/process.ts"
import { readSession, recordingsAbsent, sessionPath } from "../support/recordings.ts"
import { freshSeed } from "../support/seed.ts"

/** One of our own, since it is killed; where there can be none, one that is given will do for what does not kill it. */
const own = ownKafka()
const kafka = own ?? sharedKafka()
afterAll(() => (own === undefined ? undefined : Effect.runPromise(own.remove)))
const session = "binance/2024-08-08-ethusdt"

describe.skipIf(kafka === undefined || recordingsAbsent)("millrace replay", { timeout: 60_000 }, () => {
  it.live(
    "puts a session into Kafka, where Kafka's own consumer finds every record of it, in order",
    () =>
      Effect.gen(function* () {
        const cwd = yield* temporaryFolder
        const prefix = `e2e-${process.pid}-${freshSeed()}`
        const truth = binanceOracle("binance", readSession(session)).files
        const count = linesIn(truth)
        const { code, stderr } = yield* runProgram(
          ["replay", resolve(sessionPath(session)), "--speed", "max"],
          {
            cwd,
            env: {
              MILLRACE_SINKS: JSON.stringify([
                {
                  name: "kafka",
                  type: "kafka",
                  brokers: kafka!.brokers,
                  topic: `${prefix}.{type}.{exchange}.{symbol}`,
                },
              ]),
            },
          },
        )
        assert.strictEqual(code, 0, stderr)
        assert.match(stderr, new RegExp(`sink kafka has all ${count} records`))
        const consumed = yield* consume(kafka!, { include: `${prefix}\\..*` }, count)
        const files = Map.groupBy(consumed, ({ value }) => {
          const { type, exchange, symbol, timestamp } = parseRecord(value)
          return `${type}/${exchange}/${symbol}/${new Date(timestamp).toISOString().slice(0, 10)}`
        })
        assert.sameMembers([...files.keys()], [...truth.keys()])
        for (const [name, lines] of truth)
          assert.deepStrictEqual(
            files.get(name)?.map(({ value }) => value),
            lines,
            name,
          )
        for (const { headers, key, value } of consumed.slice(0, 100)) {
          const { id, receivedAt, source, symbol } = parseRecord(value)
          assert.strictEqual(key, symbol)
          assert.deepStrictEqual(
            { id: headers["id"], receivedAt: Number(headers["receivedAt"]), source: headers["source"] },
            { id, receivedAt, source },
          )
        }
      }),
    120_000,
  )
})

describe.skipIf(own === undefined)("millrace run", { timeout: 240_000 }, () => {
  it.live("stays alive and is not ready while the broker is away, and has lost nothing when it is back", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const program = yield* startProgram(runOneVenue, {
        cwd,
        env: {
          MILLRACE_SERVER__PORT: "0",
          MILLRACE_SINKS: JSON.stringify([
            { name: "files", type: "files", path: "records" },
            { name: "kafka", type: "kafka", brokers: own!.brokers, requestTimeout: "3 seconds" },
          ]),
        },
      })
      const api = yield* program.api
      const kafkaOf = ({ accounts }: StatusView) => accounts.sinks.find(({ name }) => name === "kafka")!
      yield* statusWhen(
        api,
        "records are in Kafka",
        (status) => allLive(status) && kafkaOf(status).delivered > 100,
      )

      yield* own!.kill
      const reason = yield* eventually(
        "it says why it is not ready",
        Effect.map(unreadyReasons(api), (all) => all.find((each) => each.startsWith("sink kafka: "))),
      )
      assert.match(reason, /; (look at|it is tried again: start) the broker/)
      assert.strictEqual((yield* request(`${api}/health`)).status, 200)
      const away = yield* statusOf(api)
      const later = yield* statusWhen(
        api,
        "collection goes on, into the files",
        (status) =>
          status.accounts.sinks[0]!.delivered > away.accounts.sinks[0]!.delivered + 300 &&
          kafkaOf(status).waiting > 300,
      )
      assert.isTrue(later.accounts.balanced)
      assert.deepStrictEqual(
        later.actors.filter(({ restarts }) => restarts > 0),
        [],
      )

      yield* own!.start
      yield* statusWhen(
        api,
        "all is well again",
        (status) => status.ready && kafkaOf(status).delivered > later.accounts.records.accepted,
        "90 seconds",
      )
      yield* program.kill("SIGTERM")
      assert.deepStrictEqual(yield* program.ended, { code: 0, signal: null }, program.stderr())
      wellFormed(program)
      const { accepted, sinks } = closingLine(program)
      assert.deepStrictEqual(
        sinks.map(({ waiting }) => waiting),
        [0, 0],
      )
      const read = yield* readAll(own!, (topic) => topic.startsWith("market."))
      const files = recordFiles(join(cwd, "records"))
      assert.strictEqual(linesIn(files), accepted)
      // Each record once, in the order of its stream; where the broker died on an answer, a batch may be there twice.
      for (const [name, lines] of files) {
        const [type, exchange, symbol] = name.split("/")
        const topic = `market.${type}.${exchange}.${symbol!.toLowerCase()}`
        const values = read.filter((each) => each.topic === topic).map(({ value }) => value)
        assert.deepStrictEqual([...new Set(values)], lines, topic)
      }
    }),
  )
})
