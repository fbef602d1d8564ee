import { type Duration, Effect, Layer } from "effect"
import { FetchHttpClient, HttpClient, HttpClientError, type HttpClientRequest } from "effect/http"
import { Otlp } from "effect/observability"
import { catalog } from "../../services/MetricCatalog.ts"
import { Metrics } from "../../services/Metrics.ts"
import * as RateLimitedLog from "../runtime/RateLimitedLog.ts"

export interface ExportOptions {
  /** An OpenTelemetry collector's OTLP/HTTP origin: `/v1/traces`, `/v1/metrics` and `/v1/logs` are appended. */
  readonly endpoint: string
  readonly serviceName: string
  readonly serviceVersion: string
  /** How often metrics are sent: 10 s unless given. Traces go every two seconds, logs every second. */
  readonly metricsInterval?: Duration.Input
}

/** A collector that does not answer holds an export no longer than this. */
const requestTimeout = "5 seconds"

const signalOf = (url: string): string => /\/v1\/(\w+)$/.exec(url)?.[1] ?? "other"

/**
 * The exporter's HTTP client: every request has a deadline, every failure is counted, and one line a minute says
 * that telemetry is being lost. The exporter itself then pauses for a minute and drops what it held; nothing waits
 * for it.
 */
const watchedClient = (endpoint: string) =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.gen(function* () {
      const client = yield* HttpClient.HttpClient
      const { series } = yield* Metrics
      const limited = RateLimitedLog.make()

      const failed = (url: string, detail: string): Effect.Effect<void> => {
        const signal = signalOf(url)
        series.counter(catalog.exportFailures, { signal }).add(1)
        return limited.log("Warn", "export", () => [
          `telemetry is not exported: ${endpoint} ${detail}. Collection goes on; ` +
            "start the collector or change telemetry.otlpEndpoint",
          { signal },
        ])
      }

      return HttpClient.transform(client, (response, request) =>
        Effect.timeoutOrElse(response, {
          duration: requestTimeout,
          orElse: () => Effect.fail(timedOut(request)),
        }).pipe(
          Effect.tap((answer) =>
            answer.status < 300 ? Effect.void : failed(request.url, `answered ${answer.status}`),
          ),
          Effect.tapError((error) => failed(request.url, describe(error))),
        ),
      )
    }),
  ).pipe(Layer.provide(FetchHttpClient.layer))

const timedOut = (request: HttpClientRequest.HttpClientRequest): HttpClientError.HttpClientError =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.TransportError({ request, description: `no answer in ${requestTimeout}` }),
  })

/** `fetch` hides the reason (`ECONNREFUSED`) in the cause of its cause. */
const describe = (error: HttpClientError.HttpClientError): string => {
  if (error.reason._tag === "TransportError" && error.reason.description !== undefined) {
    return `gave ${error.reason.description}`
  }
  let cause: unknown = error.cause
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause
  return `cannot be reached (${cause instanceof Error ? cause.message || cause.name : error.message})`
}

/** Traces, metrics and logs to an OpenTelemetry collector, by Effect's own exporter. Closing the scope flushes, for at most 3 s. */
export const layer = (options: ExportOptions): Layer.Layer<never, never, Metrics> =>
  Otlp.layerProtobuf({
    baseUrl: options.endpoint,
    resource: { serviceName: options.serviceName, serviceVersion: options.serviceVersion },
    metricsExportInterval: options.metricsInterval ?? "10 seconds",
    loggerExportInterval: "1 second",
    tracerExportInterval: "2 seconds",
    shutdownTimeout: "3 seconds",
  }).pipe(Layer.provide(watchedClient(options.endpoint)))
