import type { PlaneCheckpoint } from "../../domain/TaskInstance.ts"

/** Whether a node is there: by how long ago it was heard. */
export type NodePresence = "online" | "late" | "offline"

/** What a node says of itself in a heartbeat, and in the answer to a probe. */
export interface NodeReport {
  readonly nodeId: string
  readonly nodeType: string
  /** Where it runs, in its platform's words; what is absent was said before, or never. */
  readonly region?: string
  readonly namespace?: string
  /** What it can do: data types, or names of plugins. */
  readonly capabilities?: ReadonlyArray<string>
  /** What it can collect from; absent: it has a plugin, which may know any. */
  readonly sources?: ReadonlyArray<string>
  /** `tasks_md5` of the list that it holds. */
  readonly tasksMd5: string
  readonly version: string
  readonly metadata: Readonly<Record<string, unknown>>
  /** `cpu_usage` (percent), `memory_usage` (MiB), `task_count`, `success_rate`, `error_count`, `last_error`. */
  readonly metrics?: Readonly<Record<string, unknown>>
  /** Where it has come to with tasks that it runs itself. */
  readonly checkpoints?: ReadonlyArray<PlaneCheckpoint>
}

export interface KnownNode extends NodeReport {
  /** Empty: it does not say, and is given anything. */
  readonly capabilities: ReadonlyArray<string>
  /** Who said its metrics: its own heartbeats, or the answer to a probe. */
  readonly measuredBy?: "heartbeat" | "probe"
  /** Milliseconds since the epoch. */
  readonly firstSeen: number
  readonly lastSeen: number
  /** The same by a clock that nobody sets. */
  readonly heardAt: number
  readonly reports: number
}

export interface PresenceLimits {
  readonly lateAfterMillis: number
  readonly offlineAfterMillis: number
}

/** The state of a node that was last heard at `heardAt`, both times by a clock that nobody sets. */
export const presenceOf = (heardAt: number, now: number, limits: PresenceLimits): NodePresence => {
  const silence = now - heardAt
  if (silence >= limits.offlineAfterMillis) return "offline"
  return silence >= limits.lateAfterMillis ? "late" : "online"
}

/** What was not heard for so long is not coming back. */
const forgottenAfter = 7 * 24 * 3_600_000

/** The nodes that were heard, and not too long ago. Bounded: those heard longest ago are forgotten first. */
export class Registry {
  readonly #nodes = new Map<string, KnownNode>()
  readonly #most: number

  constructor(most = 10_000) {
    this.#most = most
  }

  /** Takes a report in; whether the node is new. */
  heard(report: NodeReport, now: number, heardAt: number): boolean {
    const known = this.#nodes.get(report.nodeId)
    const metrics = report.metrics ?? known?.metrics
    const measuredBy = report.metrics === undefined ? known?.measuredBy : "heartbeat"
    const region = report.region ?? known?.region
    const namespace = report.namespace ?? known?.namespace
    // Last in the map is heard last.
    this.#nodes.delete(report.nodeId)
    this.#nodes.set(report.nodeId, {
      ...report,
      capabilities: report.capabilities ?? known?.capabilities ?? [],
      ...(region === undefined ? {} : { region }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(metrics === undefined ? {} : { metrics }),
      ...(measuredBy === undefined ? {} : { measuredBy }),
      firstSeen: known?.firstSeen ?? now,
      lastSeen: now,
      heardAt,
      reports: (known?.reports ?? 0) + 1,
    })
    for (const [id, node] of this.#nodes) {
      if (this.#nodes.size <= this.#most && heardAt - node.heardAt < forgottenAfter) break
      this.#nodes.delete(id)
    }
    return known === undefined
  }

  /** What a node answered to a probe. Its own heartbeats know better. */
  probed(id: string, metrics: Readonly<Record<string, unknown>>): void {
    const known = this.#nodes.get(id)
    if (known === undefined || known.measuredBy === "heartbeat") return
    this.#nodes.set(id, { ...known, metrics, measuredBy: "probe" })
  }

  get(id: string): KnownNode | undefined {
    return this.#nodes.get(id)
  }

  /** By id. */
  list(): ReadonlyArray<KnownNode> {
    return [...this.#nodes.values()].toSorted((left, right) => (left.nodeId < right.nodeId ? -1 : 1))
  }
}
