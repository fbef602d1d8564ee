import { describe, expect, it } from "@effect/vitest"
import { Decimal } from "decimal.js"
import { Effect } from "effect"
import { makeSimulator } from "../../../../src/simulator/index.ts"
import type { Payload } from "../support/client.ts"
import { random, runSeed, someTime } from "../support/markets.ts"

const Exact = Decimal.clone({ precision: 60 })
const sum = (values: ReadonlyArray<Decimal>) =>
  values.reduce((total, value) => total.plus(value), new Exact(0))

const parsed = (texts: ReadonlyArray<string>) => texts.map((text) => JSON.parse(text) as Payload)

/** What a kline or a ticker must say of these trade messages. */
const aggregate = (trades: ReadonlyArray<Payload>) => {
  const prices = trades.map(({ p }) => new Exact(p as string))
  const quantities = trades.map(({ q }) => new Exact(q as string))
  const bought = trades.flatMap(({ m }, index) => (m === true ? [] : [index]))
  const quotes = prices.map((price, index) => price.times(quantities[index]!))
  return {
    open: prices[0]!.toFixed(),
    close: prices.at(-1)!.toFixed(),
    high: Exact.max(...prices).toFixed(),
    low: Exact.min(...prices).toFixed(),
    volume: sum(quantities).toFixed(),
    quote: sum(quotes).toFixed(),
    buyVolume: sum(bought.map((index) => quantities[index]!)).toFixed(),
    buyQuote: sum(bought.map((index) => quotes[index]!)).toFixed(),
    count: trades.length,
    first: trades[0]!["t"] as number,
    last: trades.at(-1)!["t"] as number,
  }
}

const plain = (value: unknown) => new Exact(value as string).toFixed()

describe(`streams agree with each other, in their own text (seed ${runSeed})`, () => {
  it.live("a closed kline is exactly the trades of its minute, and open ones those so far", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ seed: runSeed, symbols: ["BTC-USDT", "ETH-BTC"], rate: 60 })
      for (const { symbols, truth } of simulator.venues)
        for (const native of symbols) {
          const minute = Math.floor(someTime() / 60_000) * 60_000
          const klines = parsed(truth(`${native.toLowerCase()}@kline_1m`, minute, minute + 60_000))
          expect(klines.filter(({ k }) => k.x as boolean)).toHaveLength(1)
          expect(klines.at(-1)!["k"]).toMatchObject({ t: minute, T: minute + 59_999, x: true })
          for (const { E, k } of [klines.at(-1)!, klines[random(klines.length)]!]) {
            const trades = parsed(truth(`${native.toLowerCase()}@trade`, minute - 1, (E as number) - 1))
            expect({
              open: plain(k.o),
              close: plain(k.c),
              high: plain(k.h),
              low: plain(k.l),
              volume: plain(k.v),
              quote: plain(k.q),
              buyVolume: plain(k.V),
              buyQuote: plain(k.Q),
              count: k.n,
              first: k.f,
              last: k.L,
            }).toEqual(aggregate(trades))
          }
        }
    }),
  )

  it.live("a ticker is exactly the trades of the 24 hours before it", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ seed: runSeed, symbols: ["ETH-USDT"], rate: 1 })
      for (const { truth, venue } of simulator.venues) {
        const time = someTime()
        const [ticker] = parsed(truth("ethusdt@ticker", time, time + 2000))
        const { C, F, L, O, c, h, l, n, o, p, q, v, w } = ticker!
        const trades = parsed(truth("ethusdt@trade", (O as number) - 1, (C as number) - 1))
        const of = aggregate(trades)
        expect({
          open: plain(o),
          close: plain(c),
          high: plain(h),
          low: plain(l),
          volume: plain(v),
          quote: plain(q),
          count: n,
          first: F,
          last: L,
        }).toEqual({
          open: of.open,
          close: of.close,
          high: of.high,
          low: of.low,
          volume: of.volume,
          quote: of.quote,
          count: of.count,
          first: of.first,
          last: of.last,
        })
        expect(C - O).toBe(86_400_000)
        expect(plain(p)).toBe(new Exact(of.close).minus(of.open).toFixed())
        const decimals = (w as string).split(".")[1]!.length
        expect(w).toBe(new Exact(of.quote).div(of.volume).toFixed(decimals, Decimal.ROUND_DOWN))
        if (venue === "binance") {
          const [before] = parsed(truth("ethusdt@trade", O - 60_000, O - 1)).slice(-1)
          expect(ticker!["x"]).toBe(before!["p"])
        }
      }
    }),
  )

  it.live("a stream is the same however its time is cut", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ seed: runSeed, symbols: ["ETH-USDT"], rate: 100 })
      const words = [
        "trade",
        "aggTrade",
        "bookTicker",
        "depth@100ms",
        "depth",
        "depth5",
        "kline_1m",
        "ticker",
      ]
      for (const { truth } of simulator.venues)
        for (const word of words) {
          const stream = `ethusdt@${word}`
          const from = someTime()
          const to = from + 70_000
          const pieces: Array<string> = []
          for (let at = from; at < to;) {
            const next = Math.min(to, at + 1 + random(900))
            pieces.push(...truth(stream, at, next))
            at = next
          }
          expect(pieces.length).toBeGreaterThan(0)
          expect(pieces).toEqual(truth(stream, from, to))
        }
    }),
  )

  it.live("the best prices are those of the book, the partial books its first levels, trades at them", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ seed: runSeed, symbols: ["SOL-USDT"], rate: 50 })
      for (const { truth } of simulator.venues) {
        const from = someTime()
        const to = from + 20_000
        const best = new Map(
          parsed(truth("solusdt@bookTicker", from, to)).map((each) => [each["u"] as number, each]),
        )
        const partial = parsed(truth("solusdt@depth5@100ms", from, to))
        let compared = 0
        for (const book of partial) {
          const ticker = best.get((book["lastUpdateId"] ?? book["u"]) as number)
          if (ticker === undefined) continue
          compared++
          expect([ticker["b"], ticker["B"]]).toEqual((book["bids"] ?? book["b"])[0])
          expect([ticker["a"], ticker["A"]]).toEqual((book["asks"] ?? book["a"])[0])
        }
        expect(compared).toBeGreaterThan(50)
      }
    }),
  )
})
