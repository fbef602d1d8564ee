import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, Metric, Schedule } from "effect"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { catalog } from "../../../services/MetricCatalog.ts"
import { Metrics } from "../../../services/Metrics.ts"
import { freePort } from "../../support/process.ts"
import * as Export from "../../../src/telemetry/Export.ts"

const recorded = () => {
  const lines: Array<string> = []
  return { lines, layer: Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))]) }
}

const isolated = Metrics.layer.pipe(Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map())))

/** A server that is no collector: it answers with `status`, or never. */
const noCollector = (status: number | undefined) =>
  Effect.acquireRelease(
    Effect.callback<Server>((resume) => {
      const server = createServer((_, response) => {
        if (status !== undefined) response.writeHead(status).end()
      }).listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.callback<void>((done) => {
        server.close(() => done(Effect.void))
        server.closeAllConnections()
      }),
  ).pipe(Effect.map((server) => (server.address() as AddressInfo).port))

/** Exports to `port` while a little work is done; ends once every signal's export has failed, and the telemetry is closed. */
const work = (port: number) => {
  const { lines, layer } = recorded()
  const telemetry = Export.layer({
    endpoint: `http://127.0.0.1:${port}`,
    serviceName: "millrace-test",
    serviceVersion: "0",
    metricsInterval: "50 millis",
  }).pipe(Layer.provideMerge(layer), Layer.provideMerge(isolated))
  const program = Effect.gen(function* () {
    const { series, venue } = yield* Metrics
    let sum = 0
    const step = Effect.sync(() => venue("binance").framesReceived.add(1)).pipe(
      Effect.andThen(Effect.sync(() => sum++)),
      Effect.withSpan("work"),
      Effect.andThen(Effect.logInfo("working")),
    )
    yield* Effect.repeat(step, { times: 999 })
    yield* Effect.repeat(
      Effect.sync(() => series.values(catalog.exportFailures).map(([{ signal }]) => signal)),
      { until: (signals) => signals.length === 3, schedule: Schedule.spaced("10 millis") },
    )
    return { sum, signals: series.values(catalog.exportFailures).map(([{ signal }]) => signal) }
  })
  return Effect.map(Effect.provide(program, telemetry), (result) => ({
    ...result,
    said: lines.filter((line) => line.includes("telemetry")),
  }))
}

describe.concurrent("exporting telemetry", () => {
  const cases = [
    ["is not there", 0, /cannot be reached.*ECONNREFUSED/],
    ["answers with errors", 500, /answered 500/],
    ["is something else", 404, /answered 404/],
    ["never answers", undefined, /no answer in 5 seconds/],
  ] as const
  for (const [name, status, expected] of cases) {
    it.live(`to a collector that ${name} is said once with what to do, counted, and holds nothing up`, () =>
      Effect.gen(function* () {
        const port = status === 0 ? yield* freePort : yield* noCollector(status)
        const { sum, signals, said } = yield* work(port)
        assert.strictEqual(sum, 1000)
        assert.sameMembers(signals, ["logs", "metrics", "traces"])
        assert.strictEqual(said.length, 1, said.join("\n"))
        assert.match(said[0]!, expected)
        assert.include(said[0]!, `http://127.0.0.1:${port}`)
        assert.include(said[0]!, "telemetry.otlpEndpoint")
      }),
    )
  }
})
