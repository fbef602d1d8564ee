import { Clock, Effect, Schedule, Schema } from "effect"
import { catalog } from "../../services/MetricCatalog.ts"
import { Metrics } from "../../services/Metrics.ts"
import type { PluginService } from "../../services/Plugin.ts"
import { Tasks } from "../../services/Tasks.ts"
import { tasksDigest } from "../domain/TasksDigest.ts"
import { monotonicMillis } from "../runtime/Monotonic.ts"
import type { Self } from "../runtime/Actor.ts"
import * as RateLimitedLog from "../runtime/RateLimitedLog.ts"
import { DnsRecords, heartbeatRecords } from "./dns/DnsRecords.ts"
import { ControlPlane, type ControlPlaneError, heartbeatPath } from "./ControlPlane.ts"
import { type Assigned, decodeHeartbeatReply, encodeHeartbeat } from "./HeartbeatWire.ts"
import { Lease } from "./Lease.ts"
import { NodeState } from "./NodeState.ts"
import { nodeFigures } from "./Probe.ts"
import { encodeFigures } from "./ProbeWire.ts"

/** The control plane wants another version of this node: it ends, so that the platform starts that one. */
export class VersionMismatch extends Schema.TaggedError<VersionMismatch>()("VersionMismatch", {
  local: Schema.String,
  wanted: Schema.String,
}) {
  override get message(): string {
    return `this node is version ${this.local}, and its control plane wants ${this.wanted}: it ends, so that the platform starts that one`
  }
}

/** Waits between the tries of one heartbeat. */
const waits = [1000, 2000, 4000, 8000] as const

const retries = Schedule.recurs(waits.length).pipe(
  Schedule.addDelay(({ output }) => Effect.succeed(waits[output] ?? 0)),
)

export interface HeartbeatOptions {
  /** When the next one is due after a time, clock milliseconds. */
  readonly next: (after: number) => number
  /** Whether the first is sent at once. */
  readonly atOnce: boolean
  readonly extra: PluginService["heartbeatExtra"]
}

/**
 * Reports to the control plane, and takes over the tasks that it answers with. One heartbeat at a time: while one is
 * tried again, those that would be due meanwhile are left out. Fails when another version is wanted.
 */
export const heartbeat = (options: HeartbeatOptions) =>
  Effect.fnUntraced(function* (self: Self) {
    const state = yield* NodeState
    const dns = yield* DnsRecords
    const plane = yield* ControlPlane
    const tasks = yield* Tasks
    const { series } = yield* Metrics
    const limited = RateLimitedLog.make()
    const { id, version } = state.identity
    /** A control plane that speaks of leases is one that shows how its nodes fare; others are told what they always were. */
    let wantsMetrics = false
    const metrics = Effect.suspend(() =>
      wantsMetrics
        ? Effect.map(nodeFigures, ({ figures }) => ({ metrics: encodeFigures(figures) }))
        : Effect.succeed({}),
    )
    const lease = yield* Lease

    const count = (outcome: "ok" | "error" | "refused") =>
      Effect.andThen(
        Effect.sync(() => series.counter(catalog.heartbeats, { outcome }).add(1)),
        state.reported(outcome === "ok" ? "ok" : "error"),
      )

    const apply = Effect.fnUntraced(function* ({ packageVersion, tasks: list }: Assigned) {
      if (list !== undefined && (yield* tasks.replacePlane(list))) {
        yield* Effect.logInfo(
          `${list.length} task instances from the control plane, tasks_md5 ${tasksDigest(list)}`,
        )
      }
      if (packageVersion === "" || packageVersion === version) return
      if (version === "") {
        return yield* limited.log("Warn", "version", () => [
          `the control plane wants version ${packageVersion}; system.version is not set, so nothing is compared`,
        ])
      }
      return yield* new VersionMismatch({ local: version, wanted: packageVersion })
    })

    const beat = Effect.fnUntraced(function* (node: { readonly id: string }, origin: string) {
      const body = encodeHeartbeat({ ...state.identity, ...node }, tasksDigest(yield* tasks.instances), {
        ...(yield* metrics),
        ...(yield* options.extra),
        ...heartbeatRecords(yield* dns.current),
      })
      let askedAt = 0
      const text = yield* Effect.map(monotonicMillis, (now) => void (askedAt = now)).pipe(
        Effect.andThen(plane.post(`${origin}${heartbeatPath}`, body, "5 seconds")),
        Effect.tapError(() => count("error")),
        Effect.retry(retries),
      )
      const reply = decodeHeartbeatReply(text)
      if ("objection" in reply) {
        yield* count("refused")
        yield* self.degraded(`the control plane at ${origin} does not take the heartbeat: ${reply.objection}`)
        return yield* limited.log("Warn", reply.objection, () => [
          `heartbeat to ${origin}: ${reply.objection}`,
        ])
      }
      yield* count("ok")
      wantsMetrics = reply.leaseSeconds > 0
      yield* lease.renew(askedAt, reply.leaseSeconds)
      yield* self.ready
      yield* apply(reply)
    })

    const away = (error: ControlPlaneError) =>
      Effect.andThen(
        self.degraded(error.message),
        limited.log("Warn", "away", () => [
          `heartbeat given up after ${waits.length + 1} tries: ${error.message}; the node goes on with the tasks it has`,
        ]),
      )

    if (id === undefined) {
      yield* Effect.logWarning(
        "no node id (SCF_FUNCTIONNAME or TENCENTCLOUD_FUNCTIONNAME): no heartbeats are sent",
      )
      yield* self.ready
      return yield* Effect.never
    }
    yield* self.ready
    const beats = Effect.gen(function* () {
      if (!options.atOnce) yield* untilNext(options.next)
      for (;;) {
        const { server } = yield* state.addresses
        if (server !== undefined) {
          yield* beat({ id }, server.origin).pipe(
            Effect.catchTag("ControlPlaneError", away),
            // What the store cannot keep now, the next answer brings again.
            Effect.catchTag("TaskStoreError", (error) =>
              Effect.andThen(self.degraded(error.message), Effect.logError(error.message)),
            ),
          )
        }
        yield* untilNext(options.next)
      }
    })
    return yield* Effect.raceFirst(beats, lease.watch)
  })

const untilNext = (next: HeartbeatOptions["next"]) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.sleep(Math.max(0, next(now) - now)))
