import { Schema } from "effect"
import { addressOf, bracketed, type SaidAddresses } from "./NodeState.ts"

/** What a control plane asks a node by `POST /probe`, in the words of both generations. */

const text = Schema.optionalKey(Schema.NullOr(Schema.String))

const host = Schema.String.check(
  Schema.makeFilter(
    (said: string) => said === "" || (URL.canParse(`http://${bracketed(said)}`) && /^[^\s/?#@]+$/.test(said)),
    {
      expected: "the name or the address of a host",
    },
  ),
)

const url = Schema.String.check(
  Schema.makeFilter((said: string) => said === "" || addressOf(said) !== undefined, {
    expected: "an http or https URL",
  }),
)

const Probe = Schema.Struct({
  server_ip: Schema.optionalKey(Schema.NullOr(host)),
  server_port: Schema.optionalKey(
    Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }))),
  ),
  moox_server_url: Schema.optionalKey(Schema.NullOr(url)),
  storage_server_url: text,
  storage_server_rpc: text,
})

const decode = Schema.decodeUnknownResult(Probe)

/** The addresses of a probe, or why it is none. */
export const decodeProbe = (body: string): SaidAddresses | { readonly objection: string } => {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch (error) {
    return { objection: error instanceof Error ? error.message : String(error) }
  }
  const probe = decode(parsed ?? {})
  if (probe._tag === "Failure") return { objection: probe.failure.message.replace(/\s+/g, " ") }
  const { moox_server_url, server_ip, server_port, storage_server_rpc, storage_server_url } = probe.success
  return {
    serverIp: server_ip ?? "",
    serverPort: server_port ?? 0,
    serverUrl: moox_server_url ?? "",
    storageUrl: storage_server_url ?? "",
    storageRpc: storage_server_rpc ?? "",
  }
}

/** What Go writes for no time at all. */
const noTime = "0001-01-01T00:00:00Z"

export const probeUnread = (objection: string) => ({
  success: false,
  message: `解析请求失败: ${objection}`,
  timestamp: noTime,
})

export const probeWithoutId = {
  success: false,
  message: "failed to build response: node ID is empty",
  timestamp: noTime,
}

/** How a node fares. */
export interface NodeFigures {
  /** Percent of one processor since the start. */
  readonly cpu: number
  readonly memoryMiB: number
  readonly taskCount: number
  /** 0 … 1; 0 before anything was done. */
  readonly successRate: number
  readonly errors: number
  readonly lastError: string | undefined
}

/** The same in the words of the protocol. */
export const encodeFigures = (figures: NodeFigures) => ({
  cpu_usage: figures.cpu,
  memory_usage: figures.memoryMiB,
  task_count: figures.taskCount,
  success_rate: figures.successRate,
  error_count: figures.errors,
  ...(figures.lastError === undefined ? {} : { last_error: figures.lastError }),
})

export interface ProbeFacts {
  readonly nodeId: string
  readonly version: string
  readonly os: string
  readonly arch: string
  readonly engine: string
  readonly cpus: number
  readonly plugin: string | undefined
  readonly tasks: {
    readonly total: number
    readonly running: number
    readonly pending: number
    readonly stopped: number
    readonly error: number
  }
  readonly runningTasks: ReadonlyArray<string>
  readonly figures: NodeFigures
  readonly actors: number
  readonly lastReport: string
  readonly reports: number
  readonly reportErrors: number
  readonly serverIp: string
  readonly serverPort: number
  readonly now: string
}

export const encodeProbeReply = (facts: ProbeFacts) => ({
  success: true,
  message: "probe handled successfully",
  data: {
    node_id: facts.nodeId,
    state: "running",
    timestamp: facts.now,
    details: {
      node_info: {
        node_id: facts.nodeId,
        node_type: "scf",
        version: facts.version,
        running_tasks: facts.runningTasks,
        capabilities: facts.plugin === undefined ? [] : [facts.plugin],
        metadata: { arch: facts.arch, go_version: facts.engine, os: facts.os },
      },
      task_stats: facts.tasks,
      metrics: { ...encodeFigures(facts.figures), timestamp: facts.now },
      system_info: {
        go_version: facts.engine,
        os: facts.os,
        arch: facts.arch,
        num_cpu: facts.cpus,
        num_goroutine: facts.actors,
      },
      heartbeat_info: {
        last_report: facts.lastReport,
        report_count: facts.reports,
        error_count: facts.reportErrors,
        // A constant of the protocol: it says nothing about how often this node reports.
        interval: "30s",
        server_ip: facts.serverIp,
        server_port: facts.serverPort,
      },
    },
  },
  timestamp: facts.now,
})
