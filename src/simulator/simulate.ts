import { Effect, Schedule, type Scope } from "effect"
import type { SimulatorError } from "./server/SimulatorError.ts"
import { makeSimulator, type Simulator } from "./Simulator.ts"
import type { SimulatorOptions } from "./SimulatorOptions.ts"

/** Says how often which fault has struck, when that has changed. */
const reportFaults = Effect.fnUntraced(function* ({ faultTotals }: Simulator["Service"]) {
  let said = ""
  const report = Effect.suspend(() => {
    const totals = Object.entries(faultTotals()).map(([kind, count]) => `${kind} ${count}`)
    const text = totals.join(", ")
    if (text === said) return Effect.void
    said = text
    return Effect.logInfo(`faults so far: ${text}`)
  })
  yield* report.pipe(Effect.repeat(Schedule.spaced("1 second")), Effect.forkScoped)
})

/** The simulator as a program: says where it listens, and runs until it is interrupted or fails. */
export const simulate = Effect.fn("Simulator.simulate")(function* (
  options: SimulatorOptions,
): Effect.fn.Return<never, SimulatorError, Scope.Scope> {
  const simulator = yield* makeSimulator(options)
  for (const { restEndpoint, symbols, venue, wsEndpoint } of simulator.venues) {
    const shown = symbols.length > 5 ? `${symbols.slice(0, 5).join(", ")}, …` : symbols.join(", ")
    yield* Effect.logInfo(
      `simulating ${venue}: WebSocket ${wsEndpoint}, REST ${restEndpoint}, ${symbols.length} symbols (${shown})`,
    )
  }
  yield* reportFaults(simulator)
  return yield* simulator.awaitFailure
}, Effect.scoped)
