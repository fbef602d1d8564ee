import { Effect, type Layer, Schedule } from "effect"
import type { Self } from "../runtime/Actor.ts"
import * as RateLimitedLog from "../runtime/RateLimitedLog.ts"
import { type Address, listen } from "./Server.ts"

/** A port that someone holds is tried again, for ever: everything else goes on meanwhile. */
const retry = Schedule.jittered(Schedule.spaced("2 seconds"))

export interface ServingOptions<R, R2> {
  readonly routes: Layer.Layer<never, never, R>
  readonly address: Address
  /** The key in the configuration that names another port. */
  readonly setting: string
  /** What goes on while the port is somebody else's: `Collection goes on`. */
  readonly meanwhile: string
  /** Each time it listens: where. */
  readonly onListening: (url: string) => Effect.Effect<void, never, R2>
}

/** One server as an actor: listens, or is degraded and tries again; until it is stopped. */
export const serve = <R, R2 = never>(self: Self, options: ServingOptions<R, R2>) => {
  const { address, meanwhile, onListening, routes, setting } = options
  const limited = RateLimitedLog.make()
  const attempt = Effect.gen(function* () {
    const url = yield* listen(routes, address, setting)
    yield* self.ready
    yield* onListening(url)
    return yield* Effect.never
  })
  return Effect.scoped(attempt).pipe(
    Effect.tapErrorTag("ListenError", (error) =>
      Effect.andThen(
        self.degraded(error.message),
        limited.log("Error", error.message, () => [`${error.message}. ${meanwhile}; trying again`]),
      ),
    ),
    Effect.retry(retry),
  )
}
