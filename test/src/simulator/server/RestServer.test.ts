import { connect as connectTcp } from "node:net"
import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { makeSimulator } from "../../../../src/simulator/index.ts"
import { leapingClock } from "../../../support/clock.ts"
import { get, type Payload } from "../support/client.ts"

const start = 1_800_000_030_000

/** Weight is counted by the clock's minute: what is to be counted together is asked for in one that has just begun. */
const atTheBeginOfAMinute = Effect.gen(function* () {
  const { clock, leap } = yield* leapingClock
  leap(60_000 - (clock.currentTimeMillisUnsafe() % 60_000))
  return clock
})

describe("the simulator's REST side", () => {
  it.live("counts weight as documented, and answers 429, then 418, with Retry-After", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT"],
        venues: ["binance"],
        limits: { weightPerMinute: 60, refusalsBeforeBan: 2 },
      }).pipe(Effect.provideService(Clock.Clock, yield* atTheBeginOfAMinute))
      const origin = simulator.venue("binance").restEndpoint
      const depth = (limit: number) => get(`${origin}/api/v3/depth?symbol=BTCUSDT&limit=${limit}`)
      const first = yield* depth(100)
      expect(first.headers.get("x-mbx-used-weight-1m")).toBe("5")
      expect((yield* depth(1000)).headers.get("x-mbx-used-weight-1m")).toBe("55")
      const refused = yield* depth(1000)
      expect(refused.status).toBe(429)
      expect(refused.json["code"]).toBe(-1003)
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0)
      expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60)
      yield* depth(5)
      const banned = yield* depth(5)
      expect(banned.status).toBe(418)
      expect(banned.headers.get("retry-after")).toBe("120")
    }),
  )

  it.live("refuses what is wrong with the exchange's codes", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"] })
      const spot = simulator.venue("binance").restEndpoint
      const usdm = simulator.venue("binance-usdm").restEndpoint
      const wrong: ReadonlyArray<readonly [string, number, number]> = [
        [`${spot}/api/v3/depth`, 400, -1102],
        [`${spot}/api/v3/depth?symbol=NOUSDT`, 400, -1121],
        [`${spot}/api/v3/depth?symbol=BTCUSDT&limit=x`, 400, -1100],
        [`${spot}/api/v3/klines?symbol=BTCUSDT`, 400, -1102],
        [`${spot}/api/v3/klines?symbol=BTCUSDT&interval=7m`, 400, -1120],
        [`${spot}/api/v3/nothing`, 404, -5000],
        [`${spot}/fapi/v1/time`, 404, -5000],
        [`${usdm}/fapi/v1/depth?symbol=BTCUSDT&limit=7`, 400, -4021],
        [`${usdm}/fapi/v1/klines?symbol=BTCUSDT&interval=1s`, 400, -1120],
      ]
      for (const [url, status, code] of wrong) {
        const reply = yield* get(url)
        expect([url, reply.status, reply.json["code"]]).toEqual([url, status, code])
      }
    }),
  )

  it.live("outlives a request line that is no URL, and a handshake with one", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols: 1, venues: ["binance"] })
      const { port, restEndpoint } = simulator.venue("binance")
      const raw = (head: string) =>
        Effect.callback<string>((resume) => {
          const socket = connectTcp(port, "127.0.0.1", () =>
            socket.write(`GET // HTTP/1.1\r\nHost: x\r\n${head}\r\n`),
          )
          socket.once("data", (data) => {
            socket.destroy()
            resume(Effect.succeed(String(data).split("\r\n")[0]!))
          })
        })
      expect(yield* raw("")).toBe("HTTP/1.1 404 Not Found")
      expect(yield* raw("Connection: Upgrade\r\nUpgrade: websocket\r\n")).toBe("HTTP/1.1 404 Not Found")
      expect((yield* get(`${restEndpoint}/api/v3/time`)).status).toBe(200)
    }),
  )

  it.live("pages through history by id and by time without a hole or a repeat", () =>
    Effect.gen(function* () {
      for (const [venue, base] of [
        ["binance", "/api/v3"],
        ["binance-usdm", "/fapi/v1"],
      ] as const) {
        const simulator = yield* makeSimulator({
          symbols: ["BTC-USDT"],
          rate: 100,
          venues: [venue],
          startAt: start,
        })
        const origin = `${simulator.venue(venue).restEndpoint}${base}`
        const newest = (yield* get(`${origin}/trades?symbol=BTCUSDT&limit=1000`))
          .json as ReadonlyArray<Payload>
        const from = newest[0]!["id"] as number
        const paged: Array<Payload> = []
        for (let id = from; paged.length < 900; id += 300)
          paged.push(
            ...((yield* get(`${origin}/historicalTrades?symbol=BTCUSDT&fromId=${id}&limit=300`))
              .json as ReadonlyArray<Payload>),
          )
        expect(paged).toEqual(newest.slice(0, 900))
        expect(paged.map(({ id }) => id as number)).toEqual(Array.from({ length: 900 }, (_, i) => from + i))

        const time = newest[0]!["time"] as number
        const aggregates = (yield* get(`${origin}/aggTrades?symbol=BTCUSDT&startTime=${time}&limit=100`))
          .json as ReadonlyArray<Payload>
        const next = (yield* get(
          `${origin}/aggTrades?symbol=BTCUSDT&fromId=${(aggregates.at(-1)!["a"] as number) + 1}`,
        )).json as ReadonlyArray<Payload>
        expect(aggregates[0]!["T"]).toBe(time)
        expect(next[0]!["f"]).toBe((aggregates.at(-1)!["l"] as number) + 1)

        const klines = (yield* get(
          `${origin}/klines?symbol=BTCUSDT&interval=1m&startTime=${start - 600_000}&limit=5`,
        )).json as unknown as ReadonlyArray<ReadonlyArray<unknown>>
        expect(klines.map((row) => row[0])).toEqual([1, 2, 3, 4, 5].map((i) => start - 630_000 + i * 60_000))
      }
    }),
  )

  it.live("its catalogue lists every symbol with its tick and step", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols: 120, rate: 1000 })
      const spot = (yield* get(`${simulator.venue("binance").restEndpoint}/api/v3/exchangeInfo`)).json
      const usdm = (yield* get(`${simulator.venue("binance-usdm").restEndpoint}/fapi/v1/exchangeInfo`)).json
      const names = (info: Payload) =>
        (info["symbols"] as ReadonlyArray<Payload>).map((each) => each["symbol"] as string)
      expect(new Set(names(spot)).size).toBe(120)
      expect(names(usdm)).toEqual(names(spot))
      expect(spot["symbols"][0].filters[0]).toMatchObject({
        filterType: "PRICE_FILTER",
        tickSize: "0.50000000",
      })
    }),
  )
})
