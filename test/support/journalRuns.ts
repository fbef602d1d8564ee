import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { makeSimulator } from "../../src/simulator/index.ts"
import { closingLine, wellFormed } from "./instance.ts"
import { type Program, runOneVenue, startProgram } from "./process.ts"

export const symbols = ["BTC-USDT", "ETH-USDT"]

/** An exchange that outlives the collector. */
export const exchange = Effect.map(
  makeSimulator({ symbols, venues: ["binance"], rate: 600 }),
  (simulator): Readonly<Record<string, string>> => ({
    MILLRACE_SERVER__PORT: "0",
    MILLRACE_EXCHANGES__BINANCE__SYMBOLS: JSON.stringify(symbols),
    MILLRACE_EXCHANGES__BINANCE__WS_ENDPOINT: simulator.venue("binance").wsEndpoint,
    MILLRACE_EXCHANGES__BINANCE__REST_ENDPOINT: simulator.venue("binance").restEndpoint,
  }),
)

export const run = (cwd: string, env: Readonly<Record<string, string>> = {}) =>
  startProgram(runOneVenue, { cwd, env: { MILLRACE_SERVER__PORT: "0", ...env } })

/** Stopped in peace: what it said last of all. */
export const stops = Effect.fnUntraced(function* (program: Program) {
  yield* program.kill("SIGTERM")
  assert.deepStrictEqual(yield* program.ended, { code: 0, signal: null }, program.stderr())
  wellFormed(program)
  const closing = closingLine(program)
  assert.isTrue(closing.balanced)
  return closing
})
