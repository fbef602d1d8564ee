import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { ConnectionError } from "../../../../services/Connector.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import { stateOf } from "../../../../src/collect/StreamTable.ts"
import { bench, effect, messagesOf, symbols, wiresOf } from "../../../support/poolBench.ts"

describe("Pool", () => {
  effect(
    "5001 streams fill five connections of a thousand, and the one too many is refused by name",
    Effect.gen(function* () {
      const { pool, script, entry } = yield* bench({})
      const entries = symbols(5001).map((symbol) => entry(symbol))
      const refusals = yield* Effect.forEach(entries, (each) => pool.add(each))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(script.sockets.length, 5)
      for (const socket of script.sockets) assert.strictEqual(new Set(wiresOf(socket)).size, 1000)
      const all = new Set(script.sockets.flatMap((socket) => wiresOf(socket)))
      assert.strictEqual(all.size, 5000)
      assert.deepStrictEqual(refusals.slice(0, 5000).filter(Boolean), [])
      assert.include(refusals[5000]!.refused, entries[5000]!.stream.wire)
      assert.include(refusals[5000]!.refused, "5 connections")
      assert.isTrue(entries.slice(0, 5000).every((each) => stateOf(each) === "acknowledged"))
    }),
  )

  effect(
    "what the venue allows, where less, holds instead of the configuration",
    Effect.gen(function* () {
      const { pool, script, entry } = yield* bench({ venue: "binance-usdm" })
      for (const symbol of symbols(201)) yield* pool.add(entry(symbol))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(
        script.sockets.map((socket) => wiresOf(socket).length),
        [200, 1],
      )
    }),
  )

  effect(
    "streams of different routes go on connections of their own",
    Effect.gen(function* () {
      const { pool, script, entry } = yield* bench({ venue: "binance-usdm" })
      yield* pool.add(entry("BTC-USDT", "trade"))
      yield* pool.add(entry("BTC-USDT", "aggTrade"))
      yield* pool.add(entry("BTC-USDT", "depth"))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(
        script.sockets.map(({ options }) => options.url),
        ["ws://exchange/public/stream", "ws://exchange/market/stream"],
      )
    }),
  )

  effect(
    "subscribe messages stay within the venue's message rate",
    Effect.gen(function* () {
      const { venue, pool, script, entry } = yield* bench({})
      for (const symbol of symbols(1000)) {
        yield* pool.add(entry(symbol))
        // One by one, so that each would be a message of its own.
        yield* TestClock.adjust(1)
      }
      yield* TestClock.adjust("10 minutes")
      const times = script.sockets[0]!.sent.map(({ at }) => at)
      const { limit, windowMillis } = venue.limits.messages
      for (const start of times)
        assert.isAtMost(times.filter((at) => at >= start && at < start + windowMillis).length, limit)
      assert.strictEqual(new Set(wiresOf(script.sockets[0]!)).size, 1000)
    }),
  )

  effect(
    "adding and removing at run time touches no other stream, and an empty connection is closed",
    Effect.gen(function* () {
      const { pool, script, entry } = yield* bench({})
      const [first, second] = [entry("BTC-USDT"), entry("ETH-USDT")]
      yield* pool.add(first)
      yield* TestClock.adjust("1 second")
      yield* pool.add(second)
      yield* TestClock.adjust("2 seconds")
      yield* pool.remove(first.stream)
      yield* TestClock.adjust("2 seconds")
      const socket = script.sockets[0]!
      assert.deepStrictEqual(
        messagesOf(socket).map(({ method, params }) => [method, ...params]),
        [
          ["SUBSCRIBE", "btcusdt@trade"],
          ["SUBSCRIBE", "ethusdt@trade"],
          ["UNSUBSCRIBE", "btcusdt@trade"],
        ],
      )
      assert.isFalse(socket.closedByUs)
      yield* pool.remove(second.stream)
      yield* TestClock.adjust("1 second")
      assert.isTrue(socket.closedByUs)
      assert.deepStrictEqual(pool.status(), [])
    }),
  )

  effect(
    "a lost connection comes back after 1 s doubling to 30 s, give or take a fifth, and subscribes everything again",
    Effect.gen(function* () {
      const { pool, script, entry } = yield* bench({})
      const entries = symbols(300).map((symbol) => entry(symbol))
      for (const each of entries) yield* pool.add(each)
      yield* TestClock.adjust("10 seconds")
      script.refuse = new ConnectionError({ reason: "refused", url: "ws://exchange", detail: "away" })
      script.sockets[0]!.fail("cut")
      yield* TestClock.adjust(1)
      assert.isTrue(entries.every((each) => stateOf(each) === "pending"))
      yield* TestClock.adjust("3 minutes")
      const waits = script.attempts.slice(1).map((at, n) => at - script.attempts[n]!)
      waits.slice(1, 9).forEach((wait, n) => {
        const nominal = Math.min(30_000, 1000 * 2 ** (n + 1))
        assert.isAtLeast(wait, nominal * 0.8)
        assert.isAtMost(wait, nominal * 1.2)
      })
      assert.isTrue(new Set(waits.slice(6).map(Math.round)).size > 1, "jitter: no two waits are alike")
      script.refuse = undefined
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(new Set(wiresOf(script.sockets.at(-1)!)).size, 300)
      assert.isTrue(entries.every((each) => stateOf(each) === "acknowledged"))
      const [status] = pool.status()
      assert.strictEqual(status!.state, "open")
      assert.strictEqual(status!.reconnects, 1)
    }),
  )

  effect(
    "Retry-After of a rejected handshake is respected",
    Effect.gen(function* () {
      const { pool, script, entry } = yield* bench({})
      const away = {
        reason: "handshake_rejected",
        url: "ws://exchange",
        code: 429,
        detail: "slow down",
      } as const
      script.refuse = new ConnectionError({ ...away, retryAfterMillis: 120_000 })
      yield* pool.add(entry("BTC-USDT"))
      yield* TestClock.adjust("119 seconds")
      assert.strictEqual(script.attempts.length, 1)
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(script.attempts.length, 2)
    }),
  )

  effect(
    "connection attempts stay within the venue's limit, whatever the delays",
    Effect.gen(function* () {
      const { venue, pool, script, entry } = yield* bench({
        settings: { max: 100, streamsPerConnection: 1, reconnectDelay: 1, maxReconnectDelay: 2 },
      })
      script.refuse = new ConnectionError({ reason: "refused", url: "ws://exchange", detail: "away" })
      for (const symbol of symbols(100)) yield* pool.add(entry(symbol))
      yield* TestClock.adjust("4 minutes")
      assert.isAtMost(script.attempts.length, venue.limits.connectAttempts.limit)
      assert.isAtLeast(script.attempts.length, venue.limits.connectAttempts.limit - 1)
    }),
  )

  effect(
    "a message that is never answered ends the connection, and another one is tried",
    Effect.gen(function* () {
      const { pool, script, entry } = yield* bench({ answer: () => undefined })
      yield* pool.add(entry("BTC-USDT"))
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual(script.sockets.length, 1)
      yield* TestClock.adjust("4 seconds")
      assert.isTrue(script.sockets[0]!.closedByUs)
      assert.strictEqual(script.sockets.length, 2)
      assert.include(pool.status()[0]!.lastError, "no answer to subscribe")
    }),
  )

  effect(
    "an answer that waits among frames which nobody has read yet is no silence of the venue",
    Effect.gen(function* () {
      let behind = true
      const { pool, script, entry } = yield* bench({ answer: () => undefined, behind: () => behind })
      const btc = entry("BTC-USDT")
      yield* pool.add(btc)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(script.sockets.length, 1)
      behind = false
      pool.onControl(pool.status()[0]!.id, { kind: "ack", id: messagesOf(script.sockets[0]!)[0]!.id })
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(stateOf(btc), "acknowledged")
      assert.strictEqual(script.sockets.length, 1)
    }),
  )

  effect(
    "a refused message is halved until the stream that the venue does not like stands alone",
    Effect.gen(function* () {
      const bad = "s7usdt@trade"
      const { pool, entry } = yield* bench({
        answer: ({ params }) => (params.includes(bad) ? { error: "unknown symbol" } : {}),
      })
      const entries = symbols(50).map((symbol) => entry(symbol))
      for (const each of entries) yield* pool.add(each)
      yield* TestClock.adjust("1 minute")
      for (const each of entries) {
        const refused = each.stream.wire === bad
        assert.strictEqual(stateOf(each), refused ? "pending" : "acknowledged", each.stream.wire)
        assert.strictEqual(each.refusal, refused ? "unknown symbol" : undefined)
      }
    }),
  )

  effect(
    "a silent peer is pinged after one heartbeat and left after two; one that answers stays",
    Effect.gen(function* () {
      const dead = yield* bench({ pong: false })
      yield* dead.pool.add(dead.entry("BTC-USDT"))
      yield* TestClock.adjust("31 seconds")
      assert.strictEqual(dead.script.sockets[0]!.pings.length, 1)
      assert.isFalse(dead.script.sockets[0]!.closedByUs)
      yield* TestClock.adjust("30 seconds")
      assert.isTrue(dead.script.sockets[0]!.closedByUs)
      const [status] = dead.pool.status()
      assert.include(status!.lastError, "the peer is gone")
    }),
  )

  effect(
    "a peer that answers pings stays",
    Effect.gen(function* () {
      const { pool, script, entry } = yield* bench({})
      yield* pool.add(entry("BTC-USDT"))
      yield* TestClock.adjust("10 minutes")
      assert.isFalse(script.sockets[0]!.closedByUs)
      assert.isAtLeast(script.sockets[0]!.pings.length, 10)
    }),
  )

  effect(
    "when the venue announces that it shuts down, the connection moves at once",
    Effect.gen(function* () {
      const { pool, script, entry } = yield* bench({})
      yield* pool.add(entry("BTC-USDT"))
      yield* TestClock.adjust("1 second")
      pool.onControl(script.sockets[0]!.options.connection, { kind: "shutdown" })
      yield* TestClock.adjust("2 seconds")
      assert.isTrue(script.sockets[0]!.closedByUs)
      assert.deepStrictEqual(wiresOf(script.sockets[1]!), ["btcusdt@trade"])
    }),
  )

  effect(
    "a pause shows in the metrics while it lasts, and once",
    Effect.gen(function* () {
      const { pool, script, entry } = yield* bench({})
      const metrics = (yield* Metrics).venue("binance")
      yield* pool.add(entry("BTC-USDT"))
      yield* TestClock.adjust("2 seconds")
      const socket = script.sockets[0]!
      Object.assign(socket.held, { pauses: 1, pausedMillis: 500 })
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual([metrics.socketPauses.value(), metrics.socketPausedSeconds.value()], [1, 0.5])
      Object.assign(socket.held, { pauses: 2, pausedMillis: 1500 })
      socket.fail("cut")
      yield* TestClock.adjust(1)
      assert.deepStrictEqual([metrics.socketPauses.value(), metrics.socketPausedSeconds.value()], [2, 1.5])
    }),
  )
})
