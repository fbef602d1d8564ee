import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Memory from "../../../layers/journal/Memory.ts"
import { Journal } from "../../../services/Journal.ts"
import { catalog, definitions } from "../../../services/MetricCatalog.ts"
import { Metrics } from "../../../services/Metrics.ts"
import { Actors } from "../../../src/runtime/Actors.ts"
import * as Mailbox from "../../../src/runtime/Mailbox.ts"
import { makeCollection } from "../../support/collectionInMemory.ts"
import { ask, makeTap, observability, send, startEdge } from "../../support/edge.ts"
import { testEnvelopes, testStream } from "../../support/envelopes.ts"
import { parsePrometheus } from "../../support/prometheus.ts"

const trades = testStream({})

const setUp = Effect.gen(function* () {
  const collection = makeCollection(["binance"])
  const services = yield* Layer.build(
    Layer.mergeAll(
      collection.layer,
      makeTap().layer,
      observability,
      Memory.layer({ capacityBytes: 1_000_000 }),
    ),
  )
  const { url } = yield* Effect.provideContext(startEdge("api"), services)
  return { services, url: yield* url, collection }
})

describe("a scrape", () => {
  it.live("after activity everywhere gives every metric of the catalogue, and none besides", () =>
    Effect.gen(function* () {
      const { services, url } = yield* setUp
      yield* Effect.gen(function* () {
        const { venue, sink, series } = yield* Metrics
        const binance = venue("binance")
        binance.framesRejected("not_json").add(1)
        binance.recordsProduced("trade").add(1)
        binance.recordsFiltered("off_book").add(1)
        binance.recordsDropped("overflow").add(1)
        binance.gaps("trade", "restart").add(1)
        binance.connectionFailures("refused").add(1)
        binance.connectionRotations("moved").add(1)
        binance.streamProbes("quiet").add(1)
        binance.restRequests("error").add(1)
        sink("files").dropped("overflow").add(1)
        sink("files").errors("refused").add(1)
        series.counter(catalog.deadLetters, { stage: "decode", reason: "not_json" }).add(1)
        series.counter(catalog.deadLettersLost, { cause: "overflow" }).add(1)
        series.counter(catalog.deadLettersEvicted, {}).add(1)
        series.gauge(catalog.deadLettersHeld, {}).set(1)
        series.gauge(catalog.deadLettersSize, {}).set(100)
        series.counter(catalog.journalDamage, { reason: "torn" }).add(1)
        series.counter(catalog.journalLost, {}).add(1)
        series.gauge(catalog.continuitySize, {}).set(100)
        series.counter(catalog.continuityLost, { cause: "counts" }).add(1)
        series.counter(catalog.heartbeats, { outcome: "ok" }).add(1)
        series.counter(catalog.statusReports, { outcome: "ok" }).add(1)
        series.counter(catalog.triggerEvents, { trigger: "timer", outcome: "ok" }).add(1)
        series.counter(catalog.triggerMessages, { trigger: "queue", outcome: "acked" }).add(1)
        series.counter(catalog.dnsResolutions, { outcome: "ok" }).add(1)
        series.gauge(catalog.dnsAddresses, { state: "available" }).set(1)
        series.gauge(catalog.controlNodes, { state: "online" }).set(1)
        series.gauge(catalog.controlInstances, { state: "given" }).set(1)
        series.counter(catalog.controlMoves, { outcome: "given" }).add(1)
        series.counter(catalog.controlLeaseExpiries, {}).add(1)
        series.counter(catalog.controlHeartbeats, { outcome: "list" }).add(1)
        series.counter(catalog.controlReports, { outcome: "ok" }).add(1)
        series.counter(catalog.controlCalls, { type: "push", outcome: "ok" }).add(1)
        series.counter(catalog.logServiceSent, {}).add(1)
        series.counter(catalog.logServiceDropped, { reason: "full" }).add(1)
        series.counter(catalog.taskEvents, { type: "create", outcome: "ok" }).add(1)
        series.latency(catalog.taskEventTime, {}).record(0, 1)
        series.gauge(catalog.tasks, { state: "pending" }).set(1)
        series.counter(catalog.taskRuns, { outcome: "completed" }).add(1)
        series.counter(catalog.taskResults, { task: "btc-5m", outcome: "completed" }).add(1)
        series.counter(catalog.taskRecords, { task: "btc-5m" }).add(1)
        series.counter(catalog.taskRetries, {}).add(1)
        series.latency(catalog.taskRunTime, {}).record(0, 1)
        series.latency(catalog.taskLag, {}).record(0, 1)
        series.counter(catalog.exportFailures, { signal: "traces" }).add(1)
        series.counter(catalog.scrapeFailures, { reason: "journal" }).add(1)
        const journal = yield* Journal
        yield* journal.reader("files", "earliest")
        yield* journal.append(testEnvelopes([trades], 0, 7))
        const actors = yield* Actors
        const actor = yield* actors.register("millrace/core/work/venues/binance/decoder", "worker")
        const self = yield* actor.begin(() => {})
        const mailbox = yield* Mailbox.make<string>({ name: "frames", capacity: { items: 4, bytes: 100 } })
        yield* mailbox.offer("one")
        yield* self.owns(mailbox)
        yield* send("POST", `${url}/api/v1/subscriptions`, {
          venue: "binance",
          symbols: ["BTC-USDT"],
          dataTypes: ["trade"],
        })
        const families = parsePrometheus((yield* ask(`${url}/metrics`)).text)
        assert.sameMembers(
          [...families.keys()],
          definitions.map(({ name }) => name),
        )
        for (const { name, kind, tags, help } of definitions) {
          const family = families.get(name)!
          assert.strictEqual(family.type, kind, name)
          assert.strictEqual(family.help, help, name)
          for (const { labels } of family.samples) {
            assert.sameMembers(
              Object.keys(labels).filter((label) => label !== "le"),
              [...tags],
              name,
            )
          }
        }
        const first = (name: string, labels: Readonly<Record<string, string>>): number | undefined =>
          families
            .get(name)
            ?.samples.find((sample) =>
              Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
            )?.value
        assert.strictEqual(first(catalog.journalAccepted.name, {}), 7)
        assert.strictEqual(first(catalog.journalLag.name, { cursor: "files" }), 7)
        assert.strictEqual(first(catalog.mailboxItems.name, { mailbox: "frames" }), 1)
        assert.strictEqual(first(catalog.mailboxCapacityBytes.name, { mailbox: "frames" }), 100)
        assert.strictEqual(first(catalog.actors.name, { state: "starting" }), 1)
        assert.strictEqual(first(catalog.streams.name, { venue: "binance", state: "live" }), 1)
        assert.isAbove(first(catalog.processMemory.name, {})!, 1_000_000)
        const status = (yield* ask(`${url}/api/v1/status`)).json()
        assert.strictEqual(status.journal.accepted, 7)
        assert.deepStrictEqual(status.gaps, [
          { venue: "binance", channel: "trade", cause: "restart", count: 1 },
        ])
      }).pipe(Effect.provideContext(services))
    }),
  )

  it.live("no longer shows an actor that is gone", () =>
    Effect.gen(function* () {
      const { services, url } = yield* setUp
      yield* Effect.gen(function* () {
        const actors = yield* Actors
        yield* actors.register("millrace/core/work/venues/okx", "supervisor")
        const restarts = (text: string) => parsePrometheus(text).get(catalog.actorRestarts.name)!.samples
        assert.strictEqual(restarts((yield* ask(`${url}/metrics`)).text).length, 2)
        yield* actors.remove("millrace/core/work/venues/okx")
        assert.deepStrictEqual(
          restarts((yield* ask(`${url}/metrics`)).text).map(({ labels }) => labels["actor"]),
          ["millrace/edge/api"],
        )
      }).pipe(Effect.provideContext(services))
    }),
  )
})
