import * as OtelLogger from "@effect/opentelemetry/OtelLogger"
import * as OtelMetrics from "@effect/opentelemetry/OtelMetrics"
import * as OtelTracer from "@effect/opentelemetry/OtelTracer"
import * as Resource from "@effect/opentelemetry/Resource"
import type { TracerProvider } from "@opentelemetry/api"
import type { LoggerProvider } from "@opentelemetry/sdk-logs"
import type { MetricProducer, MetricReader } from "@opentelemetry/sdk-metrics"
import { Effect, Layer } from "effect"

/**
 * For a host application that brings an OpenTelemetry SDK of its own: what Millrace does shows up in the host's
 * traces, metrics and logs, through the host's exporters. It takes the place of `telemetry.otlpEndpoint`.
 *
 * Nothing else imports this module, since its libraries (`@effect/opentelemetry` and the SDK) are optional peers.
 *
 * ```ts
 * const telemetry = HostOpenTelemetry.layer({ metricReader, loggerProvider })
 * program.pipe(Effect.provide(telemetry))
 * ```
 */
export interface HostOptions {
  /** Where spans go; the SDK's global provider unless given. */
  readonly tracerProvider?: TracerProvider
  /** A reader that reads Millrace's metrics; it is shut down with the layer. No metrics without it, unless `metricProducer` is used. */
  readonly metricReader?: MetricReader
  /** Where log lines go, beside stderr; nowhere else without it. */
  readonly loggerProvider?: LoggerProvider
}

const tracing = ({ tracerProvider }: HostOptions) =>
  OtelTracer.layerWithoutOtelTracer.pipe(
    Layer.provide(OtelTracer.layerTracer),
    Layer.provide(
      tracerProvider === undefined
        ? OtelTracer.layerGlobalProvider
        : Layer.succeed(OtelTracer.OtelTracerProvider, tracerProvider),
    ),
  )

export const layer = (options: HostOptions = {}): Layer.Layer<never> => {
  const { loggerProvider, metricReader } = options
  const metrics =
    metricReader === undefined
      ? Layer.empty
      : OtelMetrics.layer(() => metricReader).pipe(Layer.provide(Resource.layerEmpty))
  const logs =
    loggerProvider === undefined
      ? Layer.empty
      : OtelLogger.layer({ mergeWithExisting: true }).pipe(
          Layer.provide(Layer.succeed(OtelLogger.OtelLoggerProvider, loggerProvider)),
        )
  return Layer.mergeAll(tracing(options), metrics, logs)
}

/** Millrace's metrics for a reader that the host's `MeterProvider` owns: one of its `metricProducers`. */
export const metricProducer: Effect.Effect<MetricProducer> = OtelMetrics.makeProducer().pipe(
  Effect.provide(Resource.layerEmpty),
)
