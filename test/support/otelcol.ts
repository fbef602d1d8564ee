import { readFileSync } from "node:fs"
import { join } from "node:path"
import { absent, addressesOf, runFolder, up } from "./servers.ts"

export interface Otelcol {
  /** `http://127.0.0.1:PORT`: the base of `/v1/traces`, `/v1/metrics`, `/v1/logs`. */
  readonly otlpHttp: string
  readonly otlpGrpc: string
  /** Where it shows the metrics that it got, in Prometheus' text form. */
  readonly prometheus: string
  /** Everything it got so far, one JSON text for each export. */
  readonly received: () => ReadonlyArray<string>
}

/** The collector that the whole run shares: tell your own telemetry by its service name. `undefined` where there is none. */
export const sharedOtelcol = (): Otelcol | undefined => {
  const result = up("otelcol.sh", join(runFolder(), "otelcol"), (port) =>
    [port, port + 1, port + 2, port + 3].map(String),
  )
  if (!result.ok) return absent("the OpenTelemetry Collector", result.complaint)
  const { otlp_http = "", otlp_grpc = "", prometheus = "", file = "" } = addressesOf(result.output)
  return {
    otlpHttp: otlp_http,
    otlpGrpc: otlp_grpc,
    prometheus,
    received: () => readFileSync(file, "utf8").split("\n").filter(Boolean),
  }
}
