import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import type { IncomingMessage } from "node:http"
import WebSocket from "ws"
import { connect, get, until } from "../support/client.ts"
import { clientOf, faulty } from "../support/faulty.ts"
import { runSeed } from "../support/markets.ts"

/** The status of a handshake, and its Retry-After. */
const knock = (url: string) =>
  Effect.callback<{ readonly status: number; readonly retryAfter: string | undefined }>((resume) => {
    const ws = new WebSocket(url)
    const done = (status: number, retryAfter?: string) => {
      resume(Effect.succeed({ status, retryAfter }))
      ws.terminate()
    }
    ws.on("open", () => done(101))
    ws.on("unexpected-response", (_, response: IncomingMessage) =>
      done(response.statusCode ?? 0, response.headers["retry-after"]),
    )
    ws.on("error", () => done(0))
  })

const failed = (url: string) =>
  Effect.promise(() =>
    fetch(url).then(
      () => false,
      () => true,
    ),
  )

describe(`faults at the door (seed ${runSeed})`, () => {
  it.live(
    "refuse answers the first handshakes with a status or a reset, and REST only where it says so",
    () =>
      Effect.gen(function* () {
        const simulator = yield* faulty("refuse:503/times=2,refuse:reset/connection=3")
        const { restEndpoint, stats, wsEndpoint } = simulator.venue("binance")
        const statuses: Array<number> = []
        for (let attempt = 0; attempt < 4; attempt++) statuses.push((yield* knock(`${wsEndpoint}/ws`)).status)
        expect(statuses).toEqual([503, 503, 0, 101])
        expect(stats()).toMatchObject({ attempts: 4, refusals: 3 })
        expect((yield* get(`${restEndpoint}/api/v3/time`)).status).toBe(200)
        expect(simulator.faultTotals()).toEqual({ refuse: 3 })

        yield* simulator.inject(
          "refuse:502@*@time/on=rest/times=1,refuse:reset@btcusdt@depth/on=rest/times=1",
        )
        const broken = yield* get(`${restEndpoint}/api/v3/time`)
        expect([broken.status, broken.json["code"]]).toEqual([502, -1001])
        expect((yield* get(`${restEndpoint}/api/v3/time`)).status).toBe(200)
        expect((yield* get(`${restEndpoint}/api/v3/depth?symbol=ETHUSDT`)).json["code"]).toBe(-1121)
        expect(yield* failed(`${restEndpoint}/api/v3/depth?symbol=BTCUSDT`)).toBe(true)
        expect(yield* failed(`${restEndpoint}/api/v3/depth?symbol=BTCUSDT`)).toBe(false)
      }),
  )

  it.live("429 and 418 answer handshakes and REST with what is left of Retry-After, until it is over", () =>
    Effect.gen(function* () {
      const simulator = yield* faulty()
      const { restEndpoint, wsEndpoint } = simulator.venue("binance")
      yield* simulator.inject("418:5s@0s")
      const banned = yield* get(`${restEndpoint}/api/v3/time`)
      expect([banned.status, banned.json["code"]]).toEqual([418, -1003])
      const turnedAway = yield* knock(`${wsEndpoint}/ws`)
      expect(turnedAway.status).toBe(418)
      const waits = [banned.headers.get("retry-after"), turnedAway.retryAfter].map(Number)
      expect(waits[1]!).toBeGreaterThan(0)
      expect(waits[1]!).toBeLessThanOrEqual(waits[0]!)
      expect(waits[0]!).toBeLessThanOrEqual(5)
      const [strike] = simulator.faults()
      yield* until("the end of the ban", () => simulator.now() > strike!.at + 5100)
      expect((yield* get(`${restEndpoint}/api/v3/time`)).status).toBe(200)

      yield* simulator.inject("429:7s/on=rest/every=2")
      const statuses: Array<readonly [number, string | null]> = []
      for (let request = 0; request < 4; request++) {
        const { headers, status } = yield* get(`${restEndpoint}/api/v3/time`)
        statuses.push([status, headers.get("retry-after")])
      }
      expect(statuses).toEqual([
        [200, null],
        [429, "7"],
        [200, null],
        [429, "7"],
      ])
      expect((yield* knock(`${wsEndpoint}/ws`)).status).toBe(101)
    }),
  )

  it.live("late lets a handshake or an answer wait, and outlives a client that does not", () =>
    Effect.gen(function* () {
      const simulator = yield* faulty("late:400ms/times=2,late:300ms/on=rest/times=1")
      const { restEndpoint, stats, wsEndpoint } = simulator.venue("binance")
      const hasty = yield* Effect.flip(connect(`${wsEndpoint}/ws`, { handshakeTimeout: 100 }))
      expect(hasty).toBe(0)
      const asked = simulator.now()
      const patient = yield* connect(`${wsEndpoint}/stream?streams=btcusdt@trade`)
      expect(simulator.now() - asked).toBeGreaterThanOrEqual(390)
      yield* until("data", () => patient.messages.length > 0)
      expect(stats().connections).toBe(1)
      const restAsked = simulator.now()
      expect((yield* get(`${restEndpoint}/api/v3/time`)).status).toBe(200)
      expect(simulator.now() - restAsked).toBeGreaterThanOrEqual(290)
    }),
  )

  it.live("a simulator stops while handshakes and answers are still waiting", () =>
    Effect.gen(function* () {
      const ended = yield* Effect.scoped(
        Effect.gen(function* () {
          const simulator = yield* faulty("late:1h/on=all")
          const { restEndpoint, stats, wsEndpoint } = simulator.venue("binance")
          const ws = new WebSocket(`${wsEndpoint}/ws`)
          const closed = { ws: false, rest: false }
          ws.on("error", () => (closed.ws = true))
          void fetch(`${restEndpoint}/api/v3/time`).catch(() => (closed.rest = true))
          yield* until("both to wait", () => simulator.faults().length === 2 && stats().attempts === 1)
          return closed
        }),
      )
      yield* until("both to be cut", () => ended.ws && ended.rest)
    }),
  )

  it.live("stale gives a snapshot that is older than the stream, and then a fresh one", () =>
    Effect.gen(function* () {
      const simulator = yield* faulty("stale:1m@btcusdt@depth/times=1")
      const { market, restEndpoint } = simulator.venue("binance")
      const client = yield* clientOf(simulator, "depth@100ms")
      yield* until("deltas", () => client.messages.length > 1)
      const first = client.of("btcusdt@depth@100ms")[0]!
      const before = simulator.now()
      const ask = get(`${restEndpoint}/api/v3/depth?symbol=BTCUSDT&limit=5`)
      const old = (yield* ask).json
      const fresh = (yield* ask).json
      expect(old["lastUpdateId"]).toBeLessThan(first["U"] as number)
      expect(fresh["lastUpdateId"]).toBeGreaterThanOrEqual(first["U"] as number)
      const book = market("BTCUSDT")!
      const steps = (time: number) => book.market.updateId(book.market.stepAt(time))
      expect(old["lastUpdateId"]).toBeGreaterThanOrEqual(steps(before - 60_000))
      expect((yield* get(`${restEndpoint}/api/v3/trades?symbol=BTCUSDT&limit=1`)).status).toBe(200)
      expect(simulator.faultTotals()).toEqual({ stale: 1 })
    }),
  )
})
