import { Duration } from "effect"
import type { SinkConfig } from "../../services/SinkConfig.ts"
import type { Venue } from "../exchanges/Venue.ts"
import type { VenueConfig } from "../exchanges/VenueConfig.ts"
import type { Problem } from "./ConfigError.ts"
import { didYouMean } from "./NearestName.ts"
import type { MillraceConfig } from "./Sections.ts"
import { type Origins, type Path, renderPath } from "./Tree.ts"
import { checkVenue } from "./VenueCheck.ts"

/** The registry of venues: a fresh one at each call. */
export type Venues = ReadonlyMap<string, () => Venue>

/** Where checks put what they find. */
export interface Findings {
  readonly problem: (path: Path, detail: string) => void
  readonly warning: (text: string) => void
}

const checkConnections = (name: string, { connections }: VenueConfig, findings: Findings): void => {
  const { reconnectDelay, maxReconnectDelay } = connections
  if (Duration.isLessThan(maxReconnectDelay, reconnectDelay)) {
    findings.problem(
      ["exchanges", name, "connections", "maxReconnectDelay"],
      `${Duration.format(maxReconnectDelay)} is less than reconnectDelay (${Duration.format(reconnectDelay)})`,
    )
  }
}

const checkExchanges = (config: MillraceConfig, venues: Venues, findings: Findings): void => {
  const entries = Object.entries(config.exchanges)
  for (const [name, venueConfig] of entries) {
    const make = venues.get(name)
    if (make === undefined) {
      const known = [...venues.keys()]
      findings.problem(
        ["exchanges", name],
        `unknown venue "${name}"${didYouMean(name, known)}; known: ${known.join(", ")}`.replace("?;", "?"),
      )
    } else {
      checkVenue({ name, config: venueConfig, venue: make(), findings })
    }
    checkConnections(name, venueConfig, findings)
  }
  const streams = entries.some(([, each]) => each.symbols.length > 0 && each.dataTypes.length > 0)
  const node = config.gateway ?? config.adapter ?? config.triggers ?? config.heartbeat ?? config.runtime
  if (!streams && node === undefined) {
    findings.warning(
      "exchanges: no symbols and dataTypes are configured, so nothing is collected until the API asks",
    )
  }
}

const checkSinks = (sinks: ReadonlyArray<SinkConfig>, findings: Findings): void => {
  const names = new Map<string, number>()
  const folders = new Map<string, number>()
  for (const [index, sink] of sinks.entries()) {
    const same = names.get(sink.name)
    if (same !== undefined) {
      findings.problem(
        ["sinks", index, "name"],
        `"${sink.name}" is the name of sinks[${same}] already; names are cursors`,
      )
    } else names.set(sink.name, index)
    if (sink.type !== "files") continue
    const folder = sink.path.replace(/\/+$/, "")
    const shared = folders.get(folder)
    if (shared !== undefined) {
      findings.problem(["sinks", index, "path"], `"${sink.path}" is the folder of sinks[${shared}] already`)
    } else folders.set(folder, index)
  }
  if (sinks.length === 0) findings.warning("sinks: the list is empty, so records go nowhere")
}

const checkPorts = ({ server, telemetry }: MillraceConfig, findings: Findings): void => {
  const { prometheus } = telemetry
  if (prometheus === undefined || prometheus.port === 0) return
  if (prometheus.port === server.port && (prometheus.host ?? server.host) === server.host) {
    findings.problem(
      ["telemetry", "prometheus", "port"],
      `${prometheus.port} is server.port, where GET /metrics is served anyway; take another port or leave the section out`,
    )
  }
}

const checkJournal = ({ journal }: MillraceConfig, findings: Findings): void => {
  if (journal.segmentSize > journal.maxSize) {
    findings.problem(["journal", "segmentSize"], "larger than journal.maxSize, so that not one segment fits")
  }
}

/** What no schema can say: names that other parts must know, and settings that contradict each other. */
export const validate = (
  config: MillraceConfig,
  venues: Venues,
  origins: Origins,
): { readonly problems: ReadonlyArray<Problem>; readonly warnings: ReadonlyArray<string> } => {
  const problems: Array<Problem> = []
  const warnings: Array<string> = []
  const findings: Findings = {
    problem: (path, detail) => {
      const source = origins.get(path)
      problems.push({ path: renderPath(path), detail, ...(source === undefined ? {} : { source }) })
    },
    warning: (text) => warnings.push(text),
  }
  checkExchanges(config, venues, findings)
  checkSinks(config.sinks, findings)
  checkPorts(config, findings)
  checkJournal(config, findings)
  return { problems, warnings }
}
