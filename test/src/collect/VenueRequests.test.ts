import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Metrics } from "../../../services/Metrics.ts"
import { Rest } from "../../../services/Rest.ts"
import { makeBudget } from "../../../src/collect/Budget.ts"
import { makeVenueRequests } from "../../../src/collect/VenueRequests.ts"
import { venues } from "../../../src/exchanges/index.ts"

const urls: Array<string> = []
const rest = Layer.succeed(
  Rest,
  Rest.of({
    get: ({ url }) =>
      Effect.sync(() => {
        urls.push(url)
        return { body: Buffer.from("[]"), receivedAt: 1, headers: {} }
      }),
  }),
)

describe("requests of tasks", () => {
  it.effect("share the weight with the venue's streams, and leave half of it to them", () =>
    Effect.gen(function* () {
      urls.length = 0
      const venue = venues.get("binance")!()
      const budget = yield* makeBudget({ limit: 100, windowMillis: 60_000 })
      const metrics = (yield* Metrics).venue("binance")
      const asked = { venue, restEndpoint: "http://here", proxy: undefined, budget, metrics }
      const runtimes = new Map([["binance", { rest: asked, table: new Map([[{}, {}]]) as never }]])
      const { get } = yield* makeVenueRequests({ runtimes, venues, proxy: undefined })
      yield* budget.take(30)
      const page = get("binance", { path: "/page", weight: 10 })
      const running = yield* Effect.forkChild(Effect.all([page, page, page, page]))
      yield* TestClock.adjust("50 seconds")
      assert.strictEqual(urls.length, 2, "30 of the streams and 20 of tasks are half of 100")
      // What streams need is there at once.
      yield* budget.take(50)
      assert.strictEqual(yield* budget.used, 100)
      yield* TestClock.adjust("15 seconds")
      yield* TestClock.adjust("60 seconds")
      yield* Fiber.join(running)
      assert.deepStrictEqual(
        urls,
        Array.from({ length: 4 }, () => "http://here/page"),
      )
    }).pipe(Effect.provide(Layer.merge(Metrics.layer, rest))),
  )

  it.effect("a venue that is not collected is asked at its own endpoint, within its own weight", () =>
    Effect.gen(function* () {
      urls.length = 0
      const { get } = yield* makeVenueRequests({ runtimes: new Map(), venues, proxy: undefined })
      const asked = Array.from({ length: 30 }, (_, index) => get("kraken", { path: `/${index}`, weight: 1 }))
      const running = yield* Effect.forkChild(Effect.all(asked, { concurrency: 30 }))
      yield* TestClock.adjust("5 seconds")
      assert.isAtMost(urls.length, 6, "one a second")
      yield* TestClock.adjust("2 minutes")
      yield* Fiber.join(running)
      assert.strictEqual(new Set(urls).size, 30)
      assert.match(urls[0]!, /^https:\/\/api\.kraken\.com\/\d+$/)
    }).pipe(Effect.provide(Layer.merge(Metrics.layer, rest))),
  )
})
