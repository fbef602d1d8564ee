import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { makeSimulator } from "../../src/simulator/index.ts"
import { recordFiles, tradeIds } from "../support/instance.ts"
import { runProgram, startProgram, temporaryFolder, untilTrue } from "../support/process.ts"

interface Line {
  readonly t: string
  readonly dir: string
  readonly url?: string
  readonly raw?: string
  readonly frame?: string
}

const venues = ["binance", "htx"] as const

/** What a session file holds, and its path. */
const session = (cwd: string, venue: string) => {
  const folder = join(cwd, "data/recordings", venue)
  const [name] = readdirSync(folder)
  const path = join(folder, name!)
  const lines = gunzipSync(readFileSync(path)).toString().trimEnd().split("\n")
  return { path, lines: lines.map((line) => JSON.parse(line) as Line) }
}

describe("millrace record", { timeout: 90_000 }, () => {
  it.live("keeps every message as it came, and a replay of it is what the exchange had", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], venues, rate: 400, keepSent: 100_000 })
      const exchanges = Object.fromEntries(
        venues.map((venue) => {
          const { restEndpoint, wsEndpoint } = simulator.venue(venue)
          return [
            venue,
            { restEndpoint, wsEndpoint, symbols: ["BTC-USDT"], dataTypes: ["trade", "depth", "bbo"] },
          ]
        }),
      )
      writeFileSync(join(cwd, "config.json"), JSON.stringify({ exchanges }))
      const program = yield* startProgram(["record", "--config", "config.json"], { cwd })
      // Whichever was there first, and however late the other came.
      yield* program.says(/^recording: (?=.*binance\S*: \d{4,} lines)(?=.*htx\S*: \d{4,} lines)/)
      yield* program.kill("SIGTERM")
      assert.strictEqual((yield* program.ended).code, 0, program.stderr())
      assert.deepStrictEqual(readdirSync(cwd).toSorted(), ["config.json", "data"])
      assert.deepStrictEqual(readdirSync(join(cwd, "data")), ["recordings"])

      for (const venue of venues) {
        const { lines, path } = session(cwd, venue)
        assert.strictEqual(lines[0]!.dir === "rest" || lines[0]!.dir === "connect", true)
        const count = (dir: string) => lines.filter((line) => line.dir === dir).length
        assert.isAbove(count("in"), 100, venue)
        assert.isAbove(count("connect"), 0)
        assert.isAbove(count("out"), 0)
        // HTX compresses, and its frames are kept so.
        assert.strictEqual(
          lines.some(({ frame }) => frame !== undefined),
          venue === "htx",
        )
        const replayed = yield* runProgram(["replay", path, "--speed", "max"], { cwd })
        assert.strictEqual(replayed.code, 0, replayed.stderr)
        const records = recordFiles(join(cwd, "data/replay"))
        const [, numbers = []] =
          [...tradeIds(records)].find(([name]) => name.startsWith(`trade/${venue}/`)) ?? []
        assert.isAbove(numbers.length, 20)
        // Trades of an exchange follow each other: none that came between the first and the last is left out.
        if (venue === "binance")
          assert.strictEqual(numbers.at(-1)! - numbers[0]!, numbers.length - 1, "a trade is missing")
        assert.isTrue([...records.keys()].some((name) => name.startsWith(`depth/${venue}/`)))
      }
    }).pipe(Effect.scoped),
  )

  it.live("ends by itself after its time, and says what it has", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], venues: ["binance"], rate: 200 })
      const { restEndpoint, wsEndpoint } = simulator.venue("binance")
      const binance = { restEndpoint, wsEndpoint, symbols: ["BTC-USDT"], dataTypes: ["trade"] }
      writeFileSync(join(cwd, "config.json"), JSON.stringify({ exchanges: { binance } }))
      const { code, stderr, stdout } = yield* runProgram(
        ["record", "--config", "config.json", "--out", "kept", "--for", "8 seconds"],
        { cwd },
      )
      assert.strictEqual(code, 0, stderr)
      assert.match(stdout, /^kept\/binance\/.*\.session\.jsonl\.gz: \d+ lines$/m)
    }).pipe(Effect.scoped),
  )

  it.live("says in one line that it cannot write, and ends", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      writeFileSync(join(cwd, "kept"), "a file")
      const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], venues: ["binance"] })
      const { restEndpoint, wsEndpoint } = simulator.venue("binance")
      const binance = { restEndpoint, wsEndpoint, symbols: ["BTC-USDT"], dataTypes: ["trade"] }
      writeFileSync(join(cwd, "config.json"), JSON.stringify({ exchanges: { binance } }))
      const program = yield* startProgram(["record", "--config", "config.json", "--out", "kept"], { cwd })
      assert.strictEqual((yield* program.ended).code, 1)
      yield* untilTrue("it says why", () =>
        /^millrace: kept\/binance\/.*cannot be written/m.test(program.stderr()),
      )
    }).pipe(Effect.scoped),
  )
})
