import { Context, Effect } from "effect"
import type { DeadLetters } from "../../services/DeadLetters.ts"
import type { MessageQueue } from "../../services/MessageQueue.ts"
import { catalog } from "../../services/MetricCatalog.ts"
import { Metrics } from "../../services/Metrics.ts"
import type { Plugin } from "../../services/Plugin.ts"
import type { Tasks } from "../../services/Tasks.ts"
import { ConfigError } from "../config/ConfigError.ts"
import { type DispatchServices, makeDispatch } from "../nodes/Dispatch.ts"
import type { GatewayRoute } from "../nodes/Gateway.ts"
import { NodeState } from "../nodes/NodeState.ts"
import type { StatusReports } from "../nodes/StatusReports.ts"
import { httpRoute } from "../nodes/triggers/Http.ts"
import { nats } from "../nodes/triggers/Nats.ts"
import type { RecordTrigger } from "../nodes/triggers/Record.ts"
import { timer } from "../nodes/triggers/Timer.ts"
import type { Trigger, TriggerError } from "../nodes/triggers/Trigger.ts"
import type { TriggerSettings } from "../nodes/triggers/TriggerSettings.ts"
import type { Self } from "../runtime/Actor.ts"
import type { ChildSpec } from "../runtime/ChildSpec.ts"
import { supervise } from "../runtime/Supervisor.ts"
import type { PluginOwner } from "./NodeCheck.ts"

/** Triggers of records are sinks of the collector: they are there before the node is. */
export class RecordTriggers extends Context.Service<RecordTriggers, ReadonlyArray<RecordTrigger>>()(
  "millrace/app/RecordTriggers",
) {}

type TriggerServices = Tasks | MessageQueue | DeadLetters | Metrics

interface Fired {
  readonly actors: ReadonlyArray<Trigger<TriggerServices>>
  readonly routes: ReadonlyArray<GatewayRoute>
}

/** What the plugin is called by. */
export const triggersOf = Effect.fnUntraced(function* (
  settings: TriggerSettings,
  reports: StatusReports,
  whose: PluginOwner,
): Effect.fn.Return<Fired, ConfigError, RecordTriggers | DispatchServices | Plugin> {
  const { http, nats: queues, record, timers } = settings
  if (whose === "millrace" && record.length > 0) {
    const idle = record.map(({ name }) => name).join(", ")
    const detail = `${idle}: there is no plugin to be called with records; give it in section adapter`
    return yield* new ConfigError({ problems: [{ path: "triggers", detail }], warnings: [] })
  }
  const dispatch = yield* makeDispatch(reports)
  const state = yield* NodeState
  const { series } = yield* Metrics
  const unread = (trigger: string) => (error: string) =>
    Effect.andThen(
      state.worked({ error }),
      Effect.sync(() => series.counter(catalog.triggerEvents, { trigger, outcome: "error" }).add(1)),
    )
  for (const { attach } of yield* RecordTriggers) yield* attach(dispatch)
  return {
    actors: [
      ...timers.map((each): Trigger<TriggerServices> => timer(each, dispatch)),
      ...queues.map((each): Trigger<TriggerServices> => nats(each, dispatch)),
    ],
    routes: http.map((each) => httpRoute(each, dispatch, unread(each.name))),
  }
})

/** Checks what has to be there once, then runs each as an actor of its own. */
export const runTriggers = (
  self: Self,
  triggers: ReadonlyArray<Trigger<TriggerServices>>,
  orEnd: <A, R2>(effect: Effect.Effect<A, TriggerError, R2>) => Effect.Effect<A, never, R2>,
) =>
  Effect.gen(function* () {
    yield* Effect.forEach(triggers, ({ check }) => orEnd(check), { concurrency: "unbounded", discard: true })
    return yield* supervise(
      self,
      { keepFailed: { retryEvery: "1 minute" } },
      triggers.map(({ name, run }): ChildSpec<TriggerServices> => ({
        id: name,
        run,
        shutdown: "12 seconds",
      })),
    )
  })
