import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { ControlConfig } from "../../services/ControlConfig.ts"
import { noStatistics, type Task } from "../../src/domain/Task.ts"
import { tasksDigest } from "../../src/domain/TasksDigest.ts"
import type { Assigned, AssignmentStore } from "../../src/nodes/control/AssignmentStore.ts"
import type { Plane } from "../../src/nodes/control/FleetPlane.ts"
import { readReport } from "../../src/nodes/control/Wire.ts"

export const config = Schema.decodeUnknownSync(ControlConfig)({})

export const task = (id: string, symbols: ReadonlyArray<string>, state: Task["state"] = "running"): Task => ({
  spec: {
    id,
    projectId: "p",
    dataset: "d",
    dataType: "kline",
    source: "binance",
    symbols,
    frequency: "1m",
    schedule: { kind: "interval", interval: "1m" },
    window: {},
    batchSize: 100,
    historyDays: 30,
    params: {},
  },
  origin: "api",
  revision: 1,
  state,
  createdAt: 0,
  updatedAt: 0,
  statistics: noStatistics,
})

/** A store that is only what was saved last, as a disk would have it. */
export const memoryStore = (): AssignmentStore & { readonly saved: () => ReadonlyArray<Assigned> } => {
  let saved: ReadonlyArray<Assigned> = []
  return {
    load: Effect.sync(() => saved),
    save: (assigned) => Effect.sync(() => void (saved = assigned)),
    saved: () => saved,
  }
}

/** A node as it behaves on the wire: it keeps its list on an empty answer, and runs nothing once its lease has run out. */
export const makeNode = (plane: Plane, id: string, capabilities: ReadonlyArray<string> = ["kline"]) => {
  let held: ReadonlyArray<{ readonly task_id: string; readonly invalid: number }> = []
  return {
    beat: Effect.gen(function* () {
      const report = readReport({
        node_id: id,
        node_type: "scf",
        capabilities,
        tasks_md5: tasksDigest(held),
      })!
      const { instances } = yield* plane.heartbeat(report)
      if (instances.length > 0) held = instances
    }),
    running: () => held.filter(({ invalid }) => invalid === 0).map(({ task_id }) => task_id),
    held: () => held,
  }
}

export const seconds = (count: number) => TestClock.adjust(`${count} seconds`)
