import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { connect, type Payload, until } from "../support/client.ts"
import { clientOf, dueOn, faulty, faultyClient, payloadsIn, struckClient } from "../support/faulty.ts"
import { runSeed } from "../support/markets.ts"

const trades = "btcusdt@trade"

describe(`faults of connections, as a client sees them (seed ${runSeed})`, () => {
  it.live("disconnect closes with its code those that stand at that time, and nobody who comes later", () =>
    Effect.gen(function* () {
      const simulator = yield* faulty()
      const clients = yield* Effect.forEach([1, 2, 3], () => clientOf(simulator, "trade"))
      yield* simulator.inject("disconnect:1012@100ms")
      yield* until("all to be closed", () => clients.every((client) => client.closed() !== undefined))
      for (const client of clients) expect(client.closed()!.code).toBe(1012)
      const later = yield* clientOf(simulator, "trade")
      yield* until("data", () => later.messages.length > 100)
      expect(later.closed()).toBeUndefined()
      const struck = simulator.faults().map(({ connection, kind }) => `${kind} ${connection}`)
      expect(struck.toSorted()).toEqual(["disconnect 1", "disconnect 2", "disconnect 3"])
      clients.forEach((client, index) => {
        const got = payloadsIn(client.messages, trades)
        expect(got).toEqual(dueOn(simulator, trades, index + 1))
      })
    }),
  )

  it.live("reset cuts without a close frame, after exactly so many messages, each connection anew", () =>
    Effect.gen(function* () {
      const simulator = yield* faulty("reset@*@trade/every=100/times=2")
      for (const number of [1, 2]) {
        const client = yield* clientOf(simulator, "trade")
        yield* until("the reset", () => client.closed() !== undefined)
        expect(client.closed()!.code).toBe(1006)
        expect(payloadsIn(client.messages, trades)).toEqual(dueOn(simulator, trades, number).slice(0, 100))
        expect(simulator.delivered({ connection: number })[0]!.messages).toBe(100)
      }
      const spared = yield* clientOf(simulator, "trade")
      yield* until("more than that", () => spared.messages.length > 300)
    }),
  )

  it.live("torn sends half of a frame, then resets", () =>
    Effect.gen(function* () {
      const { client, simulator } = yield* faultyClient("torn/every=50", "trade")
      yield* until("the cut", () => client.closed() !== undefined)
      expect(client.closed()!.code).toBe(1006)
      expect(payloadsIn(client.messages, trades)).toEqual(dueOn(simulator, trades).slice(0, 49))
      expect(simulator.faults()).toMatchObject([{ kind: "torn", payload: dueOn(simulator, trades)[49] }])
    }),
  )

  it.live("life cuts every connection at its own age", () =>
    Effect.gen(function* () {
      const simulator = yield* faulty("life:300ms")
      for (const _ of [1, 2]) {
        const client = yield* clientOf(simulator, "trade")
        yield* until("the cut", () => client.closed() !== undefined)
        expect(client.closed()!.code).toBe(1001)
        expect(client.messages.length).toBeGreaterThan(20)
      }
    }),
  )

  it.live(
    "shutdown says serverShutdown in the form of the connection, goes on, and cuts after its notice",
    () =>
      Effect.gen(function* () {
        const simulator = yield* faulty()
        const combined = yield* clientOf(simulator, "trade")
        const raw = yield* connect(`${simulator.venue("binance").wsEndpoint}/ws/${trades}`)
        yield* simulator.inject("shutdown:500ms@100ms")
        yield* until("both cuts", () => combined.closed() !== undefined && raw.closed() !== undefined)
        expect([combined.closed()!.code, raw.closed()!.code]).toEqual([1001, 1001])
        const said = combined.messages.findIndex((text) => text.startsWith(`{"stream":"!serverShutdown"`))
        expect(JSON.parse(combined.messages[said]!)).toMatchObject({
          stream: "!serverShutdown",
          data: { e: "serverShutdown", E: simulator.faults()[0]!.at },
        })
        expect(combined.messages.length - said).toBeGreaterThan(50)
        expect(raw.messages.filter((text) => text.startsWith(`{"e":"serverShutdown","E":`))).toHaveLength(1)
        expect(payloadsIn(combined.messages, trades)).toEqual(dueOn(simulator, trades))
      }),
  )

  it.live("stall keeps the connection open, answers it, sends no data, and what was due is lost", () =>
    Effect.gen(function* () {
      const { client, simulator } = yield* struckClient("stall@0s/for=4s", "trade")
      yield* until("the stall", () => simulator.faults().length > 0)
      yield* Effect.sleep(100)
      const before = client.messages.length
      let ponged = false
      client.ws.once("pong", () => (ponged = true))
      client.ws.ping()
      client.send({ method: "LIST_SUBSCRIPTIONS", id: 1 })
      yield* until("answers", () => ponged && client.messages.length > before)
      expect(client.messages.slice(before)).toEqual([`{"result":["${trades}"],"id":1}`])
      yield* until("data again", () => client.messages.length > before + 100)
      const [strike] = simulator.faults()
      const got = payloadsIn(client.messages, trades)
      const due = dueOn(simulator, trades)
      const came = new Set(got)
      const lost = due.slice(0, due.indexOf(got.at(-1)!)).filter((text) => !came.has(text))
      expect(strike!.messages).toBe(lost.length)
      expect(strike!.until! - strike!.at).toBeLessThanOrEqual(4000)
      const times = lost.map((text) => (JSON.parse(text) as Payload)["T"] as number)
      expect(times.every((time) => time <= strike!.until!)).toBe(true)
    }),
  )

  it.live(
    "a late stall sends everything afterwards, in order; a stall of one stream leaves the others alone",
    () =>
      Effect.gen(function* () {
        const { client, simulator } = yield* struckClient(
          `stall:late@0s@${trades}/for=4s`,
          "trade",
          "bookTicker",
        )
        yield* until("the stall", () => simulator.faults().length > 0)
        yield* Effect.sleep(100)
        const trading = payloadsIn(client.messages, trades).length
        const all = client.messages.length
        yield* until("best prices", () => client.messages.length > all + 100)
        expect(payloadsIn(client.messages, trades).length).toBe(trading)
        yield* until("the trades", () => payloadsIn(client.messages, trades).length > trading + 800)
        const got = payloadsIn(client.messages, trades)
        expect(got).toEqual(dueOn(simulator, trades).slice(0, got.length))
        expect(simulator.faults()[0]!.messages).toBeGreaterThan(100)
      }),
  )

  it.live("half-open: nothing is answered, not even a close; when it ends, a reset", () =>
    Effect.gen(function* () {
      const { client, simulator } = yield* struckClient("half-open@0s/for=4s", "trade")
      yield* until("the fault", () => simulator.faults().length > 0)
      yield* Effect.sleep(100)
      const before = client.messages.length
      let ponged = false
      client.ws.once("pong", () => (ponged = true))
      client.ws.ping()
      client.send({ method: "LIST_SUBSCRIPTIONS", id: 1 })
      client.ws.close(1000)
      yield* Effect.sleep(300)
      expect([ponged, client.messages.length, client.closed()]).toEqual([false, before, undefined])
      yield* until("the reset", () => client.closed() !== undefined)
      expect(client.closed()!.code).toBe(1006)
    }),
  )

  it.live("slow lets so many bytes a second through, frames whole in the end, and nothing is lost", () =>
    Effect.gen(function* () {
      const { client, simulator } = yield* struckClient("slow:2000@0s/for=3s", "trade")
      yield* until("the brake", () => simulator.faults().length > 0)
      yield* Effect.sleep(50)
      const bytes = () => client.messages.reduce((sum, text) => sum + text.length + 4, 0)
      const [start, began] = [bytes(), simulator.now()]
      yield* Effect.sleep(700)
      const seconds = (simulator.now() - began) / 1000
      expect(bytes() - start).toBeLessThan(2000 * (seconds + 1.2))
      expect(bytes() - start).toBeGreaterThan(200)
      client.ws.ping()
      yield* until("everything", () => client.messages.length > 1500)
      const got = payloadsIn(client.messages, trades)
      expect(got).toEqual(dueOn(simulator, trades).slice(0, got.length))
      expect(client.closed()).toBeUndefined()
    }),
  )

  it.live("ack-only acknowledges a stream that then never comes, until it is subscribed to anew", () =>
    Effect.gen(function* () {
      const simulator = yield* faulty(`ack-only@${trades}/times=1`)
      const client = yield* connect(`${simulator.venue("binance").wsEndpoint}/stream`)
      client.send({ method: "SUBSCRIBE", params: [trades, "btcusdt@bookTicker"], id: 1 })
      yield* until("best prices", () => client.messages.length > 200)
      expect(client.messages[0]).toBe(`{"result":null,"id":1}`)
      expect(payloadsIn(client.messages, trades)).toEqual([])
      expect(simulator.faults()).toMatchObject([{ kind: "ack-only", stream: trades, connection: 1 }])
      client.send({ method: "UNSUBSCRIBE", params: [trades], id: 2 })
      client.send({ method: "SUBSCRIBE", params: [trades], id: 3 })
      yield* until("trades", () => payloadsIn(client.messages, trades).length > 0)
    }),
  )

  it.live("faults injected later count from then, and strike a share of the connections by probability", () =>
    Effect.gen(function* () {
      const simulator = yield* faulty()
      const clients = yield* Effect.forEach(Array.from({ length: 40 }), () => clientOf(simulator, "kline_1m"))
      expect(simulator.faults()).toEqual([])
      yield* simulator.inject("reset@50ms/p=0.5")
      yield* until("resets", () => simulator.faults().length > 0)
      // The moment may come amid a round: once the last connection has data, all before it were asked.
      const last = yield* clientOf(simulator, "trade")
      yield* until("data", () => last.messages.length > 0)
      const struck = simulator.faults().map(({ connection }) => connection! - 1)
      yield* until("all of them", () => struck.every((index) => clients[index]!.closed() !== undefined))
      const closed = clients.filter((client) => client.closed() !== undefined).length
      expect(closed).toBe(struck.length)
      expect(closed).toBeGreaterThan(5)
      expect(closed).toBeLessThan(35)
      const error = yield* Effect.flip(simulator.inject("reset@50"))
      expect(error.message).toContain("write 50s or 50ms")
    }),
  )
})
