import { Layer } from "effect"
import type { Metrics } from "../../services/Metrics.ts"
import type { TelemetryConfig } from "../../services/TelemetryConfig.ts"
import * as Export from "./Export.ts"
import * as Logging from "./Logging.ts"

export interface TelemetryOptions {
  readonly config: TelemetryConfig
  /** `service.version` of what is exported. */
  readonly version: string
  /** Whether stderr is a terminal. */
  readonly terminal: boolean
}

/** Logs to stderr; with `otlpEndpoint` also traces, metrics and logs to a collector. Provide it around everything else, so that it is flushed last. */
export const layer = ({
  config,
  version,
  terminal,
}: TelemetryOptions): Layer.Layer<never, never, Metrics> => {
  const logging = Logging.layer({ logLevel: config.logLevel, logFormat: config.logFormat, terminal })
  if (config.otlpEndpoint === undefined) return logging
  return Export.layer({
    endpoint: config.otlpEndpoint,
    serviceName: config.serviceName,
    serviceVersion: version,
  }).pipe(Layer.provideMerge(logging))
}
