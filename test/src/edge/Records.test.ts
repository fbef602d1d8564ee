import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Schedule } from "effect"
import { catalog } from "../../../services/MetricCatalog.ts"
import { Metrics } from "../../../services/Metrics.ts"
import { makeCollection } from "../../support/collectionInMemory.ts"
import { ask, makeTap, observability, startEdge } from "../../support/edge.ts"
import { testEnvelopes, testStream } from "../../support/envelopes.ts"

const trades = testStream({})
const tickers = testStream({ dataType: "ticker", base: "ETH" })

const setUp = Effect.gen(function* () {
  const tap = makeTap()
  const services = yield* Layer.build(
    Layer.mergeAll(makeCollection(["test"]).layer, tap.layer, observability),
  )
  const edge = yield* Effect.provideContext(startEdge("api"), services)
  const url = yield* edge.url
  const { series } = yield* Effect.provideContext(Metrics, services)
  const until = (listeners: number) =>
    Effect.repeat(
      Effect.sync(() => tap.listeners()),
      { until: (count) => count === listeners, schedule: Schedule.spaced("5 millis") },
    )
  return { ...edge, url: `${url}/api/v1/records`, tap, until, dropped: () => series.sum(catalog.tapDropped) }
})

describe("GET /api/v1/records", () => {
  it.live("gives accepted records as lines, in order, and ends after the limit", () =>
    Effect.gen(function* () {
      const { url, tap, until } = yield* setUp
      const reading = yield* Effect.forkChild(ask(`${url}?limit=5`))
      yield* until(1)
      yield* tap.say(testEnvelopes([trades, tickers], 1, 3))
      yield* tap.say(testEnvelopes([trades, tickers], 4, 3))
      const answer = yield* Fiber.join(reading)
      assert.strictEqual(answer.headers.get("content-type"), "application/x-ndjson")
      assert.isTrue(answer.text.endsWith("}\n"))
      const ids = answer.text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).data.tradeId)
      assert.deepStrictEqual(ids, ["1", "2", "3", "4", "5"])
      yield* until(0)
    }),
  )

  it.live("gives only what the filter asks for, in either spelling of the symbol", () =>
    Effect.gen(function* () {
      const { url, tap, until } = yield* setUp
      const readings = yield* Effect.forEach(
        ["type=ticker", "symbol=ethusdt", "symbol=ETH-USDT&type=ticker&venue=test"],
        (query) => Effect.forkChild(ask(`${url}?limit=2&${query}`)),
      )
      yield* until(3)
      yield* tap.say(testEnvelopes([trades, tickers], 0, 6))
      for (const reading of readings) {
        const lines = (yield* Fiber.join(reading)).text.trimEnd().split("\n")
        assert.deepStrictEqual(
          lines.map((line) => JSON.parse(line)).map(({ type, symbol }) => `${type} ${symbol}`),
          ["ticker ETH-USDT", "ticker ETH-USDT"],
        )
      }
    }),
  )

  it.live("counts what a slow listener lost", () =>
    Effect.gen(function* () {
      const { url, tap, until, dropped } = yield* setUp
      const reading = yield* Effect.forkChild(ask(`${url}?limit=1`))
      yield* until(1)
      yield* tap.say(testEnvelopes([trades], 1, 1), 41)
      yield* Fiber.join(reading)
      assert.strictEqual(dropped(), 41)
    }),
  )

  it.live("forgets a listener that hangs up, and is not held up by one when it stops", () =>
    Effect.gen(function* () {
      const { url, until, fiber } = yield* setUp
      const first = yield* Effect.forkChild(ask(url))
      const second = yield* Effect.forkChild(Effect.exit(ask(url)))
      yield* until(2)
      yield* Fiber.interrupt(first)
      yield* until(1)
      yield* Fiber.interrupt(fiber)
      yield* until(0)
      yield* Fiber.join(second)
    }),
  )

  const wrong = [
    ["limit=0", "query.limit"],
    ["limit=1.5", "query.limit"],
    ["limit=many", "query.limit"],
    ["type=smell", "query.type"],
  ] as const
  for (const [query, path] of wrong) {
    it.live(`refuses ?${query}`, () =>
      Effect.gen(function* () {
        const { url, tap } = yield* setUp
        const answer = yield* ask(`${url}?${query}`)
        assert.strictEqual(answer.status, 400)
        assert.strictEqual(answer.json().problems[0].path, path)
        assert.strictEqual(tap.listeners(), 0)
      }),
    )
  }
})
