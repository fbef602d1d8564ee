import { Effect, Option } from "effect"
import { Actors } from "../../runtime/Actors.ts"

/** How the process is: `degraded` while an actor is not as it should be, with the reason of each. */
export const health = Effect.gen(function* () {
  const actors = yield* Effect.serviceOption(Actors)
  const list = Option.isNone(actors) ? [] : yield* actors.value.list
  const reasons = list
    .filter(({ state }) => state === "degraded" || state === "failed" || state === "restarting")
    .map(
      ({ detail, lastError, path, state }) =>
        `${path} is ${state}: ${detail ?? lastError ?? "no reason given"}`,
    )
  return { status: reasons.length === 0 ? "healthy" : "degraded", reasons }
})
