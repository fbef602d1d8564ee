import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { resolve } from "node:path"
import { parseRecord } from "../../src/domain/Record.ts"
import { binanceOracle } from "../support/binanceOracle.ts"
import { linesIn } from "../support/instance.ts"
import { consume, sharedKafka } from "../support/kafka.ts"
import { runProgram, temporaryFolder } from "../support/process.ts"
import { readSession, recordingsAbsent, sessionPath } from "../support/recordings.ts"
import { freshSeed } from "../support/seed.ts"

const kafka = sharedKafka()
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
