import { Effect, type Scope } from "effect"
import type { SimulatorError } from "./server/SimulatorError.ts"
import { makeSimulator } from "./Simulator.ts"
import type { SimulatorOptions } from "./SimulatorOptions.ts"

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
  return yield* simulator.awaitFailure
}, Effect.scoped)
