import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Metrics } from "../../../services/Metrics.ts"
import { Rest, RestError, type RestResponse } from "../../../services/Rest.ts"
import { makeBudget } from "../../../src/collect/Budget.ts"
import type { Inlet } from "../../../src/collect/Inlet.ts"
import { makePolls, nextPoll } from "../../../src/collect/Polls.ts"
import { makeEntry, stateOf, type StreamEntry } from "../../../src/collect/StreamTable.ts"
import { noSequence } from "../../../src/domain/Decoded.ts"
import type { Stream } from "../../../src/domain/Stream.ts"
import { makeOkx } from "../../../src/exchanges/okx/index.ts"
import { Actors } from "../../../src/runtime/Actors.ts"
import { root } from "../../../src/runtime/Supervisor.ts"
import { streamOf } from "../../contract/venue/Support.ts"

const minute = 60_000

type Answer = (url: string, now: number) => Effect.Effect<RestResponse, RestError>

/** Rows of five minutes, newest first, as many as are asked for. */
const ok: Answer = (url, now) => {
  const limit = Number(/limit=(\d+)/.exec(url)![1])
  const newest = Math.floor(now / (5 * minute)) * 5 * minute
  const data = Array.from({ length: limit }, (_, index) => [String(newest - index * 5 * minute), "1.5"])
  return Effect.succeed({
    body: Buffer.from(JSON.stringify({ code: "0", data, msg: "" })),
    receivedAt: now,
    headers: {},
  })
}

const bench = Effect.fnUntraced(function* (
  options: { readonly answer?: Answer; readonly keeps?: boolean } = {},
) {
  const okx = makeOkx()
  const { polls: rule } = okx
  const venue = {
    ...okx,
    polls: {
      ...rule!,
      schedule: (stream: Stream) => ({ ...rule!.schedule(stream), keepsHistory: options.keeps ?? true }),
    },
  }
  const table = new Map<Stream, StreamEntry>()
  const asked: Array<{ readonly at: number; readonly url: string }> = []
  const delivered: Array<Inlet> = []
  const polls = makePolls({
    venue,
    restEndpoint: "http://exchange",
    proxy: undefined,
    budget: yield* makeBudget(venue.limits.restWeight),
    metrics: (yield* Metrics).venue(venue.name),
    table,
    into: () => ({ offer: (inlet) => Effect.sync(() => delivered.push(inlet) > 0) }),
  })
  const rest = Rest.of({
    get: ({ url }) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        asked.push({ at: now, url })
        return yield* (options.answer ?? ok)(url, now)
      }),
  })
  yield* TestClock.setTime(1_700_000_123_456)
  yield* Effect.forkChild(Effect.provideService(root("test", polls.run), Rest, rest), {
    startImmediately: true,
  })
  /** `newest`: the time of the last record that a process before this one had. */
  const add = (symbol: string, newest?: number) => {
    const stream = streamOf(venue, { symbol, dataType: "long_short_ratio_5m" })
    const entry = makeEntry(stream, "config")
    if (newest !== undefined)
      entry.continuity.newest = { timestamp: newest, receivedAt: newest, last: noSequence }
    table.set(stream, entry)
    polls.changed()
    return entry
  }
  const times = () =>
    delivered.flatMap((inlet) =>
      "polledOf" in inlet ? [inlet.records.map(({ timestamp }) => timestamp)] : [],
    )
  return { table, polls, asked, delivered, add, times }
})

const effect = (name: string, test: Effect.Effect<unknown, unknown, Actors | Metrics>) =>
  it.effect(name, () => Effect.provide(test, Layer.merge(Actors.layer, Metrics.layer)))

const refuses: Answer = (url) =>
  Effect.fail(new RestError({ reason: "unreachable", url, detail: "nobody is there" }))

describe("Polls", () => {
  it("the next moment of a schedule is aligned to the clock, after the venue's delay", () => {
    const schedule = { everyMillis: 300_000, delayMillis: 15_000, keepsHistory: true, requests: () => [] }
    assert.strictEqual(nextPoll(schedule, 0), 15_000)
    assert.strictEqual(nextPoll(schedule, 14_999), 15_000)
    assert.strictEqual(nextPoll(schedule, 15_000), 315_000)
    assert.strictEqual(nextPoll(schedule, 300_001), 315_000)
  })

  effect(
    "a new stream is asked for at once, and then when its period has passed by the clock",
    Effect.gen(function* () {
      const { add, asked, delivered } = yield* bench()
      const entry = add("BTC-USDT-PERP")
      yield* TestClock.adjust(1)
      assert.strictEqual(asked.length, 3, "a request for each kind")
      assert.strictEqual(delivered.length, 1)
      assert.strictEqual(stateOf(entry), "acknowledged")
      yield* TestClock.adjust(16 * minute)
      const later = [...new Set(asked.slice(3).map(({ at }) => at))]
      assert.deepStrictEqual(
        later.map((at) => at % (5 * minute)),
        [15_000, 15_000, 15_000],
      )
    }),
  )

  effect(
    "what is missed is asked for when the venue is there again, without a gap, in time order",
    Effect.gen(function* () {
      let away = false
      const { add, asked, delivered, times } = yield* bench({
        answer: (url, now) => (away ? refuses(url, now) : ok(url, now)),
      })
      const entry = add("BTC-USDT-PERP")
      yield* TestClock.adjust(1)
      away = true
      const before = asked.length
      yield* TestClock.adjust(31 * minute)
      assert.match(entry.refusal!, /nobody is there/)
      assert.isAbove(asked.length, before + 10)
      assert.isBelow(asked.length, before + 80)
      away = false
      yield* TestClock.adjust(6 * minute)
      const all = times().flat()
      const every = [...new Set(all)].toSorted((a, b) => a - b)
      assert.deepStrictEqual(
        every,
        every.map((_, index) => every[0]! + index * 5 * minute),
        "none is missing",
      )
      assert.isFalse(delivered.some((inlet) => "interrupted" in inlet))
      assert.strictEqual(stateOf(entry), "acknowledged")
    }),
  )

  effect(
    "after a restart everything is asked for that has come since the last record, however long that is",
    Effect.gen(function* () {
      const { add, delivered, times } = yield* bench()
      const newest = 1_700_000_100_000 - 50 * 5 * minute
      add("BTC-USDT-PERP", newest)
      yield* TestClock.adjust(1)
      const got = new Set(times().flat())
      for (let at = newest; at <= 1_700_000_123_456; at += 5 * minute) assert.isTrue(got.has(at), String(at))
      assert.isFalse(delivered.some((inlet) => "interrupted" in inlet))
    }),
  )

  effect(
    "after a restart what a venue does not keep is a gap, where a period has passed",
    Effect.gen(function* () {
      const { add, delivered } = yield* bench({ keeps: false })
      add("BTC-USDT-PERP", 1_700_000_123_456 - 4 * minute)
      const late = add("ETH-USDT-PERP", 1_700_000_123_456 - 6 * minute)
      yield* TestClock.adjust(1)
      const interrupted = delivered.flatMap((inlet) => ("interrupted" in inlet ? [inlet] : []))
      assert.deepStrictEqual(
        interrupted.map(({ cause, interrupted: streams }) => [cause, streams]),
        [["restart", [late.stream]]],
      )
    }),
  )

  effect(
    "what a venue does not keep is a gap when its period has passed",
    Effect.gen(function* () {
      const { add, delivered } = yield* bench({ answer: refuses, keeps: false })
      const { stream } = add("BTC-USDT-PERP")
      yield* TestClock.adjust(6 * minute)
      const interrupted = delivered.filter((inlet) => "interrupted" in inlet)
      assert.isAtLeast(interrupted.length, 1)
      assert.deepStrictEqual(interrupted[0]!.interrupted, [stream])
    }),
  )

  effect(
    "an answer that cannot be read is tried again, and the others go on",
    Effect.gen(function* () {
      const { add, asked, delivered } = yield* bench({
        answer: (url, now) =>
          url.includes("ETH")
            ? Effect.succeed({ body: Buffer.from("<html>"), receivedAt: now, headers: {} })
            : ok(url, now),
      })
      const bad = add("ETH-USDT-PERP")
      add("BTC-USDT-PERP")
      yield* TestClock.adjust(minute)
      assert.strictEqual(delivered.length, 1)
      assert.match(bad.refusal!, /an answer of 6 bytes/)
      assert.isAbove(asked.filter(({ url }) => url.includes("ETH")).length, 3)
    }),
  )

  effect(
    "nothing is asked for a stream that was removed",
    Effect.gen(function* () {
      const { add, asked, polls, table } = yield* bench()
      add("BTC-USDT-PERP")
      yield* TestClock.adjust(1)
      const before = asked.length
      table.clear()
      polls.changed()
      yield* TestClock.adjust(30 * minute)
      assert.strictEqual(asked.length, before)
    }),
  )
})
