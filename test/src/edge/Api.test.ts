import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { MillraceApi } from "../../../src/edge/Api.ts"
import { makeCollection } from "../../support/collectionInMemory.ts"
import { ask, makeTap, observability, send, startEdge } from "../../support/edge.ts"

const setUp = Effect.gen(function* () {
  const collection = makeCollection(["binance", "binance-usdm"])
  const tap = makeTap()
  const services = yield* Layer.build(Layer.mergeAll(collection.layer, tap.layer, observability))
  const edge = yield* Effect.provideContext(startEdge("api"), services)
  const url = yield* edge.url
  return { ...edge, url, collection, tap }
})

const btc = { venue: "binance", symbols: ["BTC-USDT"], dataTypes: ["trade", "depth"] }

describe("the HTTP API", () => {
  it.live("answers /health while the process can answer", () =>
    Effect.gen(function* () {
      const { url } = yield* setUp
      const answer = yield* ask(`${url}/health`)
      assert.strictEqual(answer.status, 200)
      assert.deepStrictEqual(answer.json(), { status: "ok", version: "1.2.3" })
    }),
  )

  it.live("is ready until a venue falls, and then says which", () =>
    Effect.gen(function* () {
      const { url, collection } = yield* setUp
      const before = yield* ask(`${url}/ready`)
      assert.strictEqual(before.status, 200)
      yield* collection.fall("binance-usdm")
      const after = yield* ask(`${url}/ready`)
      assert.strictEqual(after.status, 503)
      assert.deepStrictEqual(after.json().reasons, ["venue binance-usdm is failed"])
      assert.strictEqual(after.json().ready, false)
    }),
  )

  it.live("lists instruments, by venue and pattern, and says what is wrong with either", () =>
    Effect.gen(function* () {
      const { url } = yield* setUp
      const at = (query: string) => ask(`${url}/api/v1/instruments${query}`)
      const all = yield* at("?venue=binance-usdm&pattern=perpetual:BTC-*")
      assert.strictEqual(all.status, 200)
      assert.deepInclude(all.json()[0], {
        venue: "binance-usdm",
        symbol: "BTC-USDT-PERP",
        quantityUnit: "contracts",
        contractValue: { amount: "0.001", unit: "BTC" },
        tickSize: "0.10",
      })
      const nowhere = yield* at("?venue=nowhere")
      assert.strictEqual(nowhere.status, 404)
      assert.deepStrictEqual(nowhere.json().known, ["binance", "binance-usdm"])
      const wrong = yield* at("?pattern=wrong:*")
      assert.strictEqual(wrong.status, 400)
      assert.match(wrong.json().error, /query\.pattern.*no market/)
      assert.strictEqual((yield* at("?pattern=absent")).status, 503)
    }),
  )

  it.live("answers each stream of a subscription, keeps what it added and removes it again", () =>
    Effect.gen(function* () {
      const { url } = yield* setUp
      const path = `${url}/api/v1/subscriptions`
      const one = yield* send("POST", path, btc)
      assert.strictEqual(one.status, 200)
      assert.deepStrictEqual(
        one.json().map((answer: { dataType: string; result: string }) => [answer.dataType, answer.result]),
        [
          ["trade", "added"],
          ["depth", "added"],
        ],
      )
      const list = yield* send("POST", path, [
        btc,
        { venue: "nowhere", symbols: ["X-Y"], dataTypes: ["trade"] },
        { venue: "binance", symbols: ["ETH-USDT"], dataTypes: ["smell"] },
      ])
      assert.deepStrictEqual(
        list.json().map((answer: { result: string }) => answer.result),
        ["already", "already", "refused", "refused"],
      )
      assert.strictEqual(list.json()[3].reason, "binance has no smell")
      const held = yield* ask(path)
      assert.deepStrictEqual(held.json()[0], {
        venue: "binance",
        symbol: "BTC-USDT",
        dataType: "trade",
        origin: "api",
        state: "live",
      })
      const removed = yield* send("DELETE", path, { ...btc, dataTypes: ["trade", "bbo"] })
      assert.deepStrictEqual(
        removed.json().map((answer: { result: string }) => answer.result),
        ["removed", "absent"],
      )
      assert.strictEqual((yield* ask(path)).json().length, 1)
    }),
  )

  const wrong: ReadonlyArray<readonly [string, unknown, string, RegExp]> = [
    ["no JSON", "{", "body", /JSON/],
    ["nothing", "", "body", /JSON/],
    ["a number", 7, "body", /venue, symbols, dataTypes/],
    ["an empty list", [], "body", /at least one/],
    ["a symbol that is no text", { ...btc, symbols: ["BTC-USDT", 5] }, "body.symbols[1]", /string/i],
    ["no symbols", { ...btc, symbols: [] }, "body.symbols", /at least/i],
    ["an absent venue", { symbols: ["A-B"], dataTypes: ["trade"] }, "body.venue", /venue's name is required/],
    ["a misspelt field", { ...btc, symbol: "BTC-USDT" }, "body.symbol", /symbols and dataTypes/],
    ["the second of a list", [btc, { ...btc, dataTypes: "trade" }], "body[1].dataTypes", /array/i],
  ]
  for (const [name, body, path, expected] of wrong) {
    it.live(`refuses ${name} with its place and what was expected, and does nothing`, () =>
      Effect.gen(function* () {
        const { url } = yield* setUp
        const answer = yield* send("POST", `${url}/api/v1/subscriptions`, body)
        assert.strictEqual(answer.status, 400, answer.text)
        const [problem] = answer.json().problems
        assert.strictEqual(problem.path, path, answer.text)
        assert.match(problem.expected, expected)
        assert.include(answer.json().error, path)
        assert.deepStrictEqual((yield* ask(`${url}/api/v1/subscriptions`)).json(), [])
      }),
    )
  }

  it.live(
    "starts, stops and restarts a venue, and names the venues there are when there is none of that name",
    () =>
      Effect.gen(function* () {
        const { url } = yield* setUp
        const stopped = yield* send("POST", `${url}/api/v1/venues/binance/stop`, "")
        assert.deepStrictEqual(stopped.json(), { venue: "binance", action: "stop", done: true })
        assert.deepStrictEqual((yield* ask(`${url}/ready`)).json().reasons, ["venue binance is stopped"])
        yield* send("POST", `${url}/api/v1/venues/binance/start`, "")
        assert.strictEqual((yield* ask(`${url}/ready`)).status, 200)
        const unknown = yield* send("POST", `${url}/api/v1/venues/bitmax/stop`, "")
        assert.strictEqual(unknown.status, 404)
        assert.include(unknown.json().error, "bitmax")
        assert.deepStrictEqual(unknown.json().known, ["binance", "binance-usdm"])
        const action = yield* send("POST", `${url}/api/v1/venues/binance/explode`, "")
        assert.strictEqual(action.status, 400)
        assert.strictEqual(action.json().problems[0].path, "path.action")
      }),
  )

  it.live("shows status: actors, venues, streams, accounts, and what is not built", () =>
    Effect.gen(function* () {
      const { url, collection } = yield* setUp
      yield* send("POST", `${url}/api/v1/subscriptions`, btc)
      yield* collection.lag(3)
      const status = (yield* ask(`${url}/api/v1/status`)).json()
      assert.strictEqual(status.version, "1.2.3")
      assert.isTrue(status.ready)
      assert.deepStrictEqual(status.notBuilt, ["googleCloud.pubsub"])
      assert.deepInclude(status.actors[0], {
        path: "millrace/edge/api",
        kind: "worker",
        state: "running",
        restarts: 0,
      })
      assert.strictEqual(status.venues[0].streams[1].key, "binance:depth:BTC-USDT")
      assert.strictEqual(status.accounts.sinks[0].waiting, 3)
      assert.isTrue(status.accounts.balanced)
      assert.isNull(status.journal)
      assert.isAtMost(status.startedAt, status.now)
    }),
  )

  it.live(
    "gives the exchange collector's metrics object at /api/v1/stats, nothing more and nothing less",
    () =>
      Effect.gen(function* () {
        const { url } = yield* setUp
        assert.deepStrictEqual((yield* ask(`${url}/api/v1/stats`)).json(), {
          connections: { active: 1, total: 2, failures: 1, reconnects: 1 },
          messages: { received: 10, processed: 9, sent: 9, errors: 1 },
          latency: { p50: 1.5, p90: 2, p95: 2.5, p99: 4 },
          throughput: { messagesPerSecond: 1.25, bytesPerSecond: 300 },
        })
      }),
  )

  it.live("describes itself: every path in /openapi.json, and a page that needs no network", () =>
    Effect.gen(function* () {
      const { url } = yield* setUp
      const spec = (yield* ask(`${url}/openapi.json`)).json()
      assert.match(spec.openapi, /^3\.1/)
      assert.sameMembers(Object.keys(spec.paths), [
        "/health",
        "/ready",
        "/metrics",
        "/api/v1/status",
        "/api/v1/stats",
        "/api/v1/continuity",
        "/api/v1/instruments",
        "/api/v1/subscriptions",
        "/api/v1/venues/{venue}/{action}",
        "/api/v1/records",
        "/task",
        "/api/v1/tasks",
        "/api/v1/tasks/{id}",
        "/api/v1/tasks/{id}/start",
        "/api/v1/tasks/{id}/stop",
        "/api/v1/tasks/{id}/run",
        "/api/v1/tasks/{id}/versions",
        "/api/v1/tasks/{id}/rollback",
      ])
      assert.sameMembers(Object.keys(spec.paths["/api/v1/subscriptions"]), ["get", "post", "delete"])
      assert.containsAllKeys(spec.paths["/ready"].get.responses, ["200", "503"])
      const page = yield* ask(`${url}/docs`)
      assert.strictEqual(page.status, 200)
      assert.match(page.headers.get("content-type") ?? "", /text\/html/)
      assert.notMatch(page.text, /<(script|link|img)[^>]+(src|href)=["']https?:/)
      assert.include(page.text, "/api/v1/subscriptions")
    }),
  )

  it.live("is spoken by the typed client that its definition gives", () =>
    Effect.gen(function* () {
      const { url } = yield* setUp
      const client = yield* HttpApiClient.make(MillraceApi, { baseUrl: url })
      const answers = yield* client.subscribe({ payload: btc })
      assert.strictEqual(answers.length, 2)
      const status = yield* client.status()
      assert.strictEqual(status.venues[0]?.streams.length, 2)
      const error = yield* Effect.flip(client.steer({ params: { venue: "bitmax", action: "stop" } }))
      assert.strictEqual(error._tag, "VenueNotFound")
    }).pipe(Effect.provide(FetchHttpClient.layer)),
  )

  it.live("says what a path that is not there is, and where to look", () =>
    Effect.gen(function* () {
      const { url } = yield* setUp
      const answer = yield* ask(`${url}/api/v2/everything`)
      assert.strictEqual(answer.status, 404)
      assert.include(answer.json().error, "/docs")
    }),
  )
})
