import { NodeServices } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import * as Sqlite from "../../layers/continuity-history/Sqlite.ts"
import { ContinuityHistory } from "../../services/ContinuityHistory.ts"
import { btc, count, gapOf, limits, minute, noon } from "./continuity.ts"

/**
 * A process that writes a batch after the other to the history at a path, and says after each which one is written, or
 * why it is not, from `first` on. Each holds one message in each of 50 minutes of its own, and one gap.
 */
const [path = "", first = "1"] = process.argv.slice(2)

const perBatch = 50

const program = Effect.gen(function* () {
  const history = yield* ContinuityHistory
  for (let number = Number(first); ;) {
    const begin = noon + (number - 1) * perBatch * minute
    const counts = Array.from({ length: perBatch }, (_, index) => count(btc, begin + index * minute, 1))
    const written = yield* Effect.result(history.write({ number, counts, gaps: [gapOf(btc, number, begin)] }))
    if (written._tag === "Success") process.stdout.write(`written ${number++}\n`)
    else {
      process.stdout.write(`failed ${written.failure.reason}\n`)
      yield* Effect.sleep(20)
    }
  }
})

await Effect.runPromise(
  program.pipe(Effect.provide(Sqlite.layer({ ...limits, path }).pipe(Layer.provide(NodeServices.layer)))),
)
