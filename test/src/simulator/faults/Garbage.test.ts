import { describe, expect, it } from "@effect/vitest"
import { garbageKinds } from "../../../../src/simulator/index.ts"
import { garbageLike } from "../../../../src/simulator/faults/Garbage.ts"
import { makeExchange } from "../../../../src/simulator/server/Exchange.ts"
import { wrap } from "../../../../src/simulator/venues/BinanceDialogue.ts"
import { protocols } from "../../../../src/simulator/venues/index.ts"
import { decodeOne, makeCounting } from "../../../support/binanceDecoders.ts"
import { random, runSeed, someTime } from "../support/markets.ts"

const words = ["trade", "aggTrade", "bookTicker", "ticker", "kline_1m", "depth@100ms", "depth5@100ms"]

describe(`garbage (seed ${runSeed})`, () => {
  it("is refused by a decoder, whatever message it is like", () => {
    const from = someTime()
    for (const venue of ["binance", "binance-usdm"] as const) {
      const protocol = protocols.get(venue)!
      const exchange = makeExchange(protocol, {
        seed: runSeed,
        symbols: ["BTC-USDT"],
        rate: 200,
        limits: protocol.limits,
      })
      const { decode } = makeCounting(venue)
      for (const stream of words.map((word) => `btcusdt@${word}`)) {
        const feed = ["public", "market"]
          .map((name) => exchange.feed(stream, { name, combined: true, streams: [] }))
          .find((each) => each !== undefined)!
        const payloads = feed.between(from, from + 30_000).slice(0, 10)
        expect(payloads.length).toBeGreaterThan(3)
        for (const text of payloads) {
          expect(decodeOne(decode, wrap(stream, text)).records).toHaveLength(1)
          for (const kind of garbageKinds.filter((each) => each !== "frame" && each !== "nested"))
            for (let i = 0; i < 10; i++) {
              const seed = random(1e9)
              const made = garbageLike({ stream, text }, kind, seed)
              expect(garbageLike({ stream, text }, kind, seed)).toEqual(made)
              const frame = made.form === undefined ? wrap(stream, made.text) : made.text
              const { records, rejects } = decodeOne(decode, Buffer.from(frame, "latin1"))
              expect([venue, stream, kind, frame.slice(0, 500), records.length, rejects.length]).toEqual([
                venue,
                stream,
                kind,
                frame.slice(0, 500),
                0,
                1,
              ])
            }
        }
      }
    }
  })
})
