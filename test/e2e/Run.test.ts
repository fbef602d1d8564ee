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

/** A file of each type, exchange and symbol that the default configuration names. */
const product = (exchange: string, types: ReadonlyArray<string>, symbols: ReadonlyArray<string>) =>
  types.flatMap((type) => symbols.map((symbol) => `${type}/${exchange}/${symbol}/`))

const everywhere = ["trade", "kline", "bbo", "depth"]
const wanted = [
  ...product("binance", [...everywhere, "ticker"], ["BTC-USDT", "ETH-USDT", "BNB-USDT"]),
  ...product(
    "binance",
    [...everywhere, "mark_price", "funding", "open_interest"],
    ["BTC-USDT-PERP", "ETH-USDT-PERP"],
  ),
  ...product("okx", [...everywhere, "ticker"], ["BTC-USDT", "BTC-USDT-PERP"]),
  ...product(
    "bybit",
    [...everywhere, "ticker", "funding", "liquidation"],
    ["BTC-USDT-PERP", "ETH-USDT-PERP"],
  ),
]

describe("millrace run, without any configuration", { timeout: 150_000 }, () => {
  it.live(
    "collects four venues into whole lines, logs JSON about it, and loses nothing when it is stopped",
    () =>
      Effect.gen(function* () {
        const cwd = yield* temporaryFolder
        const program = yield* startProgram(["run"], { cwd, env: { MILLRACE_SERVER__PORT: "0" } })
        const api = yield* program.api
        const records = join(cwd, "data/records")
        yield* eventually(
          "a file of each venue, type and symbol has lines",
          Effect.sync(() => {
            const files = recordFiles(records)
            const has = (start: string) =>
              [...files].some(([name, lines]) => name.startsWith(start) && lines.length > 0)
            return wanted.every(has) ? true : undefined
          }),
        )
        const status = yield* statusWhen(api, "every stream is live", allLive)
        assert.isTrue(status.accounts.balanced)
        // A machine that stood still finds its streams silent for a moment.
        yield* eventually(
          "it is ready",
          Effect.map(unreadyReasons(api), ({ length }) => (length === 0 ? true : undefined)),
        )
        yield* program.says(
          /^53\/53 streams live \| [\d,.]+ msg\/s, .* \| files [\d,]+ delivered, \d+ waiting/,
        )

        yield* program.kill("SIGTERM")
        assert.deepStrictEqual(yield* program.ended, { code: 0, signal: null })
        assert.strictEqual(program.stdout(), "")
        wellFormed(program)
        const connected = program.log().filter(({ message }) => message.startsWith("connected"))
        assert.deepStrictEqual(
          [...new Set(connected.map((line) => (line as { readonly venue?: string }).venue))].toSorted(),
          ["binance", "binance-usdm", "bybit", "okx"],
        )
        const files = recordFiles(records)
        wholeAndOnce(files)
        // Bybit numbers trades of contracts by UUIDs.
        contiguous(tradeIds(new Map([...files].filter(([name]) => !name.includes("/bybit/")))))
        const closing = closingLine(program)
        assert.isTrue(closing.balanced)
        assert.strictEqual(linesIn(files), closing.accepted)
        assert.deepStrictEqual(closing.sinks, [{ name: "files", delivered: closing.accepted, waiting: 0 }])
      }),
  )
})
