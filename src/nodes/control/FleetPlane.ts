import { Context, type Effect, type Scope } from "effect"
import type { Task } from "../../domain/Task.ts"
import type { PlaneCheckpoint } from "../../domain/TaskInstance.ts"
import type { AssignedInstance } from "./Assignments.ts"
import type { AssignmentStoreError } from "./AssignmentStore.ts"
import type { Census, Figures, InstanceState } from "./Figures.ts"
import type { KnownNode, NodePresence, NodeReport } from "./Registry.ts"
import type { Orders, StatusReport } from "./Wire.ts"

/** What nodes have said of an instance. */
export interface InstanceOutcome {
  readonly node: string
  readonly status: number
  readonly result: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

export interface NodeView extends KnownNode {
  readonly presence: NodePresence
  readonly instances: number
  /** Whether it holds the list that it is to have. */
  readonly current: boolean
}

export interface InstanceView extends AssignedInstance {
  readonly state: InstanceState
  readonly outcome?: InstanceOutcome
  /** Why nobody has it. */
  readonly waits?: string
  /** Where its node has come to with it, where that is one of Millrace's own collectors. */
  readonly checkpoints?: ReadonlyArray<PlaneCheckpoint>
}

/** The control plane's mind: which nodes there are, who runs what, what they are told. No I/O but its store. */
export interface Plane {
  readonly heartbeat: (report: NodeReport) => Effect.Effect<Orders>
  /** What a node said of how it fares when it was probed. */
  readonly probed: (node: string, metrics: Readonly<Record<string, unknown>> | undefined) => void
  /** `undefined`: it is the word of the node that runs it. Otherwise why it does not count. */
  readonly status: (report: StatusReport) => Effect.Effect<string | undefined>
  readonly plan: (tasks: ReadonlyArray<Task>) => Effect.Effect<void, AssignmentStoreError>
  /** Gives what nobody runs to somebody, and takes it from nodes that are gone. The nodes whose lists changed. */
  readonly settle: Effect.Effect<ReadonlySet<string>, AssignmentStoreError>
  readonly nodes: Effect.Effect<ReadonlyArray<NodeView>>
  readonly instances: Effect.Effect<ReadonlyArray<InstanceView>>
  readonly instance: (id: string) => InstanceView | undefined
  /** Told each time a node's word on an instance of the task counts; until the scope closes. */
  readonly watch: (taskId: string, heard: () => void) => Effect.Effect<void, never, Scope.Scope>
  readonly orders: (node: string) => Orders
  readonly census: Effect.Effect<Census>
  readonly figures: Figures
}

export class FleetPlane extends Context.Service<FleetPlane, Plane>()("millrace/nodes/control/FleetPlane") {}
