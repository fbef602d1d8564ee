import { Effect, type Scope } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Accounts, VenueStatus } from "../../../services/Collection.ts"
import { type Program, request, startProgram } from "../../support/process.ts"
import type { Usage } from "../processes/answer.ts"

export interface ProductOptions {
  /** Its folder: its configuration and whatever it writes. */
  readonly folder: string
  readonly sinks: string
  /** The venue `binance`, where the feed or a simulator plays it. */
  readonly wsEndpoint: string
  readonly restEndpoint: string
  readonly symbols: ReadonlyArray<string>
  readonly dataTypes: ReadonlyArray<string>
  /** `segments`, the durable one, unless given. */
  readonly journal?: "segments" | "memory"
  /** Nobody reads its stdout until somebody does. */
  readonly deafStdout?: boolean
}

export interface Status {
  readonly accounts: Accounts
  readonly venues: ReadonlyArray<VenueStatus>
}

/** `millrace run` as a process of its own, seen from outside. */
export interface Product {
  readonly program: Program
  /** Messages are records that its sink has delivered. */
  readonly usage: Effect.Effect<Usage>
  readonly status: Effect.Effect<Status>
  readonly accounts: Effect.Effect<Accounts>
  readonly metric: (name: string) => Effect.Effect<number>
  /** Asks it to end, and fails unless it drains and exits with 0. */
  readonly stop: Effect.Effect<void>
  /** Cumulative counts of the latency histogram by upper limit in seconds. */
  readonly latency: Effect.Effect<ReadonlyArray<readonly [limit: number, count: number]>>
}

/** As `npm start` runs it. */
const nodeOptions = "--max-semi-space-size=16"

const configuration = (options: ProductOptions): string => `
exchanges:
  binance:
    wsEndpoint: ${options.wsEndpoint}
    restEndpoint: ${options.restEndpoint}
    symbols: [${options.symbols.join(", ")}]
    dataTypes: [${options.dataTypes.join(", ")}]
sinks:
  - ${options.sinks}
journal: { kind: ${options.journal ?? "segments"} }
server: { host: 127.0.0.1, port: 0 }
`

/** The values of a Prometheus page, summed over the labels of each name. */
const sums = (page: string): ReadonlyMap<string, number> => {
  const values = new Map<string, number>()
  for (const line of page.split("\n")) {
    const found = /^(\w+)(?:\{[^}]*\})? (\S+)/.exec(line)
    if (found !== null) values.set(found[1]!, (values.get(found[1]!) ?? 0) + Number(found[2]))
  }
  return values
}

const buckets = (page: string): ReadonlyArray<readonly [number, number]> =>
  Array.from(
    page.matchAll(/^millrace_sink_latency_seconds_bucket\{.*le="([^"]+)".*\} (\S+)/gm),
    ([, limit, count]) => [limit === "+Inf" ? Infinity : Number(limit), Number(count)] as const,
  )

export const startProduct = Effect.fnUntraced(function* (
  options: ProductOptions,
): Effect.fn.Return<Product, never, Scope.Scope> {
  const file = join(options.folder, "config.yaml")
  writeFileSync(file, configuration(options))
  const profiles = process.env["MILLRACE_BENCH_PROFILE"]
  const profiling = profiles === undefined ? "" : ` --cpu-prof --cpu-prof-dir=${profiles}`
  const program = yield* startProgram(["run", "--config", file], {
    cwd: options.folder,
    env: { NODE_OPTIONS: nodeOptions + profiling },
    ...(options.deafStdout === true ? { deafStdout: true } : {}),
  })
  const api = yield* program.api
  const get = (path: string) => Effect.map(Effect.orDie(request(`${api}${path}`)), ({ text }) => text)
  const metrics = Effect.map(get("/metrics"), sums)
  const status = Effect.map(get("/api/v1/status"), (text) => JSON.parse(text) as Status)
  return {
    program,
    usage: Effect.map(metrics, (values) => ({
      messages: values.get("millrace_sink_delivered_total") ?? 0,
      cpuSeconds: values.get("millrace_process_cpu_seconds_total") ?? 0,
      residentBytes: values.get("millrace_process_resident_bytes") ?? 0,
    })),
    status,
    accounts: Effect.map(status, ({ accounts }) => accounts),
    metric: (name) => Effect.map(metrics, (values) => values.get(name) ?? 0),
    latency: Effect.map(get("/metrics"), buckets),
    stop: Effect.gen(function* () {
      yield* program.kill("SIGTERM")
      const { code } = yield* program.ended
      if (code !== 0)
        return yield* Effect.die(new Error(`millrace run exited with ${code}\n${program.stderr()}`))
    }),
  }
})
