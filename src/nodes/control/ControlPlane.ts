import {
  Clock,
  Context,
  Deferred,
  Duration,
  Effect,
  type FileSystem,
  Latch,
  Layer,
  type Path,
  Schedule,
  Stream,
} from "effect"
import type { ControlConfig } from "../../../services/ControlConfig.ts"
import type { Metrics } from "../../../services/Metrics.ts"
import { Tasks } from "../../../services/Tasks.ts"
import type { Self } from "../../runtime/Actor.ts"
import type { ChildSpec } from "../../runtime/ChildSpec.ts"
import { monotonicMillis } from "../../runtime/Monotonic.ts"
import * as RateLimitedLog from "../../runtime/RateLimitedLog.ts"
import { type AssignmentStoreError, makeAssignmentStore } from "./AssignmentStore.ts"
import { figures } from "./Figures.ts"
import { type Packages, makePackages } from "./Packages.ts"
import { FleetPlane, type InstanceView, type NodeView, type Plane } from "./FleetPlane.ts"
import { makePlane } from "./Plane.ts"
import { Reach, type ReachError } from "./Reach.ts"
import { readProbeMetrics } from "./Wire.ts"

/** How often it is looked at who has come and who is gone. */
const lookEvery = Duration.seconds(1)
const planEveryMillis = 30_000

/** The control plane at work: nodes, who runs what, packages. */
export class ControlPlane extends Context.Service<
  ControlPlane,
  Pick<Plane, "heartbeat" | "status" | "figures"> & {
    readonly nodes: Effect.Effect<ReadonlyArray<NodeView>>
    readonly instances: Effect.Effect<ReadonlyArray<InstanceView>>
    /** Brings the gauges of nodes and instances up to date. */
    readonly census: Effect.Effect<void>
    readonly packages: Packages
    /** Empty when tasks can be given out; otherwise why not. */
    readonly unready: Effect.Effect<ReadonlyArray<string>>
    /** Keeps the assignment right, probes and pushes: children of its supervisor. */
    readonly children: ReadonlyArray<ChildSpec<Reach>>
    /** Where it listens, once it does: what nodes are told. */
    readonly listening: (url: string) => Effect.Effect<void>
  }
>()("millrace/nodes/control/ControlPlane") {}

const hostAndPort = (url: string, address: string | undefined) => {
  const { hostname, port } = new URL(url)
  return { server_ip: address ?? hostname, server_port: Number(port || 80) }
}

/** Which nodes there are and who runs what, as it was left. */
export const planeLayer = (
  config: ControlConfig,
  path: string,
): Layer.Layer<FleetPlane, AssignmentStoreError, FileSystem.FileSystem | Path.Path | Metrics> =>
  Layer.effect(
    FleetPlane,
    Effect.gen(function* () {
      return yield* makePlane(config, yield* makeAssignmentStore(path), yield* figures)
    }),
  )

export const layer = (
  config: ControlConfig,
): Layer.Layer<ControlPlane, never, FleetPlane | Tasks | FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    ControlPlane,
    Effect.gen(function* () {
      const tasks = yield* Tasks
      const plane = yield* FleetPlane
      const packages = yield* makePackages(config.packages, config.packageVersion)
      const origin = yield* Deferred.make<string>()
      const wake = Latch.makeUnsafe(true)
      const pushes = new Set<string>()
      const pushWake = Latch.makeUnsafe(false)
      const urls = new Map(config.nodes.map(({ id, url }) => [id, url]))
      /** When the tasks were planned that there are; they are looked through again now and then, whatever was heard. */
      let plannedAt: number | undefined
      let trouble: string | undefined

      const counted = (type: "probe" | "push") => (call: Effect.Effect<unknown, ReachError>) =>
        Effect.onExit(call, (exit) =>
          Effect.sync(() => plane.figures.called(type, exit._tag === "Success" ? "ok" : "error")),
        )

      const settle = (self: Self) =>
        Effect.gen(function* () {
          const now = yield* monotonicMillis
          if (plannedAt === undefined || now - plannedAt >= planEveryMillis) {
            plannedAt = now
            yield* plane.plan(yield* tasks.list())
          }
          for (const node of yield* plane.settle) if (urls.has(node)) pushes.add(node)
          if (pushes.size > 0) pushWake.openUnsafe()
          trouble = undefined
          yield* self.ready
        }).pipe(
          Effect.catch((error) =>
            Effect.suspend(() => {
              trouble = error.message
              plannedAt = undefined
              return self.degraded(error.message)
            }),
          ),
        )

      const assigner: ChildSpec = {
        id: "assigner",
        run: Effect.fnUntraced(function* (self) {
          const changed = Effect.sync(() => {
            plannedAt = undefined
            wake.openUnsafe()
          })
          yield* Effect.forkScoped(
            Stream.runForEach(tasks.changes, () => changed),
            { startImmediately: true },
          )
          for (;;) {
            wake.closeUnsafe()
            yield* settle(self)
            yield* Effect.timeoutOption(wake.await, lookEvery)
          }
        }, Effect.scoped),
      }

      /** Nodes that are not heard learn where to report, and those whose heartbeats do not say how they fare are asked. */
      const prober: ChildSpec<Reach> = {
        id: "prober",
        run: Effect.fnUntraced(function* (self) {
          const reach = yield* Reach
          const log = RateLimitedLog.make()
          const here = hostAndPort(yield* Deferred.await(origin), config.address)
          const probe = Effect.gen(function* () {
            const known = new Map((yield* plane.nodes).map((node) => [node.nodeId, node]))
            const speaks = ({ id }: { readonly id: string }) => {
              const node = known.get(id)
              return node?.presence === "online" && node.measuredBy === "heartbeat"
            }
            const timestamp = new Date(yield* Clock.currentTimeMillis).toISOString()
            yield* Effect.forEach(
              config.nodes.filter((node) => !speaks(node)),
              ({ id, url }) =>
                reach
                  .post(`${url}/probe`, {
                    action: "heartbeat_probe",
                    source: "millrace",
                    request_id: `${id}-${timestamp}`,
                    timestamp,
                    ...here,
                  })
                  .pipe(
                    Effect.tap((answer) => Effect.sync(() => plane.probed(id, readProbeMetrics(answer)))),
                    counted("probe"),
                    Effect.catch((error) =>
                      log.log("Warn", id, () => [`node ${id} does not answer its probe: ${error.message}`]),
                    ),
                  ),
              { concurrency: 8, discard: true },
            )
          })
          yield* self.ready
          return yield* Effect.repeat(probe, Schedule.jittered(Schedule.spaced(config.probeInterval)))
        }),
      }

      /** Lists that changed go out at once; who does not take it gets it with the next heartbeat. */
      const pusher: ChildSpec<Reach> = {
        id: "pusher",
        run: Effect.fnUntraced(function* (self) {
          const reach = yield* Reach
          yield* self.ready
          for (;;) {
            yield* pushWake.await
            pushWake.closeUnsafe()
            const due = [...pushes]
            pushes.clear()
            yield* Effect.forEach(
              due,
              (node) => {
                const { instances, tasksMd5 } = plane.orders(node)
                return reach
                  .post(`${urls.get(node)}/task`, {
                    action: "config_sync",
                    node_id: node,
                    tasks_md5: tasksMd5,
                    task_instances: instances,
                  })
                  .pipe(
                    counted("push"),
                    Effect.catch((error) => Effect.logDebug(`push to ${node}: ${error.message}`)),
                  )
              },
              { concurrency: 8, discard: true },
            )
          }
        }),
      }

      return ControlPlane.of({
        heartbeat: plane.heartbeat,
        status: plane.status,
        figures: plane.figures,
        census: Effect.map(plane.census, plane.figures.census),
        nodes: plane.nodes,
        instances: plane.instances,
        packages,
        unready: Effect.sync(() => (trouble === undefined ? [] : [trouble])),
        children: [assigner, ...(config.nodes.length === 0 ? [] : [prober, pusher])],
        listening: (url) => Effect.asVoid(Deferred.succeed(origin, url)),
      })
    }),
  )
