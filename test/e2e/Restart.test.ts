import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import { parseRecord } from "../../src/domain/Record.ts"
import { assertBook, assertOrder, of } from "../support/exchangeTruth.ts"
import { allLive, closingLine, linesIn, recordFiles, statusWhen, wholeAndOnce } from "../support/instance.ts"
import { eventually, runOneVenue, runProgram, startProgram, temporaryFolder } from "../support/process.ts"
import { withSeeds } from "../support/seed.ts"
import { isGap, newestGaps } from "../support/streamStates.ts"

const start = (cwd: string) => startProgram(runOneVenue, { cwd, env: { MILLRACE_SERVER__PORT: "0" } })

/** Gaps of which the last word is not in the files yet. */
const unsettled = (cwd: string) =>
  [...recordFiles(join(cwd, "data/records"), "left out")].flatMap(([name, lines]) =>
    name.startsWith("gap/")
      ? newestGaps(lines.map((line) => parseRecord(line)))
          .filter(({ data }) => data.repair === "pending" || Object.keys(data.to).length === 0)
          .map(({ id }) => id)
      : [],
  )

/** Nothing is missing between the first and the last, and nothing is there twice. */
const assertUnbroken = (what: string, numbers: ReadonlyArray<number>, step: number) => {
  const sorted = numbers.toSorted((left, right) => left - right)
  sorted.forEach((number, index) => {
    if (index > 0)
      assert.strictEqual(number, sorted[index - 1]! + step, `${what}: after ${sorted[index - 1]}`)
  })
}

/** Everything that was accepted, in its order, by symbol. */
const journaled = Effect.fnUntraced(function* (cwd: string) {
  const cat = yield* runProgram(["journal", "cat", "data/journal"], { cwd })
  assert.strictEqual(cat.code, 0, cat.stderr)
  const records = cat.stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => parseRecord(line))
  return Map.groupBy(records, ({ symbol }) => symbol)
})

describe("millrace run, killed again and again", { timeout: 240_000 }, () => {
  it.live("names what it missed meanwhile, has it repaired, and has each record once", () =>
    withSeeds(1, (dice) =>
      Effect.scoped(
        Effect.gen(function* () {
          const cwd = yield* temporaryFolder
          for (let life = 0; life < 4; life++) {
            const program = yield* start(cwd)
            yield* life === 0
              ? statusWhen(yield* program.api, "all is live", allLive)
              : program.says(/^connected$/)
            // From the second life on in the middle of repairs, or soon after.
            yield* Effect.sleep(dice.int(1_500))
            yield* program.kill("SIGKILL")
            yield* program.ended
          }
          const last = yield* start(cwd)
          yield* statusWhen(yield* last.api, "all is live again", allLive)
          yield* eventually(
            "every gap is settled",
            Effect.suspend(() => {
              const ids = unsettled(cwd)
              return ids.length === 0 ? Effect.succeed(true) : Effect.fail(new Error(ids.join(", ")))
            }),
          )
          yield* last.kill("SIGTERM")
          assert.strictEqual((yield* last.ended).code, 0)
          assert.isTrue(closingLine(last).balanced)
          const files = recordFiles(join(cwd, "data/records"))
          wholeAndOnce(files)
          const bySymbol = yield* journaled(cwd)
          assert.strictEqual(
            [...bySymbol.values()].reduce((sum, records) => sum + records.length, 0),
            linesIn(files),
            "the files have what was accepted",
          )
          for (const [symbol, records] of bySymbol) {
            const trades = records.flatMap((record) =>
              record.type === "trade" ? [Number(record.data.tradeId)] : [],
            )
            assert.isAbove(trades.length, 50)
            assertUnbroken(`${symbol} trade`, trades, 1)
            const klines = records.flatMap((record) =>
              record.type === "kline" && record.data.closed ? [record.data.startTime] : [],
            )
            assertUnbroken(`${symbol} kline`, klines, 60_000)
            const gaps = newestGaps(records)
            for (const { data, id } of gaps)
              if (data.channel === "trade") assert.strictEqual(data.repair, "complete", id)
            const causes = gaps.filter(({ data }) => data.channel === "trade").map(({ data }) => data.cause)
            assert.include(causes, "restart")
            assertBook(
              records.filter((record) =>
                isGap(record) ? record.data.channel === "depth" : record.type === "depth",
              ),
            )
            assertOrder(of(records, "trade"))
          }
        }),
      ),
    ),
  )
})
