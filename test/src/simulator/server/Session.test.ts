import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeSimulator } from "../../../../src/simulator/index.ts"
import { connect, until } from "../support/client.ts"

const symbols = ["BTC-USDT", "ETH-USDT"]

describe("a connection to the simulator", () => {
  it.live("acknowledges subscribe, list and unsubscribe as the exchange does, and sends nothing after", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols, rate: 200, venues: ["binance"] })
      const client = yield* connect(`${simulator.venue("binance").wsEndpoint}/stream`)
      client.send({ method: "SUBSCRIBE", params: ["btcusdt@bookTicker", "ethusdt@trade"], id: 1 })
      yield* until(
        "both streams",
        () => client.of("btcusdt@bookTicker").length > 2 && client.of("ethusdt@trade").length > 2,
      )
      expect(client.messages[0]).toBe(`{"result":null,"id":1}`)
      client.send({ method: "LIST_SUBSCRIPTIONS", id: "list" })
      client.send({ method: "UNSUBSCRIBE", params: ["btcusdt@bookTicker"], id: 3 })
      yield* until("the third answer", () => client.messages.includes(`{"result":null,"id":3}`))
      expect(client.messages).toContain(`{"result":["btcusdt@bookTicker","ethusdt@trade"],"id":"list"}`)
      const after = client.messages.length
      yield* until("more trades", () => client.messages.length > after + 10)
      expect(client.messages.slice(client.messages.indexOf(`{"result":null,"id":3}`)).join()).not.toContain(
        "bookTicker",
      )
      expect(simulator.venue("binance").stats()).toMatchObject({ connections: 1, subscriptions: 1 })
    }),
  )

  it.live("/ws sends bare payloads, and frames are wrapped from SET_PROPERTY on", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols, rate: 200, venues: ["binance"] })
      const client = yield* connect(`${simulator.venue("binance").wsEndpoint}/ws/btcusdt@trade`)
      yield* until("a trade", () => client.messages.length > 0)
      expect(JSON.parse(client.messages[0]!)).toMatchObject({ e: "trade", s: "BTCUSDT" })
      client.send({ method: "GET_PROPERTY", params: ["combined"], id: 1 })
      client.send({ method: "SET_PROPERTY", params: ["combined", true], id: 2 })
      yield* until("wrapped trades", () =>
        client.messages.some((text) => text.startsWith(`{"stream":"btcusdt@trade"`)),
      )
      expect(client.messages).toContain(`{"result":false,"id":1}`)
    }),
  )

  it.live("answers what it cannot read with the exchange's codes, and goes on", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({
        symbols,
        venues: ["binance", "binance-usdm"],
        limits: { messagesPerSecond: 100 },
      })
      const spot = yield* connect(`${simulator.venue("binance").wsEndpoint}/ws`)
      const usdm = yield* connect(`${simulator.venue("binance-usdm").wsEndpoint}/market/ws`)
      const asked: ReadonlyArray<readonly [string, number, string]> = [
        ["not json", 3, "Invalid JSON"],
        [`{"method":"SUBSCRIBE","params":["no stream"],"id":1}`, 2, "invalid stream"],
        [`{"method":"SUBSCRIBE","params":"btcusdt@trade","id":1}`, 2, "invalid stream"],
        [`{"method":"JUMP","id":1}`, 2, "unknown variant `JUMP`"],
        [`{"params":[],"id":1}`, 2, "missing field `method`"],
        [`{"method":"GET_PROPERTY","params":["colour"],"id":1}`, 0, "Unknown property"],
        [`{"method":"SET_PROPERTY","params":["combined","yes"],"id":1}`, 1, "expected Boolean"],
      ]
      for (const [text] of asked) spot.send(text)
      usdm.send(`{"method":"SUBSCRIBE","params":["btcusdt@aggTrade"],"id":"text"}`)
      yield* until("all answers", () => spot.messages.length === asked.length && usdm.messages.length === 1)
      spot.messages.forEach((text, index) => {
        const { error } = JSON.parse(text) as { error: { code: number; msg: string } }
        expect(error.code).toBe(asked[index]![1])
        expect(error.msg).toContain(asked[index]![2])
      })
      expect(usdm.messages[0]).toContain("request ID must be an unsigned integer")
      expect(spot.closed()).toBeUndefined()
    }),
  )

  it.live(
    "USD-M: a stream on the wrong route is acknowledged and stays silent; without a route only public ones come",
    () =>
      Effect.gen(function* () {
        const simulator = yield* makeSimulator({ symbols, rate: 400, venues: ["binance-usdm"] })
        const { wsEndpoint } = simulator.venue("binance-usdm")
        const streams = [
          "trade",
          "bookTicker",
          "depth@100ms",
          "depth5",
          "aggTrade",
          "kline_1m",
          "ticker",
        ].map((word) => `btcusdt@${word}`)
        const open = streams.slice(0, 4)
        const carried = { public: open, market: streams.slice(4), private: [], "": open }
        for (const [route, expected] of Object.entries(carried)) {
          const client = yield* connect(`${wsEndpoint}${route === "" ? "" : `/${route}`}/stream`)
          client.send({ method: "SUBSCRIBE", params: streams, id: 7 })
          yield* until("the acknowledgement", () => client.messages[0] === `{"result":null,"id":7}`)
          yield* until(`the streams of "${route}"`, () =>
            expected.every((stream) => client.of(stream).length > 0),
          )
          yield* Effect.sleep(300)
          const seen = new Set(
            client.messages.slice(1).map((text) => (JSON.parse(text) as { stream: string }).stream),
          )
          expect([...seen].toSorted()).toEqual([...expected].toSorted())
        }
      }),
  )

  it.live("acknowledges an unknown symbol, an upper-case name and an unknown kind, and stays silent", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols, rate: 400, venues: ["binance"] })
      const client = yield* connect(`${simulator.venue("binance").wsEndpoint}/ws`)
      client.send({ method: "SUBSCRIBE", params: ["nousdt@trade", "BTCUSDT@trade", "btcusdt@colour"], id: 1 })
      yield* until("the acknowledgement", () => client.messages.length > 0)
      yield* Effect.sleep(300)
      expect(client.messages).toEqual([`{"result":null,"id":1}`])
    }),
  )

  it.live("one message more than allowed in a second cuts the connection", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols, venues: ["binance"] })
      const { wsEndpoint } = simulator.venue("binance")
      const good = yield* connect(`${wsEndpoint}/ws`)
      const bad = yield* connect(`${wsEndpoint}/ws`)
      for (let id = 1; id <= 5; id++) good.send({ method: "LIST_SUBSCRIPTIONS", id })
      for (let id = 1; id <= 5; id++) bad.send({ method: "LIST_SUBSCRIPTIONS", id })
      bad.ws.ping()
      yield* until("the cut", () => bad.closed() !== undefined)
      expect(bad.closed()).toEqual({ code: 1008, reason: "Too many requests" })
      yield* until("five answers", () => good.messages.length === 5)
      expect(good.closed()).toBeUndefined()
    }),
  )

  it.live("holds no more streams than allowed, asked for in the path or later", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({
        symbols,
        venues: ["binance"],
        limits: { streamsPerConnection: 2 },
      })
      const { wsEndpoint } = simulator.venue("binance")
      const client = yield* connect(`${wsEndpoint}/stream?streams=btcusdt@trade/ethusdt@trade`)
      client.send({ method: "SUBSCRIBE", params: ["btcusdt@trade"], id: 1 })
      client.send({ method: "SUBSCRIBE", params: ["btcusdt@bookTicker"], id: 2 })
      yield* until("the refusal", () => client.messages.some((text) => text.includes("too many parameters")))
      expect(client.messages).toContain(`{"result":null,"id":1}`)
      const greedy = yield* connect(`${wsEndpoint}/stream?streams=a@trade/b@trade/c@trade`)
      yield* until("the cut", () => greedy.closed()?.code === 1008)
    }),
  )

  it.live("refuses handshakes above the limit with 429, and unknown paths with 404", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols, venues: ["binance"], limits: { attempts: 3 } })
      const { stats, wsEndpoint } = simulator.venue("binance")
      yield* connect(`${wsEndpoint}/ws`)
      expect(yield* Effect.flip(connect(`${wsEndpoint}/nowhere`))).toBe(404)
      yield* connect(`${wsEndpoint}/ws`)
      expect(yield* Effect.flip(connect(`${wsEndpoint}/ws`))).toBe(429)
      expect(stats()).toMatchObject({ attempts: 4, refusals: 2, connections: 2 })
    }),
  )

  it.live(
    "pings with a payload, keeps who answers, cuts who does not, and ends every connection at its age",
    () =>
      Effect.gen(function* () {
        const simulator = yield* makeSimulator({
          symbols,
          venues: ["binance"],
          // Who answers does so within seconds, even where the machine stands still.
          limits: { pingMillis: 50, pongMillis: 3000, lifeMillis: 9000, messagesPerSecond: 1000 },
        })
        const { wsEndpoint } = simulator.venue("binance")
        const polite = yield* connect(`${wsEndpoint}/ws`)
        const silent = yield* connect(`${wsEndpoint}/ws`, { autoPong: false })
        const wrong = yield* connect(`${wsEndpoint}/ws`, { autoPong: false })
        const payloads: Array<string> = []
        polite.ws.on("ping", (payload: Buffer) => payloads.push(payload.toString()))
        wrong.ws.on("ping", () => wrong.ws.pong("something else"))
        yield* until("both cuts", () => silent.closed() !== undefined && wrong.closed() !== undefined)
        expect(polite.closed()).toBeUndefined()
        expect(new Set(payloads).size).toBeGreaterThan(2)
        yield* until("the end of its life", () => polite.closed()?.code === 1001)
      }),
  )
})
