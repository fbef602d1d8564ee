import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import {
  allLive,
  closingLine,
  contiguous,
  linesIn,
  recordFiles,
  statusWhen,
  tradeIds,
  unreadyReasons,
  wellFormed,
  wholeAndOnce,
} from "../support/instance.ts"
import { eventually, startProgram, temporaryFolder } from "../support/process.ts"

const types = ["trade", "kline", "ticker", "bbo", "depth"]
const symbols = ["BTC-USDT", "ETH-USDT", "BNB-USDT"]

describe("millrace run, without any configuration", { timeout: 60_000 }, () => {
  it.live(
    "collects all five types into whole lines, logs JSON about it, and loses nothing when it is stopped",
    () =>
      Effect.gen(function* () {
        const cwd = yield* temporaryFolder
        const program = yield* startProgram(["run"], { cwd, env: { MILLRACE_SERVER__PORT: "0" } })
        const api = yield* program.api
        const records = join(cwd, "data/records")
        yield* eventually(
          "a file of each type and symbol has lines",
          Effect.sync(() => {
            const files = recordFiles(records)
            const wanted = types.flatMap((type) => symbols.map((symbol) => `${type}/binance/${symbol}/`))
            const has = (start: string) =>
              [...files].some(([name, lines]) => name.startsWith(start) && lines.length > 0)
            return wanted.every(has) ? true : undefined
          }),
          "10 seconds",
        )
        const status = yield* statusWhen(api, "every stream is live", allLive)
        assert.isTrue(status.accounts.balanced)
        assert.deepStrictEqual(yield* unreadyReasons(api), [])
        yield* program.says(
          /^15\/15 streams live \| [\d,.]+ msg\/s, .* \| files [\d,]+ delivered, \d+ waiting/,
        )

        yield* program.kill("SIGTERM")
        assert.deepStrictEqual(yield* program.ended, { code: 0, signal: null })
        assert.strictEqual(program.stdout(), "")
        wellFormed(program)
        const connected = yield* program.says(/^connected/)
        assert.strictEqual(connected["venue"], "binance")
        assert.strictEqual(connected["connection"], "binance/connections/1")
        const files = recordFiles(records)
        wholeAndOnce(files)
        contiguous(tradeIds(files))
        const closing = closingLine(program)
        assert.isTrue(closing.balanced)
        assert.strictEqual(linesIn(files), closing.accepted)
        assert.deepStrictEqual(closing.sinks, [{ name: "files", delivered: closing.accepted, waiting: 0 }])
      }),
  )
})
