import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer, Metric, Schedule } from "effect"
import { FetchHttpClient } from "effect/http"
import { Otlp } from "effect/observability"
import { Collection, Collector, Decimal, decimals, makeSink, Metrics, Millrace, recordOf } from "millrace"

// What this application makes of the trades: the turnover by symbol, as a metric of its own.
const turnover = Metric.gauge("turnover", { description: "Traded so far, in the quote asset" })
const sums = new Map<string, Decimal>()

// A sink of its own. Done means delivered: the cursor moves. A failure is said, and the batch comes again.
const sink = makeSink({
  name: "turnover",
  deliver: Effect.fnUntraced(function* (envelopes) {
    for (const record of envelopes.map(recordOf)) {
      if (record.type !== "trade") continue
      const { price, quantity } = decimals(record)
      sums.set(record.symbol, price.times(quantity).plus(sums.get(record.symbol) ?? new Decimal(0)))
    }
    for (const [symbol, sum] of sums)
      yield* Metric.update(Metric.withAttributes(turnover, { symbol }), sum.toNumber())
  }),
})

// Its own telemetry, in which Millrace's metrics, logs and traces show up too; the last figures as well, since it has
// `Metrics` below it.
const telemetry = Otlp.layerJson({
  baseUrl: process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? "http://127.0.0.1:4318",
  resource: { serviceName: "turnover" },
  metricsExportInterval: "1 second",
}).pipe(Layer.provide([FetchHttpClient.layer, Metrics.layer]))

const millrace = Millrace.layer({
  sinks: [sink],
  config: {
    // Leave the simulator out, and it is the real exchange.
    simulator: { rate: 500, symbols: ["BTC-USDT", "ETH-USDT", "BNB-USDT"] },
    exchanges: { binance: { symbols: ["BTC-USDT", "ETH-USDT"], dataTypes: ["trade", "bbo"] } },
  },
})

const program = Effect.gen(function* () {
  const { stats, subscribe } = yield* Collection
  const { failure } = yield* Collector
  yield* subscribe([{ venue: "binance", symbols: ["BNB-USDT"], dataTypes: ["trade"] }])
  const report = Effect.gen(function* () {
    const { messages, latency } = yield* stats
    const traded = [...sums].map(([symbol, sum]) => `${symbol} ${sum.toFixed(2)}`).join(", ")
    yield* Effect.log(`${messages.sent} records, p99 ${latency.p99} ms; turnover: ${traded}`)
  })
  // `failure` ends only when Millrace has given up: then this application does.
  return yield* Effect.raceFirst(failure, Effect.repeat(report, Schedule.spaced("1 second")))
})

// Telemetry goes around Millrace. Ctrl-C closes them in reverse: Millrace drains, then telemetry is flushed.
program.pipe(Effect.provide(millrace.pipe(Layer.provideMerge(telemetry))), NodeRuntime.runMain)
