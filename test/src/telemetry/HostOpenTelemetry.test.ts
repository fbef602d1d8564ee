import { assert, describe, it } from "@effect/vitest"
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs"
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics"
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node"
import { Effect, Layer, Metric } from "effect"
import { catalog } from "../../../services/MetricCatalog.ts"
import { Metrics } from "../../../services/Metrics.ts"
import * as HostOpenTelemetry from "../../../src/telemetry/HostOpenTelemetry.ts"

const isolated = Metrics.layer.pipe(Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map())))

/** What an application has that brings its own SDK. */
const makeHost = () => {
  const spans = new InMemorySpanExporter()
  const logs = new InMemoryLogRecordExporter()
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const metricReader = new PeriodicExportingMetricReader({
    exporter: metrics,
    exportIntervalMillis: 3_600_000,
  })
  return {
    spans,
    logs,
    metricReader,
    tracerProvider: new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
    loggerProvider: new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: logs })] }),
  }
}

const work = Effect.gen(function* () {
  const { venue, sink } = yield* Metrics
  venue("binance").framesReceived.add(42)
  sink("kafka").latency.record(1000, 1002)
  yield* Effect.logInfo("connected").pipe(Effect.annotateLogs({ connection: "binance/connections/1" }))
}).pipe(Effect.withSpan("Connection.connect", { attributes: { venue: "binance" } }))

describe("in a host with an OpenTelemetry SDK of its own", () => {
  it.live("spans, metrics and log lines go where the host's go", () => {
    const host = makeHost()
    const telemetry = HostOpenTelemetry.layer(host).pipe(Layer.provideMerge(isolated))
    return Effect.gen(function* () {
      yield* work
      const [span] = host.spans.getFinishedSpans()
      assert.strictEqual(span?.name, "Connection.connect")
      assert.strictEqual(span?.attributes["venue"], "binance")
      const [log] = host.logs.getFinishedLogRecords()
      assert.strictEqual(log?.body, "connected")
      assert.strictEqual(log?.attributes["connection"], "binance/connections/1")
      assert.strictEqual(log?.spanContext?.traceId, span?.spanContext().traceId)
      const collected = yield* Effect.promise(() => host.metricReader.collect())
      const found = collected.resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
      const points = (name: string) =>
        found.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? []
      assert.strictEqual(points(catalog.framesReceived.name)[0]?.value, 42)
      assert.deepStrictEqual({ ...points(catalog.framesReceived.name)[0]?.attributes }, { venue: "binance" })
      const latency = points(catalog.sinkLatency.name)[0]?.value as {
        readonly count: number
        readonly sum: number
      }
      assert.strictEqual(latency.count, 1)
      assert.closeTo(latency.sum, 0.002, 1e-9)
    }).pipe(Effect.provide(telemetry))
  })

  it.live("a reader of the host's own meter provider can take the metrics too", () =>
    Effect.gen(function* () {
      yield* work
      const producer = yield* HostOpenTelemetry.metricProducer
      const { resourceMetrics } = yield* Effect.promise(() => producer.collect())
      const names = resourceMetrics.scopeMetrics.flatMap((scope) =>
        scope.metrics.map(({ descriptor }) => descriptor.name),
      )
      assert.include(names, catalog.framesReceived.name)
    }).pipe(Effect.provide(isolated)),
  )
})
