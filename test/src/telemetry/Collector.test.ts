import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric, Schedule } from "effect"
import { randomUUID } from "node:crypto"
import { catalog, definitions } from "../../../services/MetricCatalog.ts"
import { Metrics } from "../../../services/Metrics.ts"
import * as Telemetry from "../../../src/telemetry/Telemetry.ts"
import { sharedOtelcol } from "../../support/otelcol.ts"
import { testEnvelopes, testStream } from "../../support/envelopes.ts"

const collector = sharedOtelcol()

const isolated = Metrics.layer.pipe(Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map())))

const telemetry = (serviceName: string) =>
  Telemetry.layer({
    config: {
      serviceName,
      otlpEndpoint: collector!.otlpHttp,
      logLevel: "info",
      logFormat: "json",
    },
    version: "1.2.3",
    terminal: false,
  }).pipe(Layer.provideMerge(isolated))

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string }
}

interface Span {
  readonly name: string
  readonly traceId: string
  readonly attributes: ReadonlyArray<Attribute>
}

interface LogRecord {
  readonly body: { readonly stringValue: string }
  readonly severityText: string
  readonly traceId: string
  readonly attributes: ReadonlyArray<Attribute>
}

interface NumberPoints {
  readonly isMonotonic?: boolean
  readonly dataPoints: ReadonlyArray<{
    readonly asDouble: number
    readonly attributes: ReadonlyArray<Attribute>
  }>
}

interface ExportedMetric {
  readonly name: string
  readonly description: string
  readonly sum?: NumberPoints
  readonly gauge?: NumberPoints
  readonly histogram?: {
    readonly dataPoints: ReadonlyArray<{
      readonly count: string
      readonly bucketCounts: ReadonlyArray<string>
      readonly explicitBounds: ReadonlyArray<number>
    }>
  }
}

const attributesOf = (attributes: ReadonlyArray<Attribute> = []) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]))

/** What the collector wrote of one service, by signal. */
const arrived = (serviceName: string) => {
  const all = collector!.received().map((line) => JSON.parse(line))
  const of = <A>(resources: string, scopes: string, items: string): ReadonlyArray<A> =>
    all
      .flatMap((each) => each[resources] ?? [])
      .filter(({ resource }) => attributesOf(resource.attributes)["service.name"] === serviceName)
      .flatMap((each) => each[scopes])
      .flatMap((each) => each[items])
  return {
    spans: of<Span>("resourceSpans", "scopeSpans", "spans"),
    metrics: of<ExportedMetric>("resourceMetrics", "scopeMetrics", "metrics"),
    logs: of<LogRecord>("resourceLogs", "scopeLogs", "logRecords"),
    versions: all
      .flatMap((each) => each.resourceSpans ?? each.resourceMetrics ?? each.resourceLogs ?? [])
      .map(({ resource }) => attributesOf(resource.attributes))
      .filter((attributes) => attributes["service.name"] === serviceName)
      .map((attributes) => attributes["service.version"]),
  }
}

const connect = Effect.fn("Connection.connect")(function* (connection: string) {
  yield* Effect.annotateCurrentSpan({ venue: "binance", connection })
  yield* Effect.logWarning("reconnected").pipe(
    Effect.annotateLogs({ connection, stream: "binance:trade:BTC-USDT" }),
  )
})

describe.skipIf(collector === undefined)("a real OpenTelemetry Collector", () => {
  it.live("gets traces, metrics and logs, all of them even when the process ends at once", () =>
    Effect.gen(function* () {
      const service = `millrace-${randomUUID()}`
      yield* Effect.gen(function* () {
        const { venue, sink } = yield* Metrics
        venue("binance").framesReceived.add(42)
        venue("binance").connectionsActive.set(3)
        sink("kafka").deliveredBatch(testEnvelopes([testStream({})], 0, 10), 0)
        yield* connect("binance/connections/1")
      }).pipe(Effect.provide(telemetry(service)))

      const { spans, metrics, logs, versions } = yield* Effect.repeat(
        Effect.sync(() => arrived(service)),
        {
          until: (each) => each.spans.length > 0 && each.metrics.length > 0 && each.logs.length > 0,
          schedule: Schedule.spaced("50 millis"),
        },
      )
      assert.deepStrictEqual([...new Set(versions)], ["1.2.3"])

      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["Connection.connect"],
      )
      assert.deepInclude(attributesOf(spans[0]!.attributes), {
        venue: "binance",
        connection: "binance/connections/1",
      })

      const log = logs[0]!
      assert.strictEqual(log.body.stringValue, "reconnected")
      assert.strictEqual(log.severityText, "Warn")
      assert.deepInclude(attributesOf(log.attributes), {
        connection: "binance/connections/1",
        stream: "binance:trade:BTC-USDT",
      })
      assert.strictEqual(log.traceId, spans[0]!.traceId)

      const metric = (definition: { readonly name: string }) =>
        metrics.findLast(({ name }) => name === definition.name)!
      const frames = metric(catalog.framesReceived)
      assert.isTrue(frames.sum?.isMonotonic)
      assert.strictEqual(frames.description, catalog.framesReceived.help)
      assert.strictEqual(frames.sum?.dataPoints[0]?.asDouble, 42)
      assert.deepStrictEqual(attributesOf(frames.sum?.dataPoints[0]?.attributes), { venue: "binance" })
      assert.strictEqual(metric(catalog.connectionsActive).gauge?.dataPoints[0]?.asDouble, 3)
      const latency = metric(catalog.sinkLatency).histogram!.dataPoints[0]!
      assert.strictEqual(Number(latency.count), 10)
      assert.strictEqual(latency.bucketCounts.length, latency.explicitBounds.length + 1)
      const known = new Set<string>(definitions.map(({ name }) => name))
      for (const { name } of metrics) assert.isTrue(known.has(name), name)
    }),
  )

  it.live("shows the same names in Prometheus as the scrape does", () =>
    Effect.gen(function* () {
      const service = `millrace-${randomUUID()}`
      yield* Effect.gen(function* () {
        const { venue } = yield* Metrics
        venue("okx").framesReceived.add(7)
      }).pipe(Effect.provide(telemetry(service)))
      const page = Effect.promise(async () => (await fetch(collector!.prometheus)).text())
      const text = yield* Effect.repeat(page, {
        until: (each) => each.includes(service),
        schedule: Schedule.spaced("100 millis"),
      })
      assert.match(text, new RegExp(`^${catalog.framesReceived.name}\\{[^}]*venue="okx"[^}]*\\} 7$`, "m"))
    }),
  )
})
