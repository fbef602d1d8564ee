import { describe, expect, it } from "@effect/vitest"
import { makeBinanceUsdm } from "../../../../src/exchanges/binance-usdm/index.ts"
import { decodeFrame, outcomeOf, published, streamOf } from "../../../contract/venue/Support.ts"

const frame = (name: string, data: object): string => JSON.stringify({ stream: name, data })

const mark = {
  e: "markPriceUpdate",
  E: 1569888003001,
  s: "BTCUSDT",
  p: "8291.34697815",
  i: "8290.98",
  P: "8291.1",
  r: "-0.00010000",
  T: 1569916800000,
}

const asking = (...dataTypes: ReadonlyArray<string>) => {
  const venue = makeBinanceUsdm()
  const streams = dataTypes.map((dataType) => streamOf(venue, { symbol: "BTC-USDT-PERP", dataType }))
  return { venue, streams }
}

describe("a mark price", () => {
  it("carries what was asked for of it, by one subscription", () => {
    const { streams, venue } = asking("mark_price", "funding", "index_price")
    const { records } = decodeFrame(venue, frame("btcusdt@markPrice@1s", mark))
    expect(records.map(({ stream }) => stream)).toEqual(streams)
    expect(published(records).map(({ data }) => data)).toEqual([
      { price: "8291.34697815" },
      {
        rate: "-0.00010000",
        nextFundingTime: 1569916800000,
        markPrice: "8291.34697815",
        indexPrice: "8290.98",
      },
      { price: "8290.98" },
    ])
    expect(venue.subscribe(streams, 1)).toBe(
      '{"method":"SUBSCRIBE","params":["btcusdt@markPrice@1s"],"id":1}',
    )
    expect(new Set(streams.map((stream) => venue.subscriptionOf!(stream))).size).toBe(1)
  })

  it("carries nothing else, and itself where nothing was asked for", () => {
    const { streams, venue } = asking("funding")
    const named = (each: typeof venue) =>
      decodeFrame(each, frame("btcusdt@markPrice@1s", mark)).records.map(({ stream }) => stream.key)
    expect(named(venue)).toEqual([streams[0]!.key])
    expect(named(makeBinanceUsdm())).toEqual(["binance-usdm:mark_price:BTC-USDT-PERP"])
  })

  it("that is wrong is one reject, however many it was for", () => {
    const { venue } = asking("mark_price", "funding", "index_price")
    for (const change of [{ p: "x" }, { i: 1 }, { r: "0.1e" }, { T: -1 }, { s: "ETHUSDT" }, { e: "trade" }])
      expect(outcomeOf(decodeFrame(venue, frame("btcusdt@markPrice@1s", { ...mark, ...change })))).toBe(
        "reject",
      )
  })
})

describe("a liquidation", () => {
  it("is an order, on the market's route", () => {
    const { streams, venue } = asking("liquidation")
    const order = {
      s: "BTCUSDT",
      S: "BUY",
      o: "LIMIT",
      f: "IOC",
      q: "0.014",
      p: "4793.91",
      ap: "4706.04",
      X: "FILLED",
      l: "0.015",
      z: "0.014",
      T: 1568014460892,
    }
    const data = { e: "forceOrder", E: 1568014460893, o: order }
    const { records } = decodeFrame(venue, frame("btcusdt@forceOrder", data))
    expect(streams[0]!.route).toBe("market")
    expect(published(records)).toMatchObject([
      {
        id: "binance:BTC-USDT-PERP:liquidation:1568014460892:buy:4793.91:0.014",
        timestamp: 1568014460893,
        data: { side: "buy", averagePrice: "4706.04", filledQuantity: "0.014", tradeTime: 1568014460892 },
      },
    ])
    const wrong = { ...data, o: { ...order, S: "NONE" } }
    expect(outcomeOf(decodeFrame(venue, frame("btcusdt@forceOrder", wrong)))).toBe("reject")
  })
})
