import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, References, type Scope } from "effect"
import type { Collect } from "../../../src/collect/Collect.ts"
import { type Envelope, payloadOf } from "../../../src/domain/Envelope.ts"
import { type MarketRecord, parseRecord } from "../../../src/domain/Record.ts"
import { isRefusal } from "../../../src/exchanges/Venue.ts"
import { makeSimulator, type Simulator } from "../../../src/simulator/index.ts"
import { allLive, collecting, collectInto } from "../../support/collecting.ts"
import { eventually } from "../../support/process.ts"
import { isGap, newestGaps } from "../../support/streamStates.ts"
import type { VenueFixture } from "../Venue.ts"
import { makeReader, stepsOf, truthAt } from "./BookReader.ts"
import { ask, channelOf, streamOf } from "./Support.ts"

/** Klines of one interval and partial books of one depth stand for the others: a simulated exchange has time, a test has not. */
const wordsOf = ({ make, polls = [], simulated }: VenueFixture): ReadonlyArray<string> => {
  const seen = new Set<string>()
  const polled = new Set(polls.map(({ dataType }) => channelOf(dataType)))
  return make().offers.filter((word) => {
    if (polled.has(channelOf(word)) || simulated.leftOut?.[word] !== undefined) return false
    if (word.startsWith("kline_")) return word === "kline_1m"
    if (!/^depth\d/.test(word)) return true
    const isFirst = !seen.has("depth")
    seen.add("depth")
    return isFirst
  })
}

/** On real sockets, from the venue's part of the simulator. */
export const collectionContract = (fixture: VenueFixture): void => {
  describe("a collection", () => {
    const { make, name, simulated } = fixture

    /** A collection of the tried symbol from the venue's simulator, as soon as it is live. */
    const collected = (
      dataTypes: ReadonlyArray<string>,
      test: (world: {
        readonly collect: Collect
        readonly simulator: Simulator["Service"]
        readonly envelopes: ReadonlyArray<Envelope>
        readonly records: () => ReadonlyArray<MarketRecord>
      }) => Effect.Effect<void, unknown, Scope.Scope>,
    ) =>
      Effect.scoped(
        Effect.gen(function* () {
          const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], venues: [name], rate: 200 })
          const { collect, envelopes } = yield* collectInto(simulator, {
            [name]: { symbols: [simulated.book.symbol], dataTypes },
          })
          yield* eventually(
            "every stream is live",
            Effect.sync(() => (allLive(collect)() ? true : undefined)),
          )
          const records = () => envelopes.map((envelope) => parseRecord(payloadOf(envelope).toString()))
          yield* test({ collect, simulator, envelopes, records })
        }),
      ).pipe(Effect.provide(collecting), Effect.provideService(References.MinimumLogLevel, "None"))

    it.live(
      "brings every channel from its simulator, again after a disconnect, and the accounts balance",
      () =>
        Effect.scoped(
          Effect.gen(function* () {
            const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], venues: [name], rate: 300 })
            const dataTypes = wordsOf(fixture)
            const { collect, envelopes, tree } = yield* collectInto(simulator, {
              [name]: { symbols: simulated.symbols, dataTypes },
            })
            const venue = make()
            const asked = simulated.symbols.flatMap((symbol) =>
              dataTypes.filter((dataType) => !isRefusal(ask(venue, { symbol, dataType }))),
            )
            const { table } = collect.runtimes.get(name)!
            assert.strictEqual(table.size, asked.length)
            assert.deepStrictEqual(new Set(asked), new Set(dataTypes))
            const live = Effect.sync(() => (allLive(collect)() ? true : undefined))
            yield* eventually("every stream is live", live)
            const before = envelopes.length
            yield* simulator.inject("disconnect@0s")
            const counts = new Map([...table.values()].map((entry) => [entry, entry.records]))
            yield* eventually(
              "every stream goes on",
              Effect.sync(() =>
                [...table.values()].every((entry) => entry.records > counts.get(entry)!) && allLive(collect)()
                  ? true
                  : undefined,
              ),
            )
            assert.isAbove(envelopes.length, before)
            yield* Fiber.interrupt(tree)
            const accounts = yield* collect.service.accounts
            assert.isTrue(accounts.balanced, JSON.stringify(accounts))
            assert.deepStrictEqual(accounts.frames.rejected, {})
            const types = new Set(
              envelopes.map((envelope) => parseRecord(payloadOf(envelope).toString()).type),
            )
            assert.isAbove(types.size, 1)
          }),
        ).pipe(Effect.provide(collecting), Effect.provideService(References.MinimumLogLevel, "None")),
      180_000,
    )

    const { exactLevels, native, symbol, unseen } = simulated.book

    it.live(
      "resynchronises a book that lost updates, alone, and is the exchange's book after it",
      () =>
        collected(["depth", "ticker"], ({ collect, envelopes, simulator, records }) =>
          Effect.gen(function* () {
            if (unseen === true) return
            const { table } = collect.runtimes.get(name)!
            const venue = make()
            const { wire } = streamOf(venue, { symbol, dataType: "depth" })
            const started = simulator.now()
            // Two losses may be one gap, and of a book whose sum is of few levels some show late, or never matter.
            yield* simulator.inject([{ kind: "drop", messages: 2, stream: wire, everyMillis: 1000 }])
            yield* eventually(
              "gaps are filled by new snapshots",
              Effect.sync(() => {
                const gaps = records().filter(isGap)
                const filled = gaps.filter(({ data }) => data.repair === "complete")
                return filled.length >= 3 ? true : undefined
              }),
              "80 seconds",
            )
            const before = envelopes.length
            yield* eventually(
              "it goes on",
              Effect.sync(() => (envelopes.length > before + 20 ? true : undefined)),
            )
            const gaps = records().filter(isGap)
            assert.deepStrictEqual(
              [...new Set(gaps.map(({ data }) => `${data.channel} ${data.cause}`))],
              ["depth sequence"],
            )
            assert.isTrue([...table.values()].every(({ acknowledgedAt }) => acknowledgedAt !== undefined))
            const market = simulator.venue(name).market(native)!
            const stepOf = stepsOf(simulated, market, started - 60_000, simulator.now() + 1000)
            const reader = makeReader(exactLevels)
            let compared = 0
            for (const record of records()) {
              const book = reader.read(record)
              if (record.type !== "depth" || book === undefined || record.timestamp < started) continue
              const truth = truthAt(market, stepOf(record), exactLevels)
              const depth = record.data.kind === "snapshot" ? record.data.depth : undefined
              if (depth !== undefined && truth.split("\n").length > 2 * depth) continue
              assert.strictEqual(book(), truth, record.id)
              compared++
            }
            assert.isAbove(compared, 10)
          }),
        ),
      120_000,
    )

    it.live(
      "asks again for trades that did not come, where the venue has them",
      () =>
        collected(["trade"], ({ simulator, records }) =>
          Effect.gen(function* () {
            const stream = streamOf(make(), { symbol, dataType: "trade" })
            if ((make().backfill?.requests(stream, 1, 2).length ?? 0) === 0) return
            yield* simulator.inject([{ kind: "drop", messages: 3, stream: stream.wire, everyMillis: 1000 }])
            yield* eventually(
              "two gaps are filled by REST",
              Effect.sync(() => {
                const filled = records().filter(
                  (record) => isGap(record) && record.data.repair === "complete",
                )
                return filled.length >= 2 ? true : undefined
              }),
              "80 seconds",
            )
            const seen = records()
            // Losses go on: what is not filled yet, and what came behind it, is left out.
            const open = newestGaps(seen).filter(({ data }) => data.repair !== "complete")
            const end = Math.min(...open.map(({ data }) => Number(data.from.sequence)))
            const trades = seen.flatMap((record) => (record.type === "trade" ? [record] : []))
            assert.isTrue(trades.some(({ source }) => source === "rest"))
            const ids = trades
              .map(({ data }) => Number(data.tradeId))
              .filter((id) => id < end)
              .toSorted((a, b) => a - b)
            assert.isAbove(ids.length, 20)
            assert.deepStrictEqual(
              ids,
              ids.map((_, index) => ids[0]! + index),
              "none is missing, none came twice",
            )
          }),
        ),
      120_000,
    )
  })
}
