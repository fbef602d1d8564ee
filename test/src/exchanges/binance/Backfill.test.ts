import { describe, expect, it } from "vitest"
import { parseDataType } from "../../../../src/domain/DataType.ts"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import { venues } from "../../../../src/exchanges/index.ts"
import { isRefusal } from "../../../../src/exchanges/Venue.ts"
import { decodeOne } from "../../../support/binanceDecoders.ts"

const spot = venues.get("binance")!()
const usdm = venues.get("binance-usdm")!()

const streamOf = (venue: typeof spot, word: string) => {
  const instrument = venue.instrument("BTCUSDT")
  if (isRefusal(instrument)) throw new Error(instrument.refused)
  const stream = venue.stream(parseDataType(word)!, instrument)
  if (isRefusal(stream)) throw new Error(stream.refused)
  return stream
}

const rowsOf = (word: string, rows: unknown): ReadonlyArray<Decoded> => {
  const decoded = spot.backfill!.decode(Buffer.from(JSON.stringify(rows)), streamOf(spot, word), 7)
  if ("reason" in decoded) throw new Error(decoded.detail)
  return decoded
}

const streamed = (stream: string, data: object): Decoded =>
  decodeOne(spot.decode, JSON.stringify({ stream, data })).records[0]!

describe("rows of REST", () => {
  it("give the record that the stream would have given, with the trade's own time", () => {
    const [row] = rowsOf("trade", [
      { id: 5, price: "1.50", qty: "2.0", quoteQty: "3", time: 44, isBuyerMaker: true, isBestMatch: true },
    ])
    const said = { e: "trade", E: 45, s: "BTCUSDT", t: 5, p: "1.50", q: "2.0", T: 44, m: true, M: true }
    const { data, key, first, last } = streamed("btcusdt@trade", said)
    expect(row).toMatchObject({ data, key, first, last, timestamp: 44, receivedAt: 7 })
  })

  it("of aggregates likewise", () => {
    const [row] = rowsOf("aggTrade", [{ a: 9, p: "1.50", q: "2.0", f: 5, l: 6, T: 44, m: false, M: true }])
    const said = {
      e: "aggTrade",
      E: 45,
      s: "BTCUSDT",
      a: 9,
      p: "1.50",
      q: "2.0",
      f: 5,
      l: 6,
      T: 44,
      m: false,
      M: true,
    }
    const { data, key, first, last } = streamed("btcusdt@aggTrade", said)
    expect(row).toMatchObject({ data, key, first, last, timestamp: 44 })
  })

  it("of klines likewise, closed, with the time of their end", () => {
    const k = {
      t: 60_000,
      T: 119_999,
      s: "BTCUSDT",
      i: "1m",
      o: "1",
      h: "4",
      l: "0.5",
      c: "2",
      v: "10",
      n: 3,
      x: true,
      q: "20",
    }
    const [row] = rowsOf("kline_1m", [[60_000, "1", "4", "0.5", "2", "10", 119_999, "20", 3, "1", "2", "0"]])
    const { data, key, first, last } = streamed("btcusdt@kline_1m", {
      e: "kline",
      E: 120_010,
      s: "BTCUSDT",
      k,
    })
    expect(row).toMatchObject({ data, key, first, last, timestamp: 119_999 })
    expect([first, last]).toEqual([60_000, 119_999])
    const open = streamed("btcusdt@kline_1m", { e: "kline", E: 70_000, s: "BTCUSDT", k: { ...k, x: false } })
    expect([open.first, open.last]).toEqual([60_000, -1])
  })

  it("come ascending, whatever their order", () => {
    const row = (id: number) => ({ id, price: "1", qty: "1", time: 1, isBuyerMaker: false })
    expect(rowsOf("trade", [row(3), row(1), row(2)]).map(({ first }) => first)).toEqual([1, 2, 3])
  })

  it("are refused whole when one of them is none, and so is what is no list", () => {
    const good = { id: 1, price: "1", qty: "1", time: 1, isBuyerMaker: false }
    for (const bad of [
      null,
      5,
      [],
      {},
      { ...good, id: -1 },
      { ...good, price: 1 },
      { ...good, qty: "1e5" },
      { ...good, time: "1" },
      { ...good, isBuyerMaker: 1 },
    ])
      expect(
        spot.backfill!.decode(Buffer.from(JSON.stringify([good, bad])), streamOf(spot, "trade"), 7),
      ).toMatchObject({ reason: "bad_field" })
    for (const body of ['{"code":-1,"msg":"no"}', "5", "null"])
      expect(spot.backfill!.decode(Buffer.from(body), streamOf(spot, "trade"), 7)).toMatchObject({
        reason: "bad_field",
      })
    expect(spot.backfill!.decode(Buffer.from("<html>"), streamOf(spot, "trade"), 7)).toMatchObject({
      reason: "not_json",
    })
  })
})

describe("requests for what is missing", () => {
  const pathsOf = (venue: typeof spot, word: string) =>
    venue.backfill!.requests(streamOf(venue, word), 60_000, 60_009).map(({ path }) => path)

  it("go by id, of klines by open time", () => {
    expect(pathsOf(spot, "trade")).toEqual(["/api/v3/historicalTrades?symbol=BTCUSDT&limit=10&fromId=60000"])
    expect(pathsOf(spot, "aggTrade")).toEqual(["/api/v3/aggTrades?symbol=BTCUSDT&limit=10&fromId=60000"])
    expect(pathsOf(spot, "kline_1m")).toEqual([
      "/api/v3/klines?symbol=BTCUSDT&limit=1000&interval=1m&startTime=60000&endTime=60009",
    ])
    expect(pathsOf(usdm, "trade")).toEqual([
      "/fapi/v1/historicalTrades?symbol=BTCUSDT&limit=10&fromId=60000",
      "/fapi/v1/trades?symbol=BTCUSDT&limit=1000",
    ])
    for (const word of ["bbo", "ticker", "depth", "depth5"]) expect(pathsOf(spot, word)).toEqual([])
  })
})
