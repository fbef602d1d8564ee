import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric } from "effect"
import { TestClock } from "effect/testing"
import { PrometheusMetrics } from "effect/observability"
import { catalog, definitions, type MetricDefinition } from "../../services/MetricCatalog.ts"
import { seriesLimit } from "../../services/MetricSeries.ts"
import { Metrics, type SinkMetrics, type VenueMetrics } from "../../services/Metrics.ts"
import { testEnvelopes, testStream, testTime } from "../support/envelopes.ts"
import { parsePrometheus } from "../support/prometheus.ts"

const isolated = Metrics.layer.pipe(Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map())))
const scrape = Effect.map(PrometheusMetrics.format(), parsePrometheus)

const batch = (frames: number, bytes: number) => ({
  connection: "binance/connections/1",
  frames: Array.from({ length: frames }, () => Buffer.alloc(0)),
  receivedAt: Array.from({ length: frames }, () => testTime),
  bytes,
})

/** Uses every handle once, so that a handle that writes to the wrong metric is seen. */
const useVenue = (venue: VenueMetrics): void => {
  venue.received(batch(3, 300))
  venue.framesDecoded.add(2)
  venue.framesControl.add(1)
  venue.framesRejected("not_json").add(4)
  venue.recordsProduced("trade").add(5)
  venue.recordsAccepted.add(6)
  venue.recordsDuplicate.add(7)
  venue.recordsFiltered("off_book").add(8)
  venue.recordsDropped("overflow").add(9)
  venue.gaps("kline_1m", "disconnect").add(10)
  venue.connectionsActive.set(11)
  venue.connectionsOpened.add(12)
  venue.connectionFailures("refused").add(13)
  venue.reconnects.add(14)
  venue.socketPauses.add(15)
  venue.socketPausedSeconds.add(16)
  venue.subscribeAcks.add(17)
  venue.subscribeRefusals.add(18)
  venue.restRequests("ok").add(19)
  venue.restWeightUsed.set(20)
  venue.restWeightLimit.set(21)
  venue.connectionRotations("moved").add(22)
  venue.streamProbes("dead").add(23)
  venue.streamRenewals.add(24)
}

const useSink = (sink: SinkMetrics): void => {
  sink.deliveredBatch(testEnvelopes([testStream({})], 0, 3), 852)
  sink.deadLettered.add(2)
  sink.dropped("overflow").add(3)
  sink.errors("unavailable").add(4)
  sink.retries.add(5)
  sink.producerReplacements.add(6)
}

describe("the metrics", () => {
  it.effect("show every venue and sink with what was counted, under their own names", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(testTime + 40.25)
      const metrics = yield* Metrics
      for (const venue of ["binance", "binance-usdm"]) useVenue(metrics.venue(venue))
      useSink(metrics.sink("kafka"))
      const families = yield* scrape
      const value = (
        definition: MetricDefinition,
        labels: Readonly<Record<string, string>>,
      ): number | undefined =>
        families
          .get(definition.name)
          ?.samples.find((each) => JSON.stringify(each.labels) === JSON.stringify(labels))?.value
      const venue = "binance"
      const sink = "kafka"
      const expected: ReadonlyArray<readonly [MetricDefinition, Readonly<Record<string, string>>, number]> = [
        [catalog.framesReceived, { venue }, 3],
        [catalog.bytesReceived, { venue }, 300],
        [catalog.framesDecoded, { venue }, 2],
        [catalog.framesControl, { venue }, 1],
        [catalog.framesRejected, { venue, reason: "not_json" }, 4],
        [catalog.recordsProduced, { venue, type: "trade" }, 5],
        [catalog.recordsAccepted, { venue }, 6],
        [catalog.recordsDuplicate, { venue }, 7],
        [catalog.recordsFiltered, { venue, reason: "off_book" }, 8],
        [catalog.recordsDropped, { venue, reason: "overflow" }, 9],
        [catalog.gaps, { venue, channel: "kline_1m", cause: "disconnect" }, 10],
        [catalog.connectionsActive, { venue }, 11],
        [catalog.connectionsOpened, { venue }, 12],
        [catalog.connectionFailures, { venue, reason: "refused" }, 13],
        [catalog.reconnects, { venue }, 14],
        [catalog.socketPauses, { venue }, 15],
        [catalog.socketPaused, { venue }, 16],
        [catalog.subscribeAcks, { venue }, 17],
        [catalog.subscribeRefusals, { venue }, 18],
        [catalog.restRequests, { venue, outcome: "ok" }, 19],
        [catalog.restWeightUsed, { venue }, 20],
        [catalog.restWeightLimit, { venue: "binance-usdm" }, 21],
        [catalog.connectionRotations, { venue, outcome: "moved" }, 22],
        [catalog.streamProbes, { venue, outcome: "dead" }, 23],
        [catalog.streamRenewals, { venue }, 24],
        [catalog.sinkDelivered, { sink }, 3],
        [catalog.sinkBatches, { sink }, 1],
        [
          catalog.sinkBytes,
          { sink },
          testEnvelopes([testStream({})], 0, 3).reduce((sum, { start, end }) => sum + end - start, 0),
        ],
        [catalog.sinkDeadLettered, { sink }, 2],
        [catalog.sinkDropped, { sink, reason: "overflow" }, 3],
        [catalog.sinkErrors, { sink, reason: "unavailable" }, 4],
        [catalog.sinkRetries, { sink }, 5],
        [catalog.producerReplacements, { sink }, 6],
      ]
      for (const [definition, labels, count] of expected) {
        assert.strictEqual(value(definition, labels), count, definition.name)
      }
      for (const family of families.values()) {
        const definition = definitions.find(({ name }) => name === family.name)
        assert.isDefined(definition, family.name)
        assert.strictEqual(family.type, definition!.kind)
        assert.strictEqual(family.help, definition!.help)
        for (const { labels } of family.samples) {
          assert.sameMembers(
            Object.keys(labels).filter((label) => label !== "le"),
            [...definition!.tags],
          )
        }
      }
    }).pipe(Effect.provide(isolated)),
  )

  it.effect("time each record from the socket to the sink in a histogram whose buckets add up", () =>
    Effect.gen(function* () {
      const metrics = yield* Metrics
      const sink = metrics.sink("kafka")
      // Record n left the socket n milliseconds after the start.
      yield* TestClock.setTime(testTime + 100.25)
      sink.deliveredBatch(testEnvelopes([testStream({})], 0, 100), 0)
      const family = (yield* scrape).get(catalog.sinkLatency.name)!
      const bucket = (le: string): number => family.samples.find(({ labels }) => labels["le"] === le)!.value
      assert.strictEqual(bucket("0.0005"), 0)
      assert.strictEqual(bucket("0.01"), 10)
      assert.strictEqual(bucket("0.05"), 50)
      assert.strictEqual(bucket("0.1"), 100)
      assert.strictEqual(bucket("+Inf"), 100)
      assert.strictEqual(family.samples.find(({ name }) => name.endsWith("_count"))!.value, 100)
      assert.closeTo(family.samples.find(({ name }) => name.endsWith("_sum"))!.value, 5.05, 1e-6)
      const { latency } = yield* metrics.stats
      assert.closeTo(latency.p50, 50, 2.5)
      assert.closeTo(latency.p99, 99, 5)
    }).pipe(Effect.provide(isolated)),
  )

  it.effect("do not time what is replayed: its receive time is the recording's", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(testTime + 1e9)
      const { sink, stats } = yield* Metrics
      sink("files").deliveredBatch(testEnvelopes([testStream({})], 0, 5, "replay"), 0)
      assert.strictEqual((yield* stats).latency.p99, 0)
      assert.strictEqual(sink("files").delivered.value(), 5)
    }).pipe(Effect.provide(isolated)),
  )

  it.effect("add up to the exchange collector's object over venues and sinks", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(testTime)
      const metrics = yield* Metrics
      for (const venue of ["binance", "binance-usdm"]) useVenue(metrics.venue(venue))
      useSink(metrics.sink("kafka"))
      yield* TestClock.adjust("1 second")
      metrics.venue("binance").received(batch(1, 10))
      const stats = yield* metrics.stats
      assert.deepStrictEqual(stats.connections, { active: 22, total: 24, failures: 26, reconnects: 28 })
      assert.deepStrictEqual(stats.messages, { received: 7, processed: 12, sent: 3, errors: 8 + 4 })
      assert.deepStrictEqual(stats.throughput, { messagesPerSecond: 6, bytesPerSecond: 600 })
    }).pipe(Effect.provide(isolated)),
  )

  it.effect(
    "stay bounded: what exceeds the limit of series is counted under `other`, and nothing is lost",
    () =>
      Effect.gen(function* () {
        const { series } = yield* Metrics
        const more = seriesLimit + 500
        for (let index = 0; index < more; index++) {
          series.counter(catalog.recordsFiltered, { venue: "binance", reason: `reason ${index}` }).add(1)
        }
        const family = (yield* scrape).get(catalog.recordsFiltered.name)!
        assert.strictEqual(family.samples.length, seriesLimit + 1)
        assert.strictEqual(family.samples.find(({ labels }) => labels["reason"] === "other")?.value, 500)
        assert.strictEqual(series.sum(catalog.recordsFiltered), more)
      }).pipe(Effect.provide(isolated)),
  )

  it.effect("drop the series of what is gone, and of an instance that has ended", () =>
    Effect.gen(function* () {
      const registry = Layer.sync(Metric.MetricRegistry, () => new Map())
      yield* Effect.gen(function* () {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const { series } = yield* Effect.map(Layer.build(Metrics.layer), (services) => services).pipe(
              Effect.flatMap((services) => Effect.provideContext(Metrics, services)),
            )
            const tags = (mailbox: string) => ({ actor: "a", mailbox })
            series.replace(catalog.mailboxItems, [
              [tags("one"), 1],
              [tags("two"), 2],
            ])
            series.replace(catalog.mailboxItems, [[tags("two"), 3]])
            const family = (yield* scrape).get(catalog.mailboxItems.name)!
            assert.deepStrictEqual(
              family.samples.map(({ labels, value }) => [labels["mailbox"], value]),
              [["two", 3]],
            )
          }),
        )
        assert.strictEqual(yield* PrometheusMetrics.format(), "")
      }).pipe(Effect.provide(registry))
    }),
  )
})
