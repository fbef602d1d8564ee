import { Duration } from "effect"
import { defaultFolder } from "../../services/SinkConfig.ts"
import type { Venue } from "../exchanges/Venue.ts"
import type { VenueConfig } from "../exchanges/VenueConfig.ts"
import type { Problem } from "./ConfigError.ts"
import { didYouMean } from "../domain/NearestName.ts"
import type { MillraceConfig } from "./Sections.ts"
import { isTree, type Origins, type Path, renderPath, type Tree } from "./Tree.ts"
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

/** The warning of a configuration without streams. Of no use to a process that collects nothing. */
export const noStreams =
  "exchanges: no symbols and dataTypes are configured, so nothing is collected until the API asks"

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
    findings.warning(noStreams)
  }
}

/** Whether something said the same earlier in the list; remembers it otherwise. */
const earlier = (seen: Map<string, number>, said: string, index: number): number | undefined => {
  const at = seen.get(said)
  if (at === undefined) seen.set(said, index)
  return at
}

/** The warning of a configuration without sinks. Of no use to an application that brings its own. */
export const emptySinks = "sinks: the list is empty, so records go nowhere"

/** Reads the list as it was written, so that one wrong sink does not hide that two others have the same name. */
const checkSinks = (written: unknown, findings: Findings): void => {
  if (!Array.isArray(written)) return
  const names = new Map<string, number>()
  const folders = new Map<string, number>()
  for (const [index, sink] of written.entries()) {
    const { name, type, path = defaultFolder }: Tree = isTree(sink) ? sink : {}
    const same = typeof name === "string" ? earlier(names, name, index) : undefined
    if (same !== undefined) {
      findings.problem(
        ["sinks", index, "name"],
        `"${name}" is the name of sinks[${same}] already; names are cursors`,
      )
    }
    if (type !== "files" || typeof path !== "string") continue
    const shared = earlier(folders, path.replace(/\/+$/, ""), index)
    if (shared !== undefined) {
      findings.problem(["sinks", index, "path"], `"${path}" is the folder of sinks[${shared}] already`)
    }
  }
  if (written.length === 0) findings.warning(emptySinks)
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

/**
 * What no schema can say: names that other parts must know, and settings that contradict each other.
 * `config` may lack what could not be decoded; `written` has all of it.
 */
export const validate = (
  config: MillraceConfig,
  written: Tree,
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
  checkSinks(written["sinks"], findings)
  checkPorts(config, findings)
  checkJournal(config, findings)
  return { problems, warnings }
}
