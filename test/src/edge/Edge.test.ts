import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Schedule } from "effect"
import { createServer, request } from "node:http"
import { Collection } from "../../../services/Collection.ts"
import { makeCollection } from "../../support/collectionInMemory.ts"
import { ask, makeTap, observability, send, startEdge } from "../../support/edge.ts"
import { freePort } from "../../support/process.ts"

const setUp = (
  id: "api" | "metrics",
  options: Parameters<typeof startEdge>[1] = {},
  collection = makeCollection(["binance"]).layer,
) =>
  Effect.gen(function* () {
    const services = yield* Layer.build(Layer.mergeAll(collection, makeTap().layer, observability))
    return yield* Effect.provideContext(startEdge(id, options), services)
  })

/** Someone else's server on a port, which nobody takes when it is free again. */
const occupied = Effect.acquireRelease(
  Effect.flatMap(freePort, (port) =>
    Effect.callback<{ readonly port: number; readonly free: Effect.Effect<void> }>((resume) => {
      const free = Effect.callback<void>((done) => void server.close(() => done(Effect.void)))
      const server = createServer().listen(port, "127.0.0.1", () => resume(Effect.succeed({ port, free })))
    }),
  ),
  ({ free }) => free,
)

/** A request with headers that `fetch` does not let one set. */
const raw = (url: string, method: string, headers: Record<string, string>) =>
  Effect.callback<number>((resume) => {
    const sent = request(url, { method, headers }, (response) => {
      response.resume()
      response.on("end", () => resume(Effect.succeed(response.statusCode ?? 0)))
    })
    sent.end()
  })

describe("the edge", () => {
  it.live(
    "is degraded while its port is taken, says by whom and what to do, and serves once it is free",
    () =>
      Effect.gen(function* () {
        const { port, free } = yield* occupied
        const { snapshot, url } = yield* setUp("api", { server: { host: "127.0.0.1", port } })
        yield* Effect.repeat(Effect.sync(snapshot), {
          until: ({ state }) => state === "degraded",
          schedule: Schedule.spaced("5 millis"),
        })
        assert.match(snapshot().detail ?? "", new RegExp(`127.0.0.1:${port} is in use.*server.port`))
        yield* free
        assert.strictEqual((yield* ask(`${yield* url}/health`)).status, 200)
        assert.strictEqual(snapshot().state, "running")
        assert.strictEqual(snapshot().restarts, 0)
      }),
  )

  it.live("serves metrics on the second port: the same content, and nothing else", () =>
    Effect.gen(function* () {
      const collection = makeCollection(["binance"])
      const services = yield* Layer.build(Layer.mergeAll(collection.layer, makeTap().layer, observability))
      const start = (id: "api" | "metrics") =>
        Effect.flatMap(
          Effect.provideContext(startEdge(id, { prometheus: { host: "127.0.0.1", port: 0 } }), services),
          ({ url }) => url,
        )
      const api = yield* start("api")
      const metrics = yield* start("metrics")
      const names = (text: string) => [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name).toSorted()
      const main = yield* ask(`${api}/metrics`)
      const second = yield* ask(`${metrics}/metrics`)
      const again = yield* ask(`${api}/metrics`)
      assert.strictEqual(second.headers.get("content-type"), main.headers.get("content-type"))
      assert.deepStrictEqual(names(second.text), names(again.text))
      assert.include(second.text, 'millrace_actors{state="running"} 2')
      assert.strictEqual((yield* ask(`${metrics}/api/v1/status`)).status, 404)
    }),
  )

  it.live("answers while the collection does not", () =>
    Effect.gen(function* () {
      const stuck = Layer.effect(
        Collection,
        Effect.map(Layer.build(makeCollection(["binance"]).layer), (services) =>
          Collection.of({
            ...Context.get(services, Collection),
            accounts: Effect.never,
            venues: Effect.never,
            unready: Effect.never,
          }),
        ),
      )
      const { url: listening } = yield* setUp("api", {}, stuck)
      const url = yield* listening
      assert.strictEqual((yield* ask(`${url}/health`)).status, 200)
      const [ready, status, metrics] = yield* Effect.all(
        [ask(`${url}/ready`), ask(`${url}/api/v1/status`), ask(`${url}/metrics`)],
        { concurrency: "unbounded" },
      )
      assert.strictEqual(ready.status, 503)
      assert.match(ready.json().reasons[0], /collection did not answer/)
      assert.strictEqual(status.status, 503)
      assert.match(status.json().error, /collection did not answer/)
      assert.strictEqual(metrics.status, 200)
      assert.include(metrics.text, "millrace_process_resident_bytes")
      assert.include(metrics.text, 'millrace_scrape_failures_total{reason="accounts"} 1')
    }),
  )

  it.live("says that a request failed inside, and keeps answering", () =>
    Effect.gen(function* () {
      const broken = Layer.effect(
        Collection,
        Effect.map(Layer.build(makeCollection(["binance"]).layer), (services) =>
          Collection.of({ ...Context.get(services, Collection), stats: Effect.die(new Error("a defect")) }),
        ),
      )
      const { url: listening } = yield* setUp("api", {}, broken)
      const url = yield* listening
      const answer = yield* ask(`${url}/api/v1/stats`)
      assert.strictEqual(answer.status, 500)
      assert.notInclude(answer.text, "a defect")
      assert.strictEqual((yield* ask(`${url}/health`)).status, 200)
      assert.include(
        (yield* ask(`${url}/metrics`)).text,
        'millrace_api_requests_total{route="/api/v1/stats",status="5xx"} 1',
      )
    }),
  )

  it.live("on loopback answers for names of this machine alone", () =>
    Effect.gen(function* () {
      const { url: listening } = yield* setUp("api")
      const url = yield* listening
      const port = new URL(url).port
      for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, "localhost"]) {
        assert.strictEqual(yield* raw(`${url}/health`, "GET", { host }), 200, host)
      }
      for (const host of [
        "evil.example",
        `evil.example:${port}`,
        "localhost.evil.example",
        "127.0.0.1.evil.example",
      ]) {
        assert.strictEqual(yield* raw(`${url}/health`, "GET", { host }), 421, host)
      }
    }),
  )

  it.live("lets no page of another origin steer it", () =>
    Effect.gen(function* () {
      const { url: listening } = yield* setUp("api")
      const url = yield* listening
      const stop = `${url}/api/v1/venues/binance/stop`
      assert.strictEqual(yield* raw(stop, "POST", { origin: "https://evil.example" }), 403)
      assert.strictEqual(yield* raw(stop, "POST", { origin: "null" }), 403)
      assert.strictEqual((yield* ask(`${url}/ready`)).status, 200)
      assert.strictEqual(yield* raw(`${url}/ready`, "GET", { origin: "https://board.example" }), 200)
      assert.strictEqual(yield* raw(stop, "POST", { origin: url }), 200)
      assert.strictEqual((yield* send("POST", stop, "")).status, 200)
    }),
  )

  it.live("opens one server where both ports are the same", () =>
    Effect.gen(function* () {
      const same = { host: "127.0.0.1", port: 9090 }
      const started = yield* Effect.exit(setUp("metrics", { server: same, prometheus: same }))
      assert.strictEqual(started._tag, "Failure")
    }),
  )
})
