import { describe, expect, it } from "@effect/vitest"
import { makeBybit } from "../../../../src/exchanges/bybit/index.ts"
import type { Venue } from "../../../../src/exchanges/Venue.ts"
import { decodeFrame, outcomeOf, published, streamOf } from "../../../contract/venue/Support.ts"
import { linear, linearChange, linearTicker } from "./fixtures/tickers.ts"

const symbol = "BTC-USDT-PERP"

const asking = (...words: ReadonlyArray<string>): Venue => {
  const venue = makeBybit()
  for (const dataType of words) streamOf(venue, { symbol, dataType })
  return venue
}

const decode = (venue: Venue, frame: string) => decodeFrame(venue, frame, undefined, "linear")

const dataOf = (venue: Venue, frame: string) =>
  published(decode(venue, frame).records).map(({ data, type }) => [type, data])

const change = (data: object, ts = 1715748763064): string =>
  JSON.stringify({ topic: "tickers.BTCUSDT", type: "delta", data: { symbol: "BTCUSDT", ...data }, cs: 1, ts })

describe("Bybit's tickers", () => {
  it("of contracts are whole after a change of some fields", () => {
    const venue = asking("ticker")
    expect(dataOf(venue, linear)).toEqual([["ticker", linearTicker]])
    expect(dataOf(venue, linearChange)).toEqual([["ticker", { ...linearTicker, bidQuantity: "3.543" }]])
    expect(dataOf(venue, change({ lastPrice: "61800.10", price24hPcnt: "-0.01" }))).toEqual([
      ["ticker", { ...linearTicker, bidQuantity: "3.543", last: "61800.10", changePercent: "-1" }],
    ])
  })

  it("feed every stream that was asked for, each with what the message tells of it", () => {
    const venue = asking("ticker", "funding", "open_interest", "mark_price", "index_price")
    expect(dataOf(venue, linear).map(([type]) => type)).toEqual([
      "ticker",
      "funding",
      "open_interest",
      "mark_price",
      "index_price",
    ])
    expect(dataOf(venue, linearChange).slice(1)).toEqual([
      ["open_interest", { amount: "58117.022", unit: "base", value: "3595994223.27" }],
      ["mark_price", { price: "61875.06" }],
      ["index_price", { price: "61903.59" }],
    ])
    expect(dataOf(venue, change({ nextFundingTime: "1715788800000" })).slice(1)).toEqual([
      [
        "funding",
        {
          rate: "0.00008055",
          nextFundingTime: 1715788800000,
          markPrice: "61875.06",
          indexPrice: "61903.59",
        },
      ],
    ])
  })

  it("do not pass off an old value as the present one, where the present one cannot be read", () => {
    const venue = asking("ticker")
    decode(venue, linear)
    const { records, rejects } = decode(venue, change({ lastPrice: "1e5e" }))
    expect([records, rejects.map(({ reason }) => reason)]).toEqual([[], ["bad_number"]])
    const next = decode(venue, change({ bid1Size: "4" }))
    expect(outcomeOf(next)).toBe("controls")
    expect(dataOf(venue, change({ lastPrice: "61800" }))).toEqual([
      ["ticker", { ...linearTicker, bidQuantity: "4", last: "61800" }],
    ])
  })

  it("are not set back by what another connection brings late", () => {
    const venue = asking("ticker")
    decode(venue, linear)
    decode(venue, change({ lastPrice: "3" }, 1715748765000))
    decode(venue, change({ lastPrice: "2" }, 1715748764000))
    expect(dataOf(venue, change({ bid1Size: "5" }, 1715748766000))).toMatchObject([["ticker", { last: "3" }]])
  })

  it("of spot and of contracts do not meet, though their topics are the same", () => {
    const venue = asking("ticker")
    decode(venue, linear)
    const spot = decodeFrame(venue, change({ lastPrice: "1" }), undefined, "spot")
    expect([spot.records, spot.rejects]).toEqual([[], []])
    expect(dataOf(venue, change({ bid1Size: "5" }))).toMatchObject([["ticker", { last: "61874.00" }]])
  })

  it("without a route belong to whom they were asked for, or to nobody", () => {
    const venue = asking("mark_price")
    expect(decodeFrame(venue, linearChange).records.map(({ type }) => type)).toEqual(["mark_price"])
    streamOf(venue, { symbol: "BTC-USDT", dataType: "ticker" })
    expect(decodeFrame(venue, linearChange).rejects.map(({ reason }) => reason)).toEqual(["unknown_stream"])
  })
})
