import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { ContinuityHistory, type HistoryLimits } from "../../services/ContinuityHistory.ts"
import {
  btc,
  count,
  day,
  eth,
  gapOf,
  hour,
  minute,
  nameOf,
  noon,
  one,
  read,
  write,
} from "../support/continuity.ts"

type Says = (
  what: string,
  body: Effect.Effect<void, unknown, ContinuityHistory>,
  change?: Partial<HistoryLimits>,
) => void

/** The part of the contract that says what is kept, and for how long. */
export const bounds = (promise: Says): void => {
  promise(
    "lists the newest gaps, says how many it left out, and sums all of them",
    Effect.gen(function* () {
      const gaps = Array.from({ length: 20 }, (_, index) => gapOf(btc, 100 * index, noon + index * minute))
      yield* write([], gaps)
      const { gaps: listed, gapsLeftOut, streams } = yield* read(noon, noon + hour, { limit: 3 })
      assert.deepStrictEqual(
        listed.map(({ from }) => from.sequence),
        [1900, 1800, 1700],
      )
      assert.strictEqual(gapsLeftOut, 17)
      assert.deepInclude(streams[0], { gaps: 20, missing: 200 })
    }),
  )

  promise(
    "knows two days by the minute and what is older by the hour, and loses nothing by it",
    Effect.gen(function* () {
      const history = yield* ContinuityHistory
      const old = noon - 3 * day
      const counts = Array.from({ length: 120 }, (_, index) => count(btc, old + index * minute, 1, index % 2))
      yield* write([...counts, count(btc, noon, 1000)])
      yield* history.sweep
      const { from, streams, to, step } = yield* read(old + 61 * minute, old + 62 * minute)
      assert.deepStrictEqual({ from, to, step }, { from: old + hour, to: old + 2 * hour, step: hour })
      assert.deepInclude(streams[0], { received: 60, duplicates: 30 })
      assert.strictEqual((yield* one(btc, old, noon + hour)).received, 1120)
      // What comes late is added to its hour.
      yield* write([count(btc, old + 5 * minute, 7)])
      assert.strictEqual((yield* one(btc, old, old + hour)).received, 67)
      assert.strictEqual((yield* read(noon, noon + hour)).step, minute)
    }),
  )

  promise(
    "keeps nothing beyond its time but gaps that are open",
    Effect.gen(function* () {
      const history = yield* ContinuityHistory
      const open = gapOf(eth, 1, noon - 29 * day, { to: {}, missing: undefined, left: undefined })
      yield* write(
        [count(btc, noon - 29 * day, 5), count(btc, noon, 6)],
        [gapOf(btc, 1, noon - 29 * day), open],
      )
      yield* history.sweep
      assert.strictEqual((yield* one(btc, noon - 30 * day, noon + hour)).received, 11)
      yield* TestClock.adjust(2 * day)
      yield* history.sweep
      const { gaps, since, streams } = yield* read(noon - 30 * day, noon + hour)
      assert.deepInclude(
        streams.find(({ key }) => key === btc.key)!,
        { received: 6, gaps: 0, missing: 0 },
      )
      assert.deepStrictEqual(
        gaps.map(({ id }) => id),
        [open.id],
      )
      assert.strictEqual(since, noon - 29 * day)
    }),
  )

  promise(
    "takes no more than it may: the oldest goes first",
    Effect.gen(function* () {
      const history = yield* ContinuityHistory
      const streams = Array.from({ length: 200 }, (_, index) => nameOf(`S${index}-USDT`))
      for (let start = 0; start < 30 * 24; start += 24) {
        const counts = streams.flatMap((stream) =>
          Array.from({ length: 24 }, (_, index) =>
            count(stream, noon - 30 * day + (start + index) * hour, 1_000_000),
          ),
        )
        yield* write(counts, [gapOf(btc, start, noon - 30 * day + start * hour)])
      }
      assert.isAtMost(yield* history.sweep, 1 << 20)
      const { since, streams: left } = yield* read(noon - 30 * day, noon + hour)
      assert.isAbove(since!, noon - 29 * day)
      assert.isBelow(since!, noon)
      const last = yield* one(streams[7]!, noon - day, noon)
      assert.strictEqual(last.received, 24_000_000)
      assert.isAtLeast(left.length, 200)
    }),
    { maxBytes: 1 << 20 },
  )
}
