import { createServer } from "node:net"
import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { makeSimulator } from "../../../src/simulator/index.ts"
import { type Client, connect, get, type Payload, until } from "./support/client.ts"
import { runSeed } from "./support/markets.ts"

describe(`the simulator (seed ${runSeed})`, () => {
  it.live(
    "streamed trades are contiguous and are those of REST, the truth and the log of what was sent",
    () =>
      Effect.gen(function* () {
        const simulator = yield* makeSimulator({
          symbols: ["ETH-USDT"],
          rate: 200,
          venues: ["binance"],
          keepSent: 50,
        })
        const { restEndpoint, truth, wsEndpoint } = simulator.venue("binance")
        const client = yield* connect(`${wsEndpoint}/stream?streams=ethusdt@trade`)
        yield* until("sixty trades", () => client.messages.length >= 60)
        const trades = client.of("ethusdt@trade")
        const ids = trades.map(({ t }) => t as number)
        expect(ids).toEqual(ids.map((_, index) => ids[0]! + index))

        const url = `${restEndpoint}/api/v3/historicalTrades?symbol=ETHUSDT&fromId=${ids[0]!}&limit=${ids.length}`
        const rest = (yield* get(url)).json as ReadonlyArray<Payload>
        expect(
          rest.map(({ id, isBuyerMaker, price, qty, time }) => [id, price, qty, time, isBuyerMaker]),
        ).toEqual(trades.map(({ T, m, p, q, t }) => [t, p, q, T, m]))
        const told = truth("ethusdt@trade", trades[0]!["T"] - 1, trades.at(-1)!["T"])
        const same = told
          .map((text) => JSON.parse(text) as Payload)
          .filter(({ t }) => ids.includes(t as number))
        expect(same).toEqual(trades)
        const [sent] = simulator.sent({ stream: "ethusdt@trade" })
        expect(sent!.payloads).toHaveLength(50)
        expect(sent!.messages).toBeGreaterThanOrEqual(ids.length)
      }),
  )

  it.live("a restarted simulator stands where an exchange would: same history, ids that go on", () =>
    Effect.gen(function* () {
      const options = { seed: runSeed, symbols: ["BTC-USDT", "ETH-USDT"], rate: 100 } as const
      const paths: Readonly<Record<string, ReadonlyArray<string>>> = {
        binance: ["/api/v3/aggTrades", "/api/v3/klines", "/api/v3/historicalTrades"],
        "binance-usdm": ["/fapi/v1/aggTrades", "/fapi/v1/klines", "/fapi/v1/historicalTrades"],
      }
      const time = Math.floor(1_790_000_000_000 / 60_000) * 60_000
      const life = (startAt: number) =>
        Effect.gen(function* () {
          const simulator = yield* makeSimulator({ ...options, startAt })
          const bodies: Array<string> = []
          for (const { market, restEndpoint, venue } of simulator.venues) {
            const fromId = market("BTCUSDT")!.market.tradeAt(time - 60_000)
            const queries = [
              `${paths[venue]![0]}?symbol=BTCUSDT&startTime=${time - 60_000}&endTime=${time - 1}&limit=1000`,
              `${paths[venue]![1]}?symbol=BTCUSDT&interval=1m&endTime=${time - 60_000}&limit=100`,
              `${paths[venue]![2]}?symbol=BTCUSDT&fromId=${fromId}&limit=200`,
            ]
            for (const query of queries) bodies.push((yield* get(`${restEndpoint}${query}`)).text)
          }
          return bodies
        }).pipe(Effect.scoped)
      const first = yield* life(time + 1000)
      expect(first.every((text) => text.length > 2000)).toBe(true)
      expect(yield* life(time + 3_600_000)).toEqual(first)
    }),
  )

  it.live("in a flood a reader that pauses is waited for, in bounded memory, and misses nothing", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols: 3, rate: 1000, venues: ["binance"], pace: "flood" })
      const { stats, wsEndpoint } = simulator.venue("binance")
      const client = yield* connect(`${wsEndpoint}/stream?streams=btcusdt@trade/ethusdt@trade`)
      yield* until("a thousand", () => client.messages.length > 1000)
      client.ws.pause()
      let before = -1
      while (before !== stats().messages) {
        before = stats().messages
        yield* Effect.sleep(100)
      }
      const stood = simulator.now()
      yield* Effect.sleep(100)
      expect(simulator.now()).toBe(stood)
      client.ws.resume()
      yield* until("all and more", () => client.messages.length > before + 1000)
      expectContiguous(client, ["btcusdt@trade", "ethusdt@trade"])
    }),
  )

  it.live("on the clock a reader that does not read is cut, or waited for and told everything later", () =>
    Effect.gen(function* () {
      const base = { symbols: 10, rate: 20_000, venues: ["binance"] as const }
      const strict = yield* makeSimulator({ ...base, slowReader: { policy: "disconnect", bytes: 20_000 } })
      const patient = yield* makeSimulator({ ...base, slowReader: { policy: "wait", bytes: 20_000 } })
      const streams = strict.venues[0]!.symbols.map((native) => `${native.toLowerCase()}@trade`)
      const path = `/stream?streams=${[...streams, ...streams.map((each) => each.replace("trade", "depth@100ms"))].join("/")}`
      const cut = yield* connect(`${strict.venue("binance").wsEndpoint}${path}`)
      const kept = yield* connect(`${patient.venue("binance").wsEndpoint}${path}`)
      for (const { ws } of [cut, kept]) ws.pause()
      yield* until("the cut", () => strict.venue("binance").stats().connections === 0)
      const behind = patient.venue("binance").stats().messages
      kept.ws.resume()
      yield* until("to catch up", () => kept.messages.length > behind + 1000)
      expect(patient.venue("binance").stats().connections).toBe(1)
      expectContiguous(kept, streams)
    }),
  )

  it.live("a clock that is set back makes the market wait; nothing is sent twice", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      let offset = 0
      const stepped: Clock.Clock = Object.assign(Object.create(clock) as Clock.Clock, {
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + offset,
      })
      const simulator = yield* makeSimulator({ symbols: 1, rate: 2000, venues: ["binance"] }).pipe(
        Effect.provideService(Clock.Clock, stepped),
      )
      const client = yield* connect(`${simulator.venue("binance").wsEndpoint}/stream?streams=btcusdt@trade`)
      yield* until("some trades", () => client.messages.length > 100)
      offset = -3_600_000
      yield* Effect.sleep(100)
      const before = simulator.venue("binance").stats().messages
      yield* Effect.sleep(100)
      expect(simulator.venue("binance").stats().messages).toBe(before)
      offset = 0
      yield* until("more trades", () => client.messages.length > before + 100)
      expectContiguous(client, ["btcusdt@trade"])
    }),
  )

  it.live("faults enter at three seams, and the truth stays what it was", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({
        symbols: 1,
        rate: 200,
        venues: ["binance"],
        keepSent: 10_000,
        interference: {
          connect: ({ attempt }) => (attempt === 1 ? { type: "refuse", status: 503 } : { type: "accept" }),
          deliver: (_, messages) => messages.filter(({ text }) => !/"t":\d*[02468],/.test(text)),
          answer: (_, url, reply) => (url.includes("/time") ? { ...reply, status: 418, body: "{}" } : reply),
        },
      })
      const { restEndpoint, truth, wsEndpoint } = simulator.venue("binance")
      expect(yield* Effect.flip(connect(`${wsEndpoint}/ws`))).toBe(503)
      expect((yield* get(`${restEndpoint}/api/v3/time`)).status).toBe(418)
      const client = yield* connect(`${wsEndpoint}/stream?streams=btcusdt@trade`)
      yield* until("twenty", () => client.messages.length > 20)
      const got = client.of("btcusdt@trade")
      expect(got.every(({ t }) => (t as number) % 2 === 1)).toBe(true)
      const whole = truth("btcusdt@trade", got[0]!["T"] - 1, got.at(-1)!["T"])
      expect(whole.length).toBeGreaterThan(got.length * 1.5)
      const [sent] = simulator.sent()
      expect(sent!.payloads).toEqual(expect.arrayContaining(whole.slice(2, -2)))
    }),
  )

  it.live("says what is wrong with its options, and that a port is in use", () =>
    Effect.gen(function* () {
      const taken = yield* Effect.acquireRelease(
        Effect.callback<{ port: number; close: () => void }>((resume) => {
          const server = createServer().listen(0, "127.0.0.1", () => {
            const { port } = server.address() as { port: number }
            resume(Effect.succeed({ port, close: () => server.close() }))
          })
        }),
        ({ close }) => Effect.sync(close),
      )
      const problem = (options: Parameters<typeof makeSimulator>[0]) =>
        Effect.map(Effect.flip(makeSimulator(options)), ({ message }) => message)
      expect(yield* problem({ port: taken.port, venues: ["binance"] })).toContain(
        `port ${taken.port} of 127.0.0.1 is in use`,
      )
      expect(yield* problem({ symbols: [] })).toContain("no symbols")
      expect(yield* problem({ symbols: ["FOO"] })).toContain(`cannot list "FOO"`)
      expect(yield* problem({ symbols: 1, rate: 1e9 })).toContain("rate 1000000000")
      expect(yield* problem({ rate: 0 })).toContain("rate 0")
      expect(yield* problem({ port: 70_000 })).toContain("port 70000")
    }),
  )

  it.live("two venues listen on neighbouring ports, and everything is closed with the scope", () =>
    Effect.gen(function* () {
      const port = 20_000 + (runSeed % 12_000)
      const origins = yield* Effect.scoped(
        Effect.map(makeSimulator({ port, symbols: 2 }), ({ venues }) =>
          venues.map(({ restEndpoint }) => restEndpoint),
        ),
      )
      expect(origins).toEqual([`http://127.0.0.1:${port}`, `http://127.0.0.1:${port + 1}`])
      expect(yield* Effect.flip(connect(`ws://127.0.0.1:${port}/ws`))).toBe(0)
    }),
  )
})

const expectContiguous = (client: Client, streams: ReadonlyArray<string>) => {
  for (const stream of streams) {
    const ids = client.of(stream).map(({ t }) => t as number)
    expect(ids.length).toBeGreaterThan(100)
    expect(ids.every((id, index) => id === ids[0]! + index)).toBe(true)
  }
}
