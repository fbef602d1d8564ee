import { Effect } from "effect"
import { makeSimulator } from "../../../src/simulator/index.ts"
import { answer } from "./answer.ts"

/** The exchange simulator in a process of its own: `node simulator.ts SYMBOLS RATE`. It can be told to fall silent. */
const [symbols, rate] = process.argv.slice(2).map(Number) as [number, number]

let silent = false

const program = Effect.gen(function* () {
  const simulator = yield* makeSimulator({
    venues: ["binance"],
    symbols,
    rate,
    interference: { deliver: (_, messages) => (silent ? [] : messages) },
  })
  const venue = simulator.venue("binance")
  answer({
    endpoints: () => ({
      wsEndpoint: venue.wsEndpoint,
      restEndpoint: venue.restEndpoint,
      symbols: venue.symbols,
    }),
    /** Sends nothing more, and says how many messages it has sent. */
    silence: () => {
      silent = true
      return venue.stats().messages
    },
  })
  return yield* simulator.awaitFailure
})

await Effect.runPromise(Effect.scoped(program))
