import { Clock, Effect, Option } from "effect"
import { catalog } from "../../../services/MetricCatalog.ts"
import { Metrics } from "../../../services/Metrics.ts"
import type { DoorAnswer } from "../../../services/TaskDoor.ts"
import type { Command } from "./Command.ts"

/** Of what: a command; `unknown` where an event is not valid or asks for none, `unreadable` where it is no event. */
type EventType = Command["kind"] | "unknown" | "unreadable"

const outcomeOf = ({ body, status }: DoorAnswer): string =>
  status >= 500 ? "error" : body["success"] === false ? "refused" : "ok"

/** Counts events and times them, where anyone counts. */
export const makeEventMetrics = Effect.gen(function* () {
  const metrics = Option.getOrUndefined(yield* Effect.serviceOption(Metrics))
  if (metrics === undefined) return <E, R>(_: EventType, answer: Effect.Effect<DoorAnswer, E, R>) => answer
  const { series } = metrics
  const duration = series.latency(catalog.taskEventTime, {})
  return <E, R>(type: EventType, answer: Effect.Effect<DoorAnswer, E, R>) =>
    Effect.gen(function* () {
      const began = yield* Clock.currentTimeMillis
      const said = yield* answer
      duration.record(began, yield* Clock.currentTimeMillis)
      series.counter(catalog.taskEvents, { type, outcome: outcomeOf(said) }).add(1)
      return said
    })
})
