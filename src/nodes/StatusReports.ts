import { Effect, Schedule } from "effect"
import { catalog } from "../../services/MetricCatalog.ts"
import { Metrics } from "../../services/Metrics.ts"
import type { TaskResult } from "../domain/TaskInstance.ts"
import type { Self } from "../runtime/Actor.ts"
import * as Mailbox from "../runtime/Mailbox.ts"
import * as RateLimitedLog from "../runtime/RateLimitedLog.ts"
import { ControlPlane, statusPath } from "./ControlPlane.ts"
import { encodeStatus } from "./HeartbeatWire.ts"
import { NodeState } from "./NodeState.ts"

/** Waits between the tries of one report. */
const waits = [500, 1000] as const

const retries = Schedule.recurs(waits.length).pipe(
  Schedule.addDelay(({ output }) => Effect.succeed(waits[output] ?? 0)),
)

/** Reports on their way at a time. */
const lanes = 16

/** Reports that wait at most; beyond them the oldest go, counted. A control plane asks the task's state again anyway. */
const capacity = { items: 10_000, bytes: 64 * 1024 * 1024 }

/** On the way down: what waits gets one try, all of it within this. */
const farewell = "3 seconds"

export interface StatusReports {
  /** Takes them; comes back at once. */
  readonly report: (results: ReadonlyArray<TaskResult>) => Effect.Effect<void>
  readonly run: (self: Self) => Effect.Effect<never>
}

/** Tells the control plane what became of tasks: in the background, each with three tries, then given up and said. */
export const makeStatusReports = Effect.gen(function* (): Effect.fn.Return<
  StatusReports,
  never,
  NodeState | ControlPlane | Metrics
> {
  const state = yield* NodeState
  const plane = yield* ControlPlane
  const { series } = yield* Metrics
  const limited = RateLimitedLog.make()
  const { id } = state.identity
  const count = (outcome: "ok" | "error" | "dropped", reports: number) =>
    series.counter(catalog.statusReports, { outcome }).add(reports)

  const waiting = yield* Mailbox.make<TaskResult>({
    name: "status reports",
    capacity,
    policy: "drop_oldest",
    sizeOf: ({ result, task_id }) => 2 * (task_id.length + result.length) + 64,
    onDrop: () => count("dropped", 1),
  })

  const send = Effect.fnUntraced(function* ({ result, status, task_id }: TaskResult, again: boolean) {
    const { server } = yield* state.addresses
    // Without a control plane there is nobody to tell.
    if (id === undefined || server === undefined) return
    const post = plane.post(
      `${server.origin}${statusPath}`,
      encodeStatus(id, task_id, status, result),
      "10 seconds",
    )
    yield* (again ? Effect.retry(post, retries) : post).pipe(
      Effect.matchEffect({
        onSuccess: () => Effect.sync(() => count("ok", 1)),
        onFailure: (error) =>
          Effect.andThen(
            Effect.sync(() => count("error", 1)),
            limited.log("Warn", "given up", () => [
              `report on task ${task_id} given up${again ? ` after ${waits.length + 1} tries` : ""}: ${error.message}`,
            ]),
          ),
      }),
    )
  })

  // The mailbox never ends: `Done` cannot come.
  const lane = Effect.forever(Effect.flatMap(Effect.orDie(waiting.take), (report) => send(report, true)))

  const sayFarewell = Effect.gen(function* () {
    const left = waiting.stats().items
    if (left === 0) return
    const all = yield* Effect.orElseSucceed(waiting.takeAll, (): ReadonlyArray<TaskResult> => [])
    const sent = yield* Effect.forEach(all, (report) => send(report, false), {
      concurrency: lanes,
      discard: true,
    }).pipe(Effect.timeoutOption(farewell))
    if (sent._tag === "None") {
      yield* Effect.logWarning(`status reports were left at the end; the task table has what they say`)
    }
  })

  return {
    report: (results) => Effect.forEach(results, (result) => waiting.offer(result), { discard: true }),
    run: (self) =>
      Effect.gen(function* () {
        yield* self.owns(waiting)
        yield* self.ready
        return yield* Effect.raceAll(Array.from({ length: lanes }, () => lane))
      }).pipe(Effect.onInterrupt(() => sayFarewell)),
  }
})
