import { Clock, Context, Effect, Layer } from "effect"
import type { RejectReason } from "../src/domain/Decoded.ts"
import type { RecordType } from "../src/domain/DataType.ts"
import type { Envelope } from "../src/domain/Envelope.ts"
import type { FrameBatch } from "../src/domain/Frame.ts"
import { RateMeter } from "../src/runtime/RateMeter.ts"
import type { CollectorStats, Latency } from "./Collection.ts"
import type { ConnectionError } from "./Connector.ts"
import { catalog } from "./MetricCatalog.ts"
import { type Counter, type Gauge, type LatencyTimer, makeSeries, type Series } from "./MetricSeries.ts"
import type { SinkError } from "./Sink.ts"

/** What REST said of a silent stream. */
export type ProbeOutcome = "quiet" | "dead" | "late" | "unknown"

/** The metrics of one venue. Get it once and keep it; every call is a plain addition, safe in a socket's callback. Once per batch, not per frame. */
export interface VenueMetrics {
  /** A batch was read from a socket: counts frames and bytes, and feeds the throughput. */
  readonly received: (batch: FrameBatch) => void
  readonly framesReceived: Counter
  readonly bytesReceived: Counter
  readonly framesDecoded: Counter
  readonly framesControl: Counter
  readonly framesRejected: (reason: RejectReason) => Counter
  readonly recordsProduced: (type: RecordType) => Counter
  readonly recordsAccepted: Counter
  readonly recordsDuplicate: Counter
  readonly recordsFiltered: (reason: string) => Counter
  readonly recordsDropped: (reason: string) => Counter
  /** `channel` is the dataTypes word. */
  readonly gaps: (channel: string, cause: string) => Counter
  readonly connectionsActive: Gauge
  readonly connectionsOpened: Counter
  readonly connectionFailures: (reason: ConnectionError["reason"]) => Counter
  readonly reconnects: Counter
  readonly connectionRotations: (outcome: "moved" | "failed") => Counter
  readonly streamProbes: (outcome: ProbeOutcome) => Counter
  readonly streamRenewals: Counter
  readonly socketPauses: Counter
  readonly socketPausedSeconds: Counter
  readonly subscribeAcks: Counter
  readonly subscribeRefusals: Counter
  readonly restRequests: (outcome: "ok" | "error") => Counter
  readonly restWeightUsed: Gauge
  readonly restWeightLimit: Gauge
}

/** The metrics of one sink, in the same way. */
export interface SinkMetrics {
  /** A batch has just been delivered, its payloads so many bytes: counts records, batch and bytes, and times each record. */
  readonly deliveredBatch: (envelopes: ReadonlyArray<Envelope>, bytes: number) => void
  readonly delivered: Counter
  readonly batches: Counter
  readonly bytes: Counter
  readonly deadLettered: Counter
  readonly dropped: (reason: string) => Counter
  readonly errors: (reason: SinkError["reason"]) => Counter
  readonly retries: Counter
  readonly producerReplacements: Counter
  readonly latency: LatencyTimer
}

/**
 * The one place where the product counts. Series are plain numbers that Effect's metric registry reads when it is
 * scraped or exported, so that an update costs nothing worth naming, and so that accounts, statistics and metrics
 * cannot disagree.
 */
export class Metrics extends Context.Service<
  Metrics,
  {
    readonly venue: (venue: string) => VenueMetrics
    readonly sink: (sink: string) => SinkMetrics
    /** Series of the rest of the catalogue. */
    readonly series: Series
    /** The exchange collector's `Metrics` object: totals over venues and sinks since the start, latency over the last minute or two, throughput over the last ten seconds. */
    readonly stats: Effect.Effect<CollectorStats>
  }
>()("millrace/services/Metrics") {
  /** Registers in the context's `Metric.MetricRegistry`: an embedding application's own exporters see it. */
  static readonly layer: Layer.Layer<Metrics> = Layer.effect(
    Metrics,
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      return make(yield* makeSeries(clock), clock)
    }),
  )
}

const make = (series: Series, clock: Clock.Clock): Metrics["Service"] => {
  const venues = new Map<string, VenueMetrics>()
  const sinks = new Map<string, SinkMetrics>()
  const frameRate = new RateMeter()
  const byteRate = new RateMeter()
  const now = () => clock.currentTimeMillisUnsafe()

  const venue = (name: string): VenueMetrics => {
    const known = venues.get(name)
    if (known !== undefined) return known
    const made = makeVenue(series, name, (frames, bytes) => {
      const at = now()
      frameRate.mark(frames, at)
      byteRate.mark(bytes, at)
    })
    venues.set(name, made)
    return made
  }

  const sink = (name: string): SinkMetrics => {
    const known = sinks.get(name)
    if (known !== undefined) return known
    const made = makeSink(series, name, clock)
    sinks.set(name, made)
    return made
  }

  const stats = Effect.sync((): CollectorStats => {
    const at = now()
    return {
      connections: {
        active: series.sum(catalog.connectionsActive),
        total: series.sum(catalog.connectionsOpened),
        failures: series.sum(catalog.connectionFailures),
        reconnects: series.sum(catalog.reconnects),
      },
      messages: {
        received: series.sum(catalog.framesReceived),
        processed: series.sum(catalog.recordsAccepted),
        sent: series.sum(catalog.sinkDelivered),
        errors: series.sum(catalog.framesRejected) + series.sum(catalog.sinkErrors),
      },
      latency: recentLatency(series, at),
      throughput: {
        messagesPerSecond: frameRate.perSecond(at),
        bytesPerSecond: byteRate.perSecond(at),
      },
    }
  })

  return Metrics.of({ venue, sink, series, stats })
}

const recentLatency = (series: Series, nowMillis: number): Latency => {
  const recent = series.recentLatency(nowMillis)
  const millis = (quantile: number): number => Math.round(recent.quantile(quantile)) / 1000
  return { p50: millis(0.5), p90: millis(0.9), p95: millis(0.95), p99: millis(0.99) }
}

const makeVenue = (
  series: Series,
  venue: string,
  mark: (frames: number, bytes: number) => void,
): VenueMetrics => {
  const framesReceived = series.counter(catalog.framesReceived, { venue })
  const bytesReceived = series.counter(catalog.bytesReceived, { venue })
  return {
    received: (batch) => {
      framesReceived.add(batch.frames.length)
      bytesReceived.add(batch.bytes)
      mark(batch.frames.length, batch.bytes)
    },
    framesReceived,
    bytesReceived,
    framesDecoded: series.counter(catalog.framesDecoded, { venue }),
    framesControl: series.counter(catalog.framesControl, { venue }),
    framesRejected: (reason) => series.counter(catalog.framesRejected, { venue, reason }),
    recordsProduced: (type) => series.counter(catalog.recordsProduced, { venue, type }),
    recordsAccepted: series.counter(catalog.recordsAccepted, { venue }),
    recordsDuplicate: series.counter(catalog.recordsDuplicate, { venue }),
    recordsFiltered: (reason) => series.counter(catalog.recordsFiltered, { venue, reason }),
    recordsDropped: (reason) => series.counter(catalog.recordsDropped, { venue, reason }),
    gaps: (channel, cause) => series.counter(catalog.gaps, { venue, channel, cause }),
    connectionsActive: series.gauge(catalog.connectionsActive, { venue }),
    connectionsOpened: series.counter(catalog.connectionsOpened, { venue }),
    connectionFailures: (reason) => series.counter(catalog.connectionFailures, { venue, reason }),
    reconnects: series.counter(catalog.reconnects, { venue }),
    connectionRotations: (outcome) => series.counter(catalog.connectionRotations, { venue, outcome }),
    streamProbes: (outcome) => series.counter(catalog.streamProbes, { venue, outcome }),
    streamRenewals: series.counter(catalog.streamRenewals, { venue }),
    socketPauses: series.counter(catalog.socketPauses, { venue }),
    socketPausedSeconds: series.counter(catalog.socketPaused, { venue }),
    subscribeAcks: series.counter(catalog.subscribeAcks, { venue }),
    subscribeRefusals: series.counter(catalog.subscribeRefusals, { venue }),
    restRequests: (outcome) => series.counter(catalog.restRequests, { venue, outcome }),
    restWeightUsed: series.gauge(catalog.restWeightUsed, { venue }),
    restWeightLimit: series.gauge(catalog.restWeightLimit, { venue }),
  }
}

const makeSink = (series: Series, sink: string, clock: Clock.Clock): SinkMetrics => {
  const delivered = series.counter(catalog.sinkDelivered, { sink })
  const batches = series.counter(catalog.sinkBatches, { sink })
  const bytes = series.counter(catalog.sinkBytes, { sink })
  const latency = series.latency(catalog.sinkLatency, { sink })
  return {
    deliveredBatch: (envelopes, size) => {
      delivered.add(envelopes.length)
      batches.add(1)
      bytes.add(size)
      latency.recordBatch(envelopes, Number(clock.currentTimeNanosUnsafe()) / 1e6)
    },
    delivered,
    batches,
    bytes,
    deadLettered: series.counter(catalog.sinkDeadLettered, { sink }),
    dropped: (reason) => series.counter(catalog.sinkDropped, { sink, reason }),
    errors: (reason) => series.counter(catalog.sinkErrors, { sink, reason }),
    retries: series.counter(catalog.sinkRetries, { sink }),
    producerReplacements: series.counter(catalog.producerReplacements, { sink }),
    latency,
  }
}
