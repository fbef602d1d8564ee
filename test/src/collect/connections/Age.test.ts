import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { ConnectionError } from "../../../../services/Connector.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import { maxAgeOf } from "../../../../src/collect/connections/Settings.ts"
import { stateOf } from "../../../../src/collect/StreamTable.ts"
import { venues } from "../../../../src/exchanges/index.ts"
import type { Script } from "../../../support/scriptedConnector.ts"
import { bench, effect, symbols, wiresOf } from "../../../support/poolBench.ts"

const hour = 3_600_000

const rotations = Effect.map(Metrics, (metrics) => metrics.venue("binance").connectionRotations("moved"))

/** Until the connection begins to move. */
const second = Effect.fnUntraced(function* (script: Script) {
  while (script.sockets.length < 2) yield* TestClock.adjust("100 millis")
  return script.sockets[1]!
})

describe("a pool in the long run", () => {
  it("leaves a connection an hour before the twenty-four after which Binance cuts it", () => {
    for (const name of ["binance", "binance-usdm"])
      assert.strictEqual(maxAgeOf(undefined, venues.get(name)!().limits.connectionLifeMillis), 23 * hour)
    assert.strictEqual(maxAgeOf(2 * hour, 24 * hour), 2 * hour)
  })

  effect(
    "leaves a connection before the venue cuts it, once the new one carries everything",
    Effect.gen(function* () {
      const connectionLifeMillis = 2.4 * hour
      const { pool, script, entry, interruptions } = yield* bench({ limits: { connectionLifeMillis } })
      const entries = symbols(3).map((symbol) => entry(symbol))
      for (const each of entries) yield* pool.add(each)
      yield* TestClock.adjust("2 hours")
      assert.strictEqual(script.sockets.length, 1)
      const told = interruptions.length
      yield* TestClock.adjust("20 minutes")
      const [old, young] = script.sockets
      assert.strictEqual(script.sockets.length, 2)
      assert.isAtLeast(young!.openedAt - old!.openedAt, 2 * hour)
      assert.isAtMost(young!.openedAt - old!.openedAt, 2.3 * hour)
      assert.isTrue(old!.closedByUs)
      assert.isFalse(young!.closedByUs)
      assert.sameMembers(wiresOf(young!), wiresOf(old!))
      assert.strictEqual(interruptions.length, told, "nothing was interrupted")
      assert.isTrue(entries.every((each) => stateOf(each) === "acknowledged"))
      const [status] = pool.status()
      assert.deepStrictEqual([status!.state, status!.rotations, status!.reconnects], ["open", 1, 0])
    }),
  )

  effect(
    "moves its connections one after the other, with one socket above the maximum at most",
    Effect.gen(function* () {
      const { pool, script, entry, interruptions } = yield* bench({
        settings: { max: 5, streamsPerConnection: 1, maxAge: hour },
      })
      for (const symbol of symbols(5)) yield* pool.add(entry(symbol))
      yield* TestClock.adjust("1 second")
      const told = interruptions.length
      let most = 0
      for (let step = 0; step < 7 * 60; step++) {
        yield* TestClock.adjust("10 seconds")
        most = Math.max(most, script.sockets.filter(({ closedByUs }) => !closedByUs).length)
      }
      assert.strictEqual((yield* rotations).value(), 5)
      assert.isAtMost(most, 6)
      const moves = script.sockets.slice(5).map(({ openedAt }) => openedAt)
      assert.strictEqual(new Set(moves).size, 5, "not at once")
      assert.strictEqual(interruptions.length, told)
    }),
  )

  effect(
    "waits for what comes on the old socket to come on the new one, in one order",
    Effect.gen(function* () {
      const { pool, script, entry, data, given } = yield* bench({ settings: { maxAge: 60_000 } })
      const btc = entry("BTC-USDT")
      yield* pool.add(btc)
      yield* TestClock.adjust("1 second")
      const [old] = script.sockets
      for (const id of [1, 2, 3]) data(old!, btc, id)
      const young = yield* second(script)
      data(old!, btc, 4)
      data(young, btc, 5)
      yield* TestClock.adjust("500 millis")
      assert.isFalse(old!.closedByUs, "5 came on the new one alone")
      data(old!, btc, 5)
      data(young, btc, 6)
      yield* TestClock.adjust("500 millis")
      assert.isTrue(old!.closedByUs)
      data(young, btc, 7)
      assert.deepStrictEqual(
        given,
        [1, 2, 3, 4, 5, 5, 6, 7]
          .map((id) => `btcusdt@trade ${id}`)
          .filter((each, n, all) => each !== all[n - 1]),
      )
    }),
  )

  const leaps = [
    ["the process stood still for ten seconds", 10_000],
    ["the clock was set back by ten seconds", -10_000],
  ] as const
  for (const [what, leap] of leaps)
    effect(
      `waits for the old socket all the same when ${what}`,
      Effect.gen(function* () {
        const clock = yield* Clock.Clock
        let leapt = 0
        const wall = () => clock.currentTimeMillisUnsafe() + leapt
        const leaping = { ...clock, currentTimeMillisUnsafe: wall, currentTimeMillis: Effect.sync(wall) }
        const { pool, script, entry, data, given } = yield* bench({ settings: { maxAge: 60_000 } }).pipe(
          Effect.provideService(Clock.Clock, leaping),
        )
        const btc = entry("BTC-USDT")
        yield* pool.add(btc)
        yield* TestClock.adjust("1 second")
        const [old] = script.sockets
        data(old!, btc, 1)
        const young = yield* second(script)
        data(young, btc, 3)
        leapt = leap
        yield* TestClock.adjust("500 millis")
        data(old!, btc, 2)
        assert.isFalse(old!.closedByUs)
        data(old!, btc, 3)
        yield* TestClock.adjust("500 millis")
        assert.isTrue(old!.closedByUs)
        assert.deepStrictEqual(
          given,
          [1, 2, 3].map((id) => `btcusdt@trade ${id}`),
        )
      }),
    )

  effect(
    "keeps the old socket while the venue refuses the new one, within its limit of attempts",
    Effect.gen(function* () {
      const { venue, pool, script, entry, interruptions } = yield* bench({ settings: { maxAge: 60_000 } })
      yield* pool.add(entry("BTC-USDT"))
      yield* TestClock.adjust("1 second")
      const told = interruptions.length
      script.refuse = new ConnectionError({ reason: "refused", url: "ws://exchange", detail: "away" })
      yield* TestClock.adjust("30 minutes")
      assert.isAbove(script.attempts.length, 10)
      const { limit, windowMillis } = venue.limits.connectAttempts
      for (const start of script.attempts)
        assert.isAtMost(
          script.attempts.filter((at) => at >= start && at < start + windowMillis).length,
          limit,
        )
      assert.isFalse(script.sockets[0]!.closedByUs)
      script.refuse = undefined
      yield* TestClock.adjust("1 minute")
      assert.isTrue(script.sockets[0]!.closedByUs)
      // Where it came soon, the new one may be of age by now.
      assert.isAtLeast((yield* rotations).value(), 1)
      assert.strictEqual(interruptions.length, told)
    }),
  )

  effect(
    "interrupts only what had not moved when the old socket dies, and opens no third one",
    Effect.gen(function* () {
      const { pool, script, entry, data, interruptions } = yield* bench({ settings: { maxAge: 60_000 } })
      const [moved, behind] = [entry("BTC-USDT"), entry("ETH-USDT")]
      yield* pool.add(moved)
      yield* pool.add(behind)
      const young = yield* second(script)
      const [old] = script.sockets
      for (const each of [old!, young]) data(each, moved, 7)
      data(old!, behind, 8)
      yield* TestClock.adjust("1 second")
      old!.fail("cut")
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(interruptions.at(-1), { cause: "disconnect", streams: ["ethusdt@trade"] })
      assert.strictEqual(script.sockets.length, 2)
      assert.isFalse(young.closedByUs)
      assert.strictEqual(pool.status()[0]!.state, "open")
    }),
  )

  effect(
    "sockets that are dropped at once come back within a minute, not at once, within the venue's limit",
    Effect.gen(function* () {
      const count = 60
      const { venue, pool, script, entry } = yield* bench({
        settings: { max: count, streamsPerConnection: 1 },
        limits: { connectAttempts: { limit: 1.5 * count, windowMillis: 60_000 } },
      })
      const entries = symbols(count).map((symbol) => entry(symbol))
      for (const each of entries) yield* pool.add(each)
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(script.sockets.length, count)
      for (const socket of script.sockets) socket.fail("cut")
      yield* TestClock.adjust("60 seconds")
      const again = script.attempts.slice(count)
      assert.strictEqual(again.length, count)
      assert.isAbove(new Set(again).size, count / 3, "spread")
      const { limit, windowMillis } = venue.limits.connectAttempts
      for (const start of script.attempts)
        assert.isAtMost(
          script.attempts.filter((at) => at >= start && at < start + windowMillis).length,
          limit,
        )
      assert.isTrue(entries.every((each) => stateOf(each) === "acknowledged"))
    }),
  )

  effect(
    "a peer that says nothing, not even to a ping, is left at two heartbeats, not later",
    Effect.gen(function* () {
      const { pool, script, entry } = yield* bench({ pong: false })
      yield* pool.add(entry("BTC-USDT"))
      yield* TestClock.adjust("59 seconds")
      assert.isFalse(script.sockets[0]!.closedByUs)
      yield* TestClock.adjust("1 second")
      assert.isTrue(script.sockets[0]!.closedByUs)
    }),
  )
})
