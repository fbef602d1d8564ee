import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Metrics } from "../../../services/Metrics.ts"
import { Rest, RestError, type RestResponse } from "../../../services/Rest.ts"
import { makeBudget } from "../../../src/collect/Budget.ts"
import type { Inlet } from "../../../src/collect/Inlet.ts"
import { makeSnapshots, type Snapshots } from "../../../src/collect/Snapshots.ts"
import { parseDataType } from "../../../src/domain/DataType.ts"
import type { Stream } from "../../../src/domain/Stream.ts"
import { venues } from "../../../src/exchanges/index.ts"
import { isRefusal } from "../../../src/exchanges/Venue.ts"
import { Actors } from "../../../src/runtime/Actors.ts"
import { weightBudget } from "../../../src/simulator/server/Windows.ts"
import { protocols } from "../../../src/simulator/venues/index.ts"
import { root } from "../../../src/runtime/Supervisor.ts"

type Answer = (url: string) => Effect.Effect<RestResponse, RestError>

const ok: Answer = () => Effect.succeed({ body: Buffer.from("{}"), receivedAt: 1, headers: {} })

/** Running snapshots on a scripted REST endpoint. */
const bench = Effect.fnUntraced(function* (options: {
  readonly answer?: Answer
  readonly weight?: number
  readonly onOffer?: (ask: Snapshots, of: Stream) => void
  readonly order?: () => Iterable<Stream>
}) {
  const venue = venues.get("binance")!()
  const asked: Array<{ readonly at: number; readonly url: string }> = []
  const delivered: Array<Inlet> = []
  const unwanted = new Set<Stream>()
  const budget = yield* makeBudget({ limit: options.weight ?? 6000, windowMillis: 60_000 })
  const snapshots: Snapshots = makeSnapshots({
    venue,
    restEndpoint: "http://exchange",
    proxy: undefined,
    budget,
    metrics: (yield* Metrics).venue(venue.name),
    into: () => ({
      offer: (inlet) =>
        Effect.sync(() => {
          delivered.push(inlet)
          if ("snapshotOf" in inlet) options.onOffer?.(snapshots, inlet.snapshotOf)
          return true
        }),
    }),
    wanted: (stream) => !unwanted.has(stream),
    ...(options.order === undefined ? {} : { order: options.order }),
  })
  const rest = Rest.of({
    get: ({ url }) =>
      Effect.gen(function* () {
        asked.push({ at: yield* Clock.currentTimeMillis, url })
        return yield* (options.answer ?? ok)(url)
      }),
  })
  yield* Effect.forkChild(Effect.provideService(root("test", snapshots.run), Rest, rest), {
    startImmediately: true,
  })
  yield* TestClock.adjust(1)
  const book = (symbol: string): Stream => {
    const instrument = venue.instrument(symbol)
    if (isRefusal(instrument)) throw new Error(instrument.refused)
    const stream = venue.stream(parseDataType("depth")!, instrument)
    if (isRefusal(stream)) throw new Error(stream.refused)
    return stream
  }
  return { snapshots, asked, delivered, unwanted, budget, book }
})

const effect = (name: string, test: Effect.Effect<unknown, unknown, Actors | Metrics>) =>
  it.effect(name, () => Effect.provide(test, Layer.merge(Actors.layer, Metrics.layer)))

const refusal = (reason: RestError["reason"], retryAfterMillis?: number) =>
  new RestError({
    reason,
    url: "http://exchange",
    detail: reason,
    ...(retryAfterMillis === undefined ? {} : { retryAfterMillis }),
  })

describe("Snapshots", () => {
  effect(
    "one that is asked for while the one before is handed over is fetched as well",
    Effect.gen(function* () {
      let again = true
      const { snapshots, delivered, book } = yield* bench({
        onOffer: (ask, of) => {
          if (again) ask.request(of, true)
          again = false
        },
      })
      snapshots.request(book("BTC-USDT"), true)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(delivered.length, 2)
    }),
  )

  effect(
    "a snapshot is fetched once, however often it is asked for while it waits",
    Effect.gen(function* () {
      const { snapshots, asked, delivered, book } = yield* bench({})
      for (let n = 0; n < 5; n++) snapshots.request(book("BTC-USDT"), true)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(
        asked.map(({ url }) => url),
        ["http://exchange/api/v3/depth?symbol=BTCUSDT&limit=1000"],
      )
      assert.strictEqual(delivered.length, 1)
      snapshots.request(book("BTC-USDT"), true)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(delivered.length, 2)
    }),
  )

  effect(
    "hundreds of books that break at once stay within the venue's weight, and all come",
    Effect.gen(function* () {
      const { snapshots, asked, delivered, book } = yield* bench({})
      for (let n = 0; n < 300; n++) snapshots.request(book(`S${n}-USDT`), true)
      // In small steps, because each gives the workers a turn.
      const pass = (seconds: number) =>
        Effect.forEach(Array.from({ length: seconds * 20 }), () => TestClock.adjust("50 millis"), {
          discard: true,
        })
      yield* pass(10)
      // A snapshot weighs 50 of 6000 a minute.
      assert.strictEqual(asked.length, 120)
      yield* pass(180)
      assert.strictEqual(delivered.length, 300)
      for (const { at } of asked)
        assert.isAtMost(asked.filter((other) => other.at >= at && other.at < at + 60_000).length, 120)
    }),
  )

  effect(
    "200 books at once: the most important first, none refused by the exchange, and how far it is can be seen",
    Effect.gen(function* () {
      // The exchange's own count of the weight, as its simulator keeps it.
      const exchange = weightBudget(protocols.get("binance")!.limits)
      const important: Array<Stream> = []
      let refused = 0
      const { snapshots, asked, delivered, book } = yield* bench({
        order: () => important,
        answer: (url) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) => {
            if (exchange.spend(50, now).type === "allowed") return ok(url)
            refused++
            return Effect.fail(refusal("rate_limited", 1000))
          }),
      })
      for (let n = 0; n < 200; n++) important.push(book(`S${n}-USDT`))
      for (const stream of important.toReversed()) snapshots.request(stream, true)
      assert.deepStrictEqual(snapshots.progress(), { waiting: 200, fetching: 0 })
      const pass = (seconds: number) =>
        Effect.forEach(Array.from({ length: seconds * 20 }), () => TestClock.adjust("50 millis"), {
          discard: true,
        })
      yield* pass(5)
      // 6000 a minute are 120 of them; four more stand before the budget.
      assert.deepStrictEqual(snapshots.progress(), { waiting: 76, fetching: 4 })
      yield* pass(70)
      assert.deepStrictEqual(snapshots.progress(), { waiting: 0, fetching: 0 })
      assert.deepStrictEqual([delivered.length, refused], [200, 0])
      assert.deepStrictEqual(
        asked.map(({ url }) => /symbol=S(\d+)USDT/.exec(url)?.[1]),
        important.map((_, index) => String(index)),
      )
    }),
  )

  effect(
    "when the venue says to wait, nobody asks it for that long",
    Effect.gen(function* () {
      let limited = true
      const { snapshots, asked, delivered, book } = yield* bench({
        answer: (url) => (limited ? Effect.fail(refusal("rate_limited", 30_000)) : ok(url)),
      })
      snapshots.request(book("BTC-USDT"), true)
      yield* TestClock.adjust("2 seconds")
      limited = false
      snapshots.request(book("ETH-USDT"), true)
      yield* TestClock.adjust("27 seconds")
      assert.strictEqual(asked.length, 1)
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(delivered.length, 2)
    }),
  )

  effect(
    "a ban without a word of its length is respected for two minutes",
    Effect.gen(function* () {
      const { snapshots, asked, book } = yield* bench({ answer: () => Effect.fail(refusal("banned")) })
      snapshots.request(book("BTC-USDT"), true)
      yield* TestClock.adjust("119 seconds")
      assert.strictEqual(asked.length, 1)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(asked.length, 2)
    }),
  )

  effect(
    "an endpoint that is away is tried again for ever, with growing delays up to half a minute",
    Effect.gen(function* () {
      let away = true
      const { snapshots, asked, delivered, book } = yield* bench({
        answer: (url) => (away ? Effect.fail(refusal("unreachable")) : ok(url)),
      })
      snapshots.request(book("BTC-USDT"), true)
      yield* TestClock.adjust("10 minutes")
      const waits = asked.slice(1).map(({ at }, n) => at - asked[n]!.at)
      assert.isAtMost(Math.max(...waits), 36_000)
      assert.isAtLeast(Math.max(...waits), 20_000)
      away = false
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(delivered.length, 1)
    }),
  )

  effect(
    "books that cannot be had do not hold up those that can",
    Effect.gen(function* () {
      const { snapshots, delivered, book } = yield* bench({
        answer: (url) => (url.includes("BAD") ? Effect.fail(refusal("status")) : ok(url)),
      })
      for (let n = 0; n < 20; n++) snapshots.request(book(`BAD${n}-USDT`), true)
      yield* TestClock.adjust("10 seconds")
      snapshots.request(book("BTC-USDT"), true)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(delivered.length, 1)
      assert.strictEqual(snapshots.failing.size, 20)
    }),
  )

  effect(
    "nobody is asked for a book that nobody wants any more",
    Effect.gen(function* () {
      const { snapshots, asked, unwanted, book } = yield* bench({
        answer: () => Effect.fail(refusal("unreachable")),
      })
      snapshots.request(book("BTC-USDT"), true)
      yield* TestClock.adjust("5 seconds")
      unwanted.add(book("BTC-USDT"))
      yield* TestClock.adjust("1 minute")
      const before = asked.length
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(asked.length, before)
    }),
  )

  effect(
    "a snapshot that was of no use is not fetched again at once",
    Effect.gen(function* () {
      const { snapshots, asked, book } = yield* bench({})
      snapshots.request(book("BTC-USDT"), false)
      yield* TestClock.adjust("900 millis")
      assert.strictEqual(asked.length, 0)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(asked.length, 1)
    }),
  )
})
