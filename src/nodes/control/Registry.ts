import type { PlaneCheckpoint } from "../../domain/TaskInstance.ts"

/** Whether a node is there: by how long ago it was heard. */
export type NodePresence = "online" | "late" | "offline"

/** What a node says of itself in a heartbeat, and in the answer to a probe. */
export interface NodeReport {
  readonly nodeId: string
  readonly nodeType: string
  /** What it can do: data types, or names of plugins. Empty: it does not say, and is given anything. */
  readonly capabilities: ReadonlyArray<string>
  /** `tasks_md5` of the list that it holds. */
  readonly tasksMd5: string
  readonly version: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly metrics?: Readonly<Record<string, unknown>>
  /** Where it has come to with tasks that it runs itself. */
  readonly checkpoints?: ReadonlyArray<PlaneCheckpoint>
}

export interface KnownNode extends NodeReport {
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

/** The nodes that were heard. Bounded: of those that are long gone the oldest are forgotten first. */
export class Registry {
  readonly #nodes = new Map<string, KnownNode>()
  readonly #most: number

  constructor(most = 10_000) {
    this.#most = most
  }

  /** Takes a report in; whether the node is new. */
  heard(report: NodeReport, now: number, heardAt: number): boolean {
    const known = this.#nodes.get(report.nodeId)
    // Last in the map is heard last.
    this.#nodes.delete(report.nodeId)
    this.#nodes.set(report.nodeId, {
      ...report,
      firstSeen: known?.firstSeen ?? now,
      lastSeen: now,
      heardAt,
      reports: (known?.reports ?? 0) + 1,
    })
    if (this.#nodes.size > this.#most) {
      for (const id of this.#nodes.keys()) {
        this.#nodes.delete(id)
        break
      }
    }
    return known === undefined
  }

  get(id: string): KnownNode | undefined {
    return this.#nodes.get(id)
  }

  /** By id. */
  list(): ReadonlyArray<KnownNode> {
    return [...this.#nodes.values()].toSorted((left, right) => (left.nodeId < right.nodeId ? -1 : 1))
  }
}
