import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, type Scope } from "effect"
import { TestClock } from "effect/testing"
import {
  ContinuityHistory,
  type ContinuityQuery,
  type GapState,
  type HistoryLimits,
} from "../../services/ContinuityHistory.ts"
import {
  btc,
  count,
  eth,
  gapOf,
  hour,
  limits,
  minute,
  nameOf,
  noon,
  one,
  read,
  write,
  nextNumber,
} from "../support/continuity.ts"
import { bounds } from "./ContinuityBounds.ts"

export interface ContinuityHistoryContract {
  readonly name: string
  /** An empty history. */
  readonly make: (
    limits: HistoryLimits,
  ) => Effect.Effect<Layer.Layer<ContinuityHistory>, unknown, Scope.Scope>
}

/** Every history of continuity promises this. */
export const continuityHistoryContract = (contract: ContinuityHistoryContract): void => {
  const { make, name } = contract
  describe(`${name} as a history of continuity`, () => {
    const promise = (
      what: string,
      body: Effect.Effect<void, unknown, ContinuityHistory>,
      change: Partial<HistoryLimits> = {},
    ) =>
      it.effect(what, () =>
        Effect.scoped(
          Effect.gen(function* () {
            yield* TestClock.setTime(noon + 30 * minute)
            yield* Effect.provide(body, yield* make({ ...limits, ...change }))
          }),
        ),
      )

    promise(
      "knows nothing at first, and says so",
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* read(noon, noon + hour), {
          from: noon,
          to: noon + hour,
          step: minute,
          since: null,
          streams: [],
          gaps: [],
          gapsLeftOut: 0,
        })
      }),
    )

    promise(
      "sums what came by stream, within any window of whole minutes",
      Effect.gen(function* () {
        yield* write([count(btc, noon, 10, 1), count(eth, noon, 3)])
        yield* write([count(btc, noon, 5), count(btc, noon + minute, 7, 2)])
        const all = yield* read(noon + 1, noon + 2 * minute - 1)
        assert.deepStrictEqual([all.from, all.to, all.since], [noon, noon + 2 * minute, noon])
        assert.deepStrictEqual(
          all.streams.map(({ key, received, duplicates, completeness, timeline }) => ({
            key,
            received,
            duplicates,
            completeness,
            timeline,
          })),
          [
            { key: btc.key, received: 22, duplicates: 3, completeness: 100, timeline: [100, 100] },
            { key: eth.key, received: 3, duplicates: 0, completeness: 100, timeline: [100, null] },
          ],
        )
        assert.strictEqual((yield* one(btc, noon + minute, noon + hour)).received, 7)
        assert.deepStrictEqual((yield* read(noon + hour, noon + 2 * hour)).streams, [])
      }),
    )

    promise(
      "tells a quiet stream, which is complete, from one that nobody collected",
      Effect.gen(function* () {
        yield* write([count(btc, noon, 0), count(btc, noon + 2 * minute, 0)])
        const { completeness, timeline } = yield* one(btc, noon, noon + 3 * minute)
        assert.deepStrictEqual({ completeness, timeline }, { completeness: 100, timeline: [100, null, 100] })
      }),
    )

    promise(
      "counts a batch once, however often it is written",
      Effect.gen(function* () {
        const history = yield* ContinuityHistory
        const batch = { number: nextNumber(), counts: [count(btc, noon, 4)], gaps: [gapOf(btc, 1, noon)] }
        yield* history.write(batch)
        yield* history.write(batch)
        const { received, missing } = yield* one(btc, noon, noon + minute)
        assert.deepStrictEqual({ received, missing }, { received: 4, missing: 10 })
      }),
    )

    promise(
      "counts a gap by its newest state, and keeps every state that it had",
      Effect.gen(function* () {
        const pending = gapOf(btc, 100, noon + 1000)
        yield* write([count(btc, noon, 90)], [pending])
        const before = yield* one(btc, noon, noon + minute)
        assert.deepInclude(before, {
          received: 90,
          missing: 10,
          repaired: 0,
          completeness: 90,
          gaps: 1,
          openGaps: 1,
        })
        yield* write(
          [],
          [{ ...pending, revision: 2, at: noon + 2000.5, repair: "partial", repaired: 6, left: 4 }],
        )
        assert.deepInclude(yield* one(btc, noon, noon + minute), {
          missing: 4,
          repaired: 6,
          completeness: 96,
          openGaps: 1,
        })
        const complete: GapState = {
          ...pending,
          revision: 3,
          at: noon + 3000.5,
          repair: "complete",
          repairedBy: "rest",
          repaired: 10,
          left: 0,
        }
        yield* write([], [complete])
        const after = yield* read(noon, noon + minute)
        assert.deepInclude(after.streams[0], {
          missing: 0,
          repaired: 10,
          completeness: 100,
          gaps: 1,
          openGaps: 0,
        })
        assert.deepStrictEqual(after.streams[0]!.repairedSteps, [0])
        assert.deepStrictEqual(after.gaps, [
          {
            id: pending.id,
            stream: btc.key,
            cause: "sequence",
            from: { sequence: 100, timestamp: noon + 1000 },
            to: { sequence: 109, timestamp: noon + 2000 },
            missing: 10,
            left: 0,
            repaired: 10,
            repair: "complete",
            repairedBy: "rest",
            revisions: [
              { revision: 1, at: noon + 1000.25, repair: "pending" },
              { revision: 2, at: noon + 2000.5, repair: "partial" },
              { revision: 3, at: noon + 3000.5, repair: "complete" },
            ],
          },
        ])
        // An older state that comes late is remembered and changes nothing.
        yield* write([], [pending])
        assert.strictEqual((yield* one(btc, noon, noon + minute)).missing, 0)
      }),
    )

    promise(
      "shares out what is missing over the time of its gap, so that neighbouring windows add up",
      Effect.gen(function* () {
        const long = gapOf(btc, 1, noon + 30_000, {
          to: { sequence: 1001, timestamp: noon + 10 * minute + 30_000 },
          missing: 1001,
          left: 1001,
        })
        yield* write([count(btc, noon, 10), count(btc, noon + 10 * minute, 10)], [long])
        const parts: Array<number> = []
        for (let start = 0; start < 12; start++) {
          const { streams } = yield* read(noon + start * minute, noon + (start + 1) * minute)
          parts.push(streams[0]?.missing ?? 0)
        }
        assert.strictEqual(parts[0], 50)
        assert.strictEqual(parts[5], 100)
        assert.strictEqual(parts[11], 0)
        assert.strictEqual(
          parts.reduce((sum, part) => sum + part, 0),
          1001,
        )
        const whole = yield* one(btc, noon, noon + 11 * minute)
        assert.strictEqual(whole.missing, 1001)
        assert.strictEqual(whole.timeline[5], 0)
        assert.strictEqual(whole.completeness, 1.958)
      }),
    )

    promise(
      "knows by time what it cannot know by number, and of an open gap up to now",
      Effect.gen(function* () {
        const byTime = (first: number, from: number, change: Partial<GapState>) =>
          gapOf(btc, first, from, { missing: undefined, left: undefined, repair: "none", ...change })
        const counts = Array.from({ length: 30 }, (_, index) => count(btc, noon + index * minute, 5))
        yield* write(counts, [byTime(1, noon + 3 * minute, { to: { timestamp: noon + 6 * minute } })])
        assert.deepInclude(yield* one(btc, noon, noon + 30 * minute), {
          missing: 0,
          missingMillis: 3 * minute,
          completeness: 90,
        })
        yield* write([], [byTime(2, noon + 24 * minute, { to: {}, cause: "disconnect" })])
        const { missingMillis, timeline, openGaps } = yield* one(btc, noon, noon + hour)
        assert.deepStrictEqual({ missingMillis, openGaps }, { missingMillis: 9 * minute, openGaps: 2 })
        assert.deepStrictEqual([timeline[2], timeline[3], timeline[29], timeline[30]], [100, 0, 0, null])
        // A book that was joined anew is whole.
        yield* write([], [byTime(2, noon + 24 * minute, { revision: 2, repair: "complete", to: {} })])
        assert.strictEqual((yield* one(btc, noon, noon + hour)).missingMillis, 3 * minute)
      }),
    )

    promise(
      "never says 100 while something is missing",
      Effect.gen(function* () {
        const smallest = gapOf(btc, 1, noon + 1, { missing: 1, left: 1 })
        yield* write([count(btc, noon, 100_000_000_000)], [smallest])
        assert.strictEqual((yield* one(btc, noon, noon + minute)).completeness, 99.999)
      }),
    )

    promise(
      "tells gaps of the same sequences apart, where an exchange counts anew",
      Effect.gen(function* () {
        yield* write([], [gapOf(btc, 1, noon), gapOf(btc, 1, noon + 5 * minute)])
        assert.strictEqual((yield* one(btc, noon, noon + hour)).missing, 20)
      }),
    )

    promise(
      "counts what is missing between two events of one millisecond",
      Effect.gen(function* () {
        const instant = gapOf(btc, 7, noon + minute, {
          from: { sequence: 7, timestamp: noon + minute },
          to: { sequence: 7, timestamp: noon + minute },
          missing: 1,
          left: 1,
        })
        yield* write([count(btc, noon, 9), count(btc, noon + minute, 9)], [instant])
        assert.strictEqual((yield* one(btc, noon, noon + minute)).missing, 0)
        assert.strictEqual((yield* one(btc, noon + minute, noon + 2 * minute)).missing, 1)
      }),
    )

    promise(
      "answers for a venue, a symbol, a data type",
      Effect.gen(function* () {
        const others = [nameOf("BTC-USDT", "bbo"), nameOf("BTC-USDT", "trade", "okx")]
        const streams = [btc, eth, ...others]
        yield* write(
          streams.map((stream) => count(stream, noon, 1)),
          streams.map((stream) => gapOf(stream, 1, noon)),
        )
        const keys = (query: Partial<ContinuityQuery>) =>
          Effect.map(read(noon, noon + minute, query), ({ streams: found, gaps }) => {
            assert.deepStrictEqual(
              gaps.map(({ stream }) => stream).sort(),
              found.map(({ key }) => key).sort(),
            )
            return found.map(({ key }) => key)
          })
        assert.deepStrictEqual(yield* keys({ venue: "okx" }), ["okx:trade:BTC-USDT"])
        assert.deepStrictEqual(yield* keys({ symbol: "ETH-USDT" }), [eth.key])
        assert.deepStrictEqual(yield* keys({ dataType: "trade", venue: "binance" }), [btc.key, eth.key])
        assert.deepStrictEqual(yield* keys({ venue: "nowhere" }), [])
      }),
    )

    bounds(promise)
  })
}
