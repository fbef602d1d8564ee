import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Metrics } from "../../../../services/Metrics.ts"
import { Rest, RestError } from "../../../../services/Rest.ts"
import { makeBudget } from "../../../../src/collect/Budget.ts"
import { makeLiveness } from "../../../../src/collect/liveness/Liveness.ts"
import { acknowledge, makeEntry, stateOf, type StreamEntry } from "../../../../src/collect/StreamTable.ts"
import { parseDataType } from "../../../../src/domain/DataType.ts"
import type { Stream } from "../../../../src/domain/Stream.ts"
import { makeBinance } from "../../../../src/exchanges/binance/index.ts"
import { isRefusal } from "../../../../src/exchanges/Venue.ts"
import { Actors } from "../../../../src/runtime/Actors.ts"
import { root } from "../../../../src/runtime/Supervisor.ts"
import { symbols } from "../../../support/poolBench.ts"

const heartbeat = 30_000

/** Streams of trades on connections of so many, an exchange that trades in each all the time, and the liveness that watches. */
const bench = Effect.fnUntraced(function* (options: { readonly streams: number; readonly each: number }) {
  const venue = makeBinance()
  const metrics = (yield* Metrics).venue(venue.name)
  const budget = yield* makeBudget(venue.limits.restWeight)
  const table = new Map<Stream, StreamEntry>()
  const entries = symbols(options.streams).map((symbol, n) => {
    const instrument = venue.instrument(symbol)
    if (isRefusal(instrument)) throw new Error(instrument.refused)
    const stream = venue.stream(parseDataType("trade")!, instrument)
    if (isRefusal(stream)) throw new Error(stream.refused)
    const entry = makeEntry(stream, "config")
    entry.connection = `binance/connections/${Math.floor(n / options.each)}`
    table.set(stream, entry)
    return entry
  })
  const now = yield* Clock.currentTimeMillis
  for (const entry of entries) acknowledge(entry, now)
  const world = { lastId: 0, trades: true, asked: 0, restAway: false }
  const stalled = new Set<StreamEntry>()
  const abandoned = new Map<string, number>()
  const renewed = new Map<StreamEntry, number>()
  const clock = yield* Clock.Clock
  const at = () => clock.currentTimeMillisUnsafe()
  const liveness = makeLiveness({
    venue,
    restEndpoint: "http://exchange",
    proxy: undefined,
    budget,
    metrics,
    table,
    pool: {
      abandon: (connection) => void abandoned.set(connection, at()),
      renew: (streams) =>
        Effect.sync(() => {
          for (const stream of streams) renewed.set(table.get(stream)!, at())
        }),
      isPaused: () => false,
    },
    heartbeat,
    silentAfter: 60_000,
    behind: () => 0,
    lasting: () => Effect.void,
  })
  const rest = Layer.succeed(
    Rest,
    Rest.of({
      get: ({ url }) =>
        Effect.suspend(() => {
          world.asked++
          if (world.restAway)
            return Effect.fail(new RestError({ reason: "unreachable", url, detail: "away" }))
          const body = Buffer.from(JSON.stringify([{ a: world.lastId, l: world.lastId }]))
          return Effect.succeed({ body, receivedAt: at(), headers: {} })
        }),
    }),
  )
  yield* Effect.forkChild(Effect.provide(root("liveness", liveness.run), rest), { startImmediately: true })
  /** So many seconds pass, with a trade in each symbol each second. */
  const pass = Effect.fnUntraced(function* (seconds: number) {
    for (let second = 0; second < seconds; second++) {
      yield* TestClock.adjust("1 second")
      if (!world.trades) continue
      world.lastId++
      for (const entry of entries) {
        if (stalled.has(entry)) continue
        entry.records++
        entry.continuity.newest = { last: world.lastId, timestamp: at(), receivedAt: at() }
      }
    }
  })
  return { world, entries, stalled, abandoned, renewed, pass, metrics, budget, at }
})

const services = Layer.merge(Actors.layer, Metrics.layer)

const effect = (name: string, test: Effect.Effect<unknown, unknown, Actors | Metrics>) =>
  it.effect(name, () => Effect.provide(test, services))

describe("liveness", () => {
  effect(
    "finds a hundred silent stalls, every one within two heartbeats",
    Effect.gen(function* () {
      const { entries, stalled, abandoned, pass, at } = yield* bench({ streams: 100, each: 1 })
      yield* pass(120)
      assert.strictEqual(abandoned.size, 0)
      const since = at()
      for (const entry of entries) stalled.add(entry)
      yield* pass(61)
      assert.strictEqual(abandoned.size, 100)
      for (const found of abandoned.values()) assert.isAtMost(found - since, 2 * heartbeat)
    }),
  )

  effect(
    "finds the dead ones among a thousand within two heartbeats, and touches no other",
    Effect.gen(function* () {
      const { entries, stalled, abandoned, renewed, pass, at } = yield* bench({ streams: 1000, each: 500 })
      yield* pass(60)
      const since = at()
      const dead = entries.filter((_, n) => n % 100 === 7)
      for (const entry of dead) stalled.add(entry)
      yield* pass(61)
      assert.strictEqual(abandoned.size, 0)
      assert.sameMembers([...renewed.keys()], dead)
      for (const found of renewed.values()) assert.isAtMost(found - since, 2 * heartbeat)
      for (const entry of dead) assert.strictEqual(stateOf(entry), "silent")
    }),
  )

  effect(
    "leaves thousands of quiet streams alone, and never takes more than half of the REST weight for them",
    Effect.gen(function* () {
      const { world, abandoned, renewed, pass, budget, metrics } = yield* bench({ streams: 3000, each: 1000 })
      yield* pass(10)
      world.trades = false
      let most = 0
      for (let minute = 0; minute < 5; minute++) {
        yield* pass(60)
        most = Math.max(most, yield* budget.used)
      }
      assert.isAbove(metrics.streamProbes("quiet").value(), 100)
      assert.strictEqual(metrics.streamProbes("dead").value(), 0)
      assert.deepStrictEqual([abandoned.size, renewed.size], [0, 0])
      // Several ask at once.
      assert.isAtMost(most, budget.limit / 2 + 3 * 4)
    }),
  )

  effect(
    "asks about a quiet market ever more seldom",
    Effect.gen(function* () {
      const { world, pass } = yield* bench({ streams: 1, each: 1 })
      yield* pass(60)
      world.trades = false
      yield* pass(600)
      const first = world.asked
      yield* pass(3600)
      assert.isAtMost(first, 10)
      assert.isAtMost(world.asked - first, 8)
    }),
  )

  effect(
    "learns how quiet a stream is, and does not ask before",
    Effect.gen(function* () {
      const { world, pass } = yield* bench({ streams: 1, each: 1 })
      for (let round = 0; round < 10; round++) {
        world.trades = true
        yield* pass(1)
        world.trades = false
        yield* pass(79)
      }
      const learned = world.asked
      for (let round = 0; round < 10; round++) {
        world.trades = true
        yield* pass(1)
        world.trades = false
        yield* pass(79)
      }
      assert.strictEqual(world.asked, learned)
    }),
  )

  effect(
    "renews what stays dead ever more seldom",
    Effect.gen(function* () {
      const { entries, stalled, renewed, metrics, pass } = yield* bench({ streams: 10, each: 10 })
      yield* pass(60)
      stalled.add(entries[0]!)
      yield* pass(3600)
      assert.sameMembers([...renewed.keys()], [entries[0]!])
      assert.isAtLeast(metrics.streamRenewals.value(), 4)
      assert.isAtMost(metrics.streamRenewals.value(), 9)
    }),
  )

  effect(
    "judges nothing while REST is away, and finds it when REST is back",
    Effect.gen(function* () {
      const { world, entries, stalled, renewed, abandoned, pass } = yield* bench({ streams: 10, each: 10 })
      yield* pass(60)
      world.restAway = true
      stalled.add(entries[0]!)
      yield* pass(300)
      assert.deepStrictEqual([renewed.size, abandoned.size], [0, 0])
      world.restAway = false
      yield* pass(60)
      assert.sameMembers([...renewed.keys()], [entries[0]!])
    }),
  )
})
