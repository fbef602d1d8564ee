import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, FileSystem, Layer, Random } from "effect"
import * as Segments from "../../../../layers/journal/Segments.ts"
import { Journal } from "../../../../services/Journal.ts"
import { makeRestart } from "../../../../src/collect/continuity/Restart.ts"
import type { Collect } from "../../../../src/collect/Collect.ts"
import type { Envelope } from "../../../../src/domain/Envelope.ts"
import { type MarketRecord, parseRecord } from "../../../../src/domain/Record.ts"
import { makeSimulator, type Simulator } from "../../../../src/simulator/index.ts"
import { allLive, collectInto, surroundings } from "../../../support/collecting.ts"
import {
  assertBook,
  assertOrder,
  assertSameAsTruth,
  compare,
  of,
  truthOf,
} from "../../../support/exchangeTruth.ts"
import { quiet } from "../../../support/filesSink.ts"
import { isGap, newestGaps } from "../../../support/streamStates.ts"
import { until } from "../../../support/webSocketServer.ts"

const words = ["trade", "aggTrade", "kline_1s", "depth", "bbo"]

/** One process on the journal in this folder, with segments so small that most of what it knows is in checkpoints. */
const life = (
  folder: string,
  simulator: Simulator["Service"],
  dataTypes: ReadonlyArray<string>,
  work: (collect: Collect, envelopes: ReadonlyArray<Envelope>) => Effect.Effect<unknown>,
) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const { accepted: begun } = yield* journal.status
    const restart = yield* makeRestart({ keepMillis: 3_600_000 })
    const asked = { symbols: ["BTC-USDT"], dataTypes }
    const { collect, envelopes, tree } = yield* collectInto(
      simulator,
      {
        binance: asked,
        "binance-usdm": { ...asked, dataTypes: dataTypes.filter((word) => !word.startsWith("kline")) },
      },
      restart,
    )
    yield* until("live", allLive(collect))
    yield* work(collect, envelopes)
    yield* Fiber.interrupt(tree)
    const { balanced } = yield* collect.service.accounts
    assert.isTrue(balanced)
    yield* journal.sync
    const { accepted } = yield* journal.status
    yield* until("all of it is read", () => begun + envelopes.length === accepted)
    return envelopes.map((envelope) => parseRecord(envelope))
  }).pipe(
    Effect.scoped,
    Effect.provide(
      Layer.merge(
        Segments.layer({ path: folder, segmentSize: 64 * 1024, retention: 0, sinks: ["test"] }).pipe(
          Layer.provide(NodeServices.layer),
        ),
        Layer.fresh(surroundings),
      ),
    ),
    quiet,
  )

const settled = (records: ReadonlyArray<MarketRecord>): boolean =>
  newestGaps(records).every(({ data }) => data.repair !== "pending" && Object.keys(data.to).length > 0)

describe("a collection that is stopped and started again", () => {
  it.live(
    "has everything that the exchange said meanwhile, once, and says what became of each gap",
    () =>
      Effect.gen(function* () {
        const folder = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped({
          prefix: "millrace-restart-",
        })
        const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], rate: 400 })
        const records: Array<MarketRecord> = []
        for (let number = 0; number < 3; number++) {
          // The second is stopped in the middle of its repairs, or before them.
          const moment = number === 1 ? yield* Random.nextIntBetween(0, 400) : 2_000
          const work = (_: Collect, envelopes: ReadonlyArray<Envelope>) => {
            const gaps = () => envelopes.filter(({ type }) => type === "gap").map((each) => parseRecord(each))
            const isWhole = () => settled([...records, ...gaps()])
            const last = number < 2 ? Effect.void : until("every gap has its last word", isWhole)
            return Effect.andThen(Effect.sleep(moment), last)
          }
          records.push(...(yield* life(folder, simulator, words, work)))
          if (number < 2) yield* Effect.sleep("1500 millis")
        }
        const states = records.map((record) => `${record.id} ${isGap(record) ? record.revision : ""}`)
        assert.strictEqual(new Set(states).size, records.length, "nothing comes twice")
        assert.isTrue(settled(records), JSON.stringify(newestGaps(records)))
        for (const [venue, market] of [
          ["binance", "spot"],
          ["binance-usdm", "perpetual"],
        ] as const) {
          const own = records.filter((record) => record.market === market)
          for (const [word, stream, id] of [
            ["trade", "btcusdt@trade", "t"],
            ["aggTrade", "btcusdt@aggTrade", "a"],
          ] as const) {
            const { gaps, missing } = compare(own, truthOf(simulator.venue(venue), stream, id), word)
            assert.deepStrictEqual(missing, [])
            assert.isTrue(
              gaps.some(({ data }) => data.cause === "restart" && data.repair === "complete"),
              `${venue} ${word}`,
            )
            assertOrder(of(own, word))
          }
        }
        const spot = records.filter(({ market }) => market === "spot")
        const closed = of(spot, "kline")
          .flatMap((record) => (record.type === "kline" && record.data.closed ? [record] : []))
          .toSorted((left, right) => left.data.startTime - right.data.startTime)
        for (const [index, { data }] of closed.entries())
          assert.strictEqual(data.startTime, closed[0]!.data.startTime + index * 1000)
        assertSameAsTruth(simulator.venue("binance"), closed)
        assertBook(of(spot, "depth"))
        const best = newestGaps(of(spot, "bbo")).filter(({ data }) => data.cause === "restart")
        assert.lengthOf(best, 2)
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    180_000,
  )

  it.live(
    "goes on without a stream that is not configured any more, and without one that is unsubscribed",
    () =>
      Effect.gen(function* () {
        const folder = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped({
          prefix: "millrace-restart-",
        })
        let silent = false
        const simulator = yield* makeSimulator({
          symbols: ["BTC-USDT"],
          rate: 400,
          interference: {
            // REST has nothing, and so a gap of trades is pending for long.
            answer: (_, url, reply) => (silent && url.includes("rades") ? undefined : reply),
          },
        })
        const first = yield* life(folder, simulator, ["trade", "aggTrade"], () => Effect.sleep(500))
        silent = true
        const unsubscribe = (collect: Collect) =>
          Effect.gen(function* () {
            yield* Effect.sleep(300)
            yield* collect.service.unsubscribe([
              { venue: "binance", symbols: ["BTC-USDT"], dataTypes: ["trade"] },
            ])
            yield* Effect.sleep(200)
          })
        const second = yield* life(folder, simulator, ["trade", "aggTrade"], unsubscribe)
        const third = yield* life(folder, simulator, ["trade"], () => Effect.sleep(200))
        const gaps = (records: ReadonlyArray<MarketRecord>, word: string) =>
          newestGaps([...first, ...records].filter(({ market }) => market === "spot"))
            .filter(({ data }) => data.channel === word)
            .map(({ data, revision }) => `${data.cause} ${data.repair} ${revision}`)
        assert.deepStrictEqual(gaps(second, "trade"), ["restart none 2"], "unsubscribed")
        assert.deepStrictEqual(gaps(second, "aggTrade"), ["restart pending 1"])
        assert.deepStrictEqual(
          gaps([...second, ...third], "aggTrade"),
          ["restart none 2"],
          "not configured any more",
        )
        assert.isFalse(of(third, "aggTrade").some((record) => !isGap(record)))
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
  )
})
