import { Effect } from "effect"
import { catalog } from "../../../services/MetricCatalog.ts"
import { Metrics } from "../../../services/Metrics.ts"
import type { Move } from "./Assignment.ts"
import type { NodePresence } from "./Registry.ts"

export type InstanceState = "waiting" | "given" | "done" | "failed"

/** How many there are of each, at one moment. */
export interface Census {
  readonly nodes: Readonly<Record<NodePresence, number>>
  readonly instances: Readonly<Record<InstanceState, number>>
}

/** What a control plane counts. */
export interface Figures {
  readonly heartbeat: (outcome: "current" | "list" | "refused") => void
  readonly report: (outcome: "ok" | "fenced" | "unknown" | "refused") => void
  readonly moved: (moves: ReadonlyArray<Move>) => void
  readonly called: (type: "probe" | "push", outcome: "ok" | "error") => void
  readonly census: (census: Census) => void
}

const ignore = (): void => {}

export const noFigures: Figures = {
  heartbeat: ignore,
  report: ignore,
  moved: ignore,
  called: ignore,
  census: ignore,
}

const outcomeOf = ({ from, to }: Move): "given" | "moved" | "stranded" =>
  from === undefined ? "given" : to === undefined ? "stranded" : "moved"

const byState = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).map(([state, count]) => [{ state }, count] as const)

/** Counts in the catalogue's metrics. */
export const figures: Effect.Effect<Figures, never, Metrics> = Effect.map(Metrics, ({ series }) => ({
  heartbeat: (outcome) => series.counter(catalog.controlHeartbeats, { outcome }).add(1),
  report: (outcome) => series.counter(catalog.controlReports, { outcome }).add(1),
  moved: (moves) => {
    for (const move of moves) series.counter(catalog.controlMoves, { outcome: outcomeOf(move) }).add(1)
    const gone = new Set(moves.flatMap(({ from }) => (from === undefined ? [] : [from])))
    series.counter(catalog.controlLeaseExpiries, {}).add(gone.size)
  },
  called: (type, outcome) => series.counter(catalog.controlCalls, { type, outcome }).add(1),
  census: ({ instances, nodes }) => {
    series.replace(catalog.controlNodes, byState(nodes))
    series.replace(catalog.controlInstances, byState(instances))
  },
}))
