import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { garbageKinds } from "../../../../src/simulator/index.ts"
import { connect, type Payload, until } from "../support/client.ts"
import {
  clientOf,
  deliveredOn,
  dueOn,
  faulty,
  faultyClient,
  payloadsAfter,
  payloadsIn,
  struckClient,
} from "../support/faulty.ts"
import { runSeed } from "../support/markets.ts"

const trades = "btcusdt@trade"
const depth = "btcusdt@depth@100ms"

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe(`faults of messages, as a client sees them (seed ${runSeed})`, () => {
  it.live("drop leaves out so many at each nth, of the stream it names alone, and writes down which", () =>
    Effect.gen(function* () {
      const { client, simulator } = yield* faultyClient(`drop:3@${trades}/every=50`, "trade", "bookTicker")
      const got = yield* payloadsAfter(client, trades, 800)
      const due = dueOn(simulator, trades)
      const left = due.filter((_, index) => index < 49 || (index + 1) % 50 > 2)
      expect(got.length).toBeGreaterThan(100)
      expect(got).toEqual(left.slice(0, got.length))
      const dropped = simulator.faults({ kind: "drop" }).map(({ payload }) => payload)
      const kept = new Set(left)
      expect(dropped).toEqual(due.filter((text) => !kept.has(text)).slice(0, dropped.length))
      expect(simulator.faultTotals()).toEqual({ drop: dropped.length })
      const tickers = payloadsIn(client.messages, "btcusdt@bookTicker")
      expect(tickers).toEqual(dueOn(simulator, "btcusdt@bookTicker").slice(0, tickers.length))
      const all = payloadsIn(client.messages, trades)
      expect(deliveredOn(simulator, trades).slice(0, all.length)).toEqual(all)
    }),
  )

  it.live("a time at which nothing came that it could strike is none of its times", () =>
    Effect.gen(function* () {
      const klines = "btcusdt@kline_1m"
      const { client, simulator } = yield* faultyClient(`drop@${klines}/every=100ms/times=2`, "kline_1m")
      yield* until("both to be struck", () => simulator.faultTotals().drop === 2)
      yield* payloadsAfter(client, klines, 1)
      expect(simulator.faultTotals()).toEqual({ drop: 2 })
    }),
  )

  it.live("drop in a window leaves out everything in it; by a probability about that share", () =>
    Effect.gen(function* () {
      const { simulator } = yield* struckClient(
        `drop@200ms/for=1s,drop@btcusdt@bookTicker/p=0.1`,
        "trade",
        "bookTicker",
      )
      const opened = simulator.now()
      yield* until("the window to be over", () => simulator.now() > opened + 1500)
      const inWindow = simulator.faults().filter(({ fault }) => fault.startsWith("drop@200ms"))
      const times = inWindow.map(({ at }) => at)
      expect(times.length).toBeGreaterThan(50)
      expect(Math.max(...times) - Math.min(...times)).toBeLessThan(1000)
      const tickers = "btcusdt@bookTicker"
      const missed = inWindow.filter(({ stream }) => stream === tickers).length
      const byChance = simulator.faults({ stream: tickers }).length - missed
      const offered = dueOn(simulator, tickers).length - missed
      expect(byChance).toBeGreaterThan(offered * 0.05)
      expect(byChance).toBeLessThan(offered * 0.2)
      expect(
        deliveredOn(simulator, trades).length + inWindow.filter(({ stream }) => stream === trades).length,
      ).toBe(dueOn(simulator, trades).length)
    }),
  )

  it.live("at a time one run is struck, on each connection that stands then; by age on each", () =>
    Effect.gen(function* () {
      const simulator = yield* faulty("drop:2/age=0s")
      const early = yield* clientOf(simulator, "trade")
      yield* until("data", () => early.messages.length > 20)
      yield* simulator.inject("drop:5@0s")
      yield* until("the drops", () => simulator.faults().length === 7)
      const late = yield* clientOf(simulator, "trade")
      yield* until("more data", () => late.messages.length > 100)
      const struck = (connection: number) => simulator.faults({ connection }).map(({ payload }) => payload)
      const due = dueOn(simulator, trades, 1)
      const at = due.indexOf(struck(1)[2]!)
      expect(struck(1)).toEqual([...due.slice(0, 2), ...due.slice(at, at + 5)])
      expect(struck(2)).toEqual(dueOn(simulator, trades, 2).slice(0, 2))
    }),
  )

  it.live("duplicate sends copies right behind", () =>
    Effect.gen(function* () {
      const { client, simulator } = yield* faultyClient(`duplicate:2/every=10`, "trade")
      const got = yield* payloadsAfter(client, trades, 400)
      const due = dueOn(simulator, trades)
      const expected = due.flatMap((text, index) => ((index + 1) % 10 === 0 ? [text, text, text] : [text]))
      expect(got).toEqual(expected.slice(0, got.length))
    }),
  )

  it.live("reorder lets neighbours of one stream change places, always, and loses none", () =>
    Effect.gen(function* () {
      const { client, simulator } = yield* faultyClient(`reorder:4@${trades}/every=20`, "trade", "bookTicker")
      yield* payloadsAfter(client, trades, 1200)
      const strikes = simulator.faults()
      const got = payloadsIn(client.messages, trades)
      const due = dueOn(simulator, trades).slice(0, got.length)
      expect(strikes.length).toBeGreaterThan(5)
      const whole = got.slice(0, -4)
      expect(whole).not.toEqual(due.slice(0, -4))
      expect(new Set(whole).size).toBe(whole.length)
      const moved = whole.flatMap((text, index) => (text === due[index] ? [] : [index]))
      // The 20th of each twenty begins a group of four.
      expect(moved.every((index) => [19, 0, 1, 2].includes(index % 20))).toBe(true)
      for (const { payload } of strikes.slice(0, -1)) {
        const at = due.indexOf(payload!)
        expect(got.slice(at, at + 4)).not.toEqual(due.slice(at, at + 4))
        expect(got.slice(at, at + 4).toSorted()).toEqual(due.slice(at, at + 4).toSorted())
      }
      const tickers = payloadsIn(client.messages, "btcusdt@bookTicker")
      expect(tickers).toEqual(dueOn(simulator, "btcusdt@bookTicker").slice(0, tickers.length))
    }),
  )

  it.live("garbage comes between good messages and costs none of them; malformed comes in their place", () =>
    Effect.gen(function* () {
      const simulator = yield* faulty(`garbage/every=5/connection=1,malformed/every=5/connection=2`)
      const beside = yield* clientOf(simulator, "trade")
      const instead = yield* clientOf(simulator, "trade")
      yield* until("both", () => beside.messages.length > 600 && instead.messages.length > 600)
      const [first, second] = [beside, instead].map(({ messages }) => [...messages]) as [string[], string[]]
      const due = dueOn(simulator, trades, 1)
      const wanted = new Set(due)
      const good = payloadsIn(first, trades).filter((text) => wanted.has(text))
      expect(good).toEqual(due.slice(0, good.length))
      expect(first.length - good.length).toBeGreaterThanOrEqual(Math.floor(good.length / 5) - 1)
      const other = dueOn(simulator, trades, 2)
      const others = new Set(other)
      const left = payloadsIn(second, trades).filter((text) => others.has(text))
      expect(left).toEqual(other.filter((_, index) => (index + 1) % 5 > 0).slice(0, left.length))
      expect(simulator.faults({ kind: "malformed" }).every(({ payload }) => others.has(payload!))).toBe(true)
      for (const client of [beside, instead]) expect(client.closed()).toBeUndefined()
    }),
  )

  it.live("every kind of garbage is what its name says, and none is a message of its stream", () =>
    Effect.gen(function* () {
      const kinds = garbageKinds.filter((kind) => kind !== "frame")
      const simulator = yield* faulty(
        kinds.map((kind, index) => `garbage:${kind}/every=1/connection=${index + 1}`).join(","),
      )
      const seen = new Map<string, { text: string; binary: boolean }>()
      for (const kind of kinds) {
        const client = yield* connect(`${simulator.venue("binance").wsEndpoint}/stream?streams=${depth}`, {
          skipUTF8Validation: true,
        })
        const got: Array<{ text: string; binary: boolean }> = []
        client.ws.on("message", (data: Buffer, binary: boolean) => {
          got.push({ text: data.toString("latin1"), binary })
        })
        yield* until(`garbage of the kind ${kind}`, () => got.length >= 4)
        const due = dueOn(simulator, depth, seen.size + 1)
        const good = due.map((payload) => `{"stream":"${depth}","data":${payload}}`)
        const other = got.filter(({ text }) => !good.includes(text))
        expect([kind, other.length]).toEqual([kind, Math.floor(got.length / 2)])
        seen.set(kind, other[0]!)
      }
      const parsed = (kind: string) => JSON.parse(seen.get(kind)!.text) as Payload
      expect(isJson(seen.get("cut")!.text)).toBe(false)
      expect(seen.get("cut")!.text).toMatch(/^\{/)
      expect(seen.get("empty")!.text).toBe("")
      expect(isJson(seen.get("text")!.text)).toBe(false)
      expect(isJson(seen.get("json")!.text)).toBe(true)
      expect(seen.get("binary")!.binary).toBe(true)
      expect(seen.get("utf8")!.text).toContain("\xc3\x28")
      expect(parsed("event")["data"]).toEqual({ e: "surprise" })
      expect(parsed("stream")["stream"]).toBe("nobody@mystery")
      expect(parsed("symbol")["data"].s).toBe("NOBODYUSDT")
      expect(JSON.stringify(parsed("levels"))).toContain(`[["1"],[2,3],"4"]`)
      expect(seen.get("missing")!.text).toContain("was here")
      expect(seen.get("nested")!.text).toMatch(/^\[{1000}/)
    }),
  )

  it.live("a broken frame is one that no client may take", () =>
    Effect.gen(function* () {
      const { client } = yield* faultyClient("garbage:frame/every=100/times=1", "trade")
      yield* until("the client to give up", () => client.closed() !== undefined)
      expect(client.messages.length).toBeGreaterThanOrEqual(100)
      expect(client.closed()!.code).toBe(1006)
    }),
  )

  it.live("oversize sends one valid message of that size besides", () =>
    Effect.gen(function* () {
      const { client, simulator } = yield* faultyClient("oversize:5MiB/every=20/times=1", "trade")
      yield* until("more", () => client.messages.length > 60)
      const sizes = client.messages.map((text) => text.length)
      expect(sizes.filter((size) => size > 10_000)).toEqual([5 * 1024 * 1024])
      const got = payloadsIn(client.messages, trades).filter((text) => text.length < 10_000)
      expect(got).toEqual(dueOn(simulator, trades).slice(0, got.length))
    }),
  )

  it.live("skew moves event times alone, while it lasts", () =>
    Effect.gen(function* () {
      const { client, simulator } = yield* faultyClient(
        "skew:-1h/connection=1",
        "trade",
        "kline_1s",
        "depth@100ms",
      )
      yield* until("all streams", () =>
        [trades, "btcusdt@kline_1s", depth].every((stream) => payloadsIn(client.messages, stream).length > 0),
      )
      const due = (word: string) =>
        dueOn(simulator, `btcusdt@${word}`).map((text) => JSON.parse(text) as Payload)
      // Of those that came until now: more come all the while.
      const traded = due("trade")
      client.of(trades).forEach((trade, index) => {
        const { E, T, ...rest } = trade
        const expected = traded[index]!
        expect([E, T]).toEqual([expected["E"] - 3_600_000, expected["T"] - 3_600_000])
        expect({ ...expected, ...rest }).toEqual(expected)
      })
      const [kline] = client.of("btcusdt@kline_1s")
      expect(kline!["k"]).toEqual(due("kline_1s")[0]!["k"])
      expect(kline!["E"]).toBe(due("kline_1s")[0]!["E"] - 3_600_000)
      expect(simulator.faults()).toMatchObject([{ kind: "skew", connection: 1 }])
      expect(simulator.faults()[0]!.messages).toBeGreaterThan(10)
    }),
  )
})
