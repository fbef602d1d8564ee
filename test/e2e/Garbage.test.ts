import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import { makeSimulator } from "../../src/simulator/index.ts"
import { exchangeProxy, type Frame } from "../support/exchangeProxy.ts"
import {
  allLive,
  contiguous,
  recordFiles,
  statusOf,
  statusWhen,
  tradeIds,
  wellFormed,
  wholeAndOnce,
} from "../support/instance.ts"
import { request, runOneVenue, startProgram, temporaryFolder } from "../support/process.ts"

const text = (said: string): Frame => ({ data: Buffer.from(said), binary: false })

const message = (stream: string, data: unknown): Frame => text(JSON.stringify({ stream, data }))

const trade = {
  e: "trade",
  E: 1700000000000,
  s: "BTCUSDT",
  t: 7,
  p: "1.50",
  q: "2",
  T: 1700000000000,
  m: true,
  M: true,
}

const depth = { e: "depthUpdate", E: 1700000000000, s: "BTCUSDT", U: 1, u: 2, b: [], a: [] }

const wrongTrade = (change: object) => message("btcusdt@trade", { ...trade, ...change })

/** What an exchange never ought to say, and the reason that each is counted under. */
const garbage: ReadonlyArray<readonly [reason: string, frame: Frame]> = [
  ["not_json", text("hello")],
  ["not_json", text("")],
  ["not_json", text(JSON.stringify({ stream: "btcusdt@trade", data: trade }).slice(0, 70))],
  ["not_json", { data: Buffer.from([0, 1, 2, 253, 254, 255]), binary: true }],
  [
    "not_json",
    { data: Buffer.concat([Buffer.from('{"stream":"'), Buffer.from([0xc3, 0x28])]), binary: false },
  ],
  ["not_json", text(`\u001b[2J\u0007 a frame that would steer a terminal`)],
  ["not_object", text("[1, 2]")],
  ["not_object", text("null")],
  ["not_object", text("[".repeat(1_000_000) + "]".repeat(1_000_000))],
  ["bad_field", wrongTrade({ p: true })],
  ["bad_field", wrongTrade({ t: "seven" })],
  ["bad_field", wrongTrade({ m: 1 })],
  ["bad_field", message("btcusdt@trade", "a text")],
  ["bad_number", wrongTrade({ p: "1e400000000" })],
  ["bad_number", wrongTrade({ q: "NaN" })],
  ["bad_number", wrongTrade({ q: "9".repeat(5000) })],
  ["bad_number", wrongTrade({ T: 1e300 })],
  ["symbol_mismatch", wrongTrade({ s: "ETHUSDT" })],
  ["bad_levels", message("btcusdt@depth@100ms", { ...depth, b: [["1"]] })],
  ["bad_levels", message("btcusdt@depth@100ms", { ...depth, a: { "1": "2" } })],
  ["unknown_event", wrongTrade({ e: "surprise" })],
  ["unknown_event", text('{"surprise":{}}')],
  ["unknown_stream", message("btcusdt@mystery", trade)],
  ["too_large", text(`{"stream":${"[".repeat(2_500_000)}${"]".repeat(2_500_000)}}`)],
]

const rounds = 3

describe("millrace run, when the exchange talks nonsense between good messages", { timeout: 120_000 }, () => {
  it.live("counts each by its reason, says it once, and loses nothing of the rest", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT", "ETH-USDT"],
        venues: ["binance"],
        rate: 400,
      })
      const { restEndpoint, wsEndpoint } = simulator.venue("binance")
      const proxy = yield* exchangeProxy(wsEndpoint)
      const program = yield* startProgram(runOneVenue, {
        cwd,
        env: {
          MILLRACE_SERVER__PORT: "0",
          MILLRACE_EXCHANGES__BINANCE__SYMBOLS: '["BTC-USDT", "ETH-USDT"]',
          MILLRACE_EXCHANGES__BINANCE__WS_ENDPOINT: proxy.wsEndpoint,
          MILLRACE_EXCHANGES__BINANCE__REST_ENDPOINT: restEndpoint,
        },
      })
      const api = yield* program.api
      yield* statusWhen(api, "all streams are live", allLive)

      const frames = garbage.map(([, frame]) => frame)
      for (let round = 0; round < rounds; round++) yield* proxy.inject(frames, 3)
      const expected: Record<string, number> = {}
      for (const [reason] of garbage) expected[reason] = (expected[reason] ?? 0) + rounds
      const injected = garbage.length * rounds
      yield* statusWhen(api, "all nonsense has arrived", ({ accounts }) => {
        const rejected = Object.values(accounts.frames.rejected).reduce((sum, each) => sum + each, 0)
        return rejected >= injected
      })
      assert.strictEqual((yield* request(`${api}/ready`)).status, 200)
      assert.strictEqual((yield* request(`${api}/api/v1/venues/binance/stop`, "POST")).status, 200)
      const { accounts, actors, venues } = yield* statusOf(api)
      assert.deepStrictEqual(accounts.frames.rejected, expected)
      assert.strictEqual(
        accounts.frames.received,
        accounts.frames.decoded + accounts.frames.control + injected,
      )
      assert.isTrue(accounts.balanced)
      assert.deepStrictEqual(accounts.records.dropped, {})
      assert.deepStrictEqual(
        actors.filter(({ restarts }) => restarts > 0),
        [],
      )
      for (const { failures, reconnects } of venues.flatMap(({ connections }) => connections))
        assert.deepStrictEqual({ failures, reconnects }, { failures: 0, reconnects: 0 })

      yield* program.kill("SIGTERM")
      assert.strictEqual((yield* program.ended).code, 0)
      wellFormed(program)
      const said = program.log().filter((line) => line.message.startsWith("a frame was rejected"))
      assert.deepStrictEqual(said.map((line) => line["reason"]).sort(), Object.keys(expected).sort())
      for (const line of said) {
        assert.strictEqual(line.level, "warn")
        assert.strictEqual(line["venue"], "binance")
        assert.strictEqual(line["connection"], "binance/connections/1")
        assert.isString(line["frame"])
        assert.isBelow(JSON.stringify(line).length, 1000)
      }
      const files = recordFiles(join(cwd, "data/records"))
      wholeAndOnce(files)
      assert.strictEqual(tradeIds(files).size, 2)
      contiguous(tradeIds(files))
    }),
  )
})
