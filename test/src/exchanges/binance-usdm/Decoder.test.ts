import { describe, expect, it } from "vitest"
import { venues } from "../../../../src/exchanges/index.ts"
import { decodeOne } from "../../../support/binanceDecoders.ts"

const { decode } = venues.get("binance-usdm")!()

const frame = (stream: string, data: object): string => JSON.stringify({ stream, data })

describe("a trade beside the book", () => {
  const trade = { e: "trade", E: 5, T: 4, s: "BTCUSDT", t: 1, p: "1.5", q: "2", X: "MARKET", m: true }
  const skips = (change: object) => {
    const output = decodeOne(decode, frame("btcusdt@trade", { ...trade, ...change }))
    expect(output.rejects).toEqual([])
    expect(output.records.length + output.skips.length).toBe(1)
    return output.skips
  }

  it("is skipped by its kind", () => {
    for (const X of ["INSURANCE_FUND", "ADL", "NA", "LIQUIDATION"]) expect(skips({ X })).toEqual(["off_book"])
  })

  it("has its place in the stream's chain all the same", () => {
    const output = decodeOne(decode, frame("btcusdt@trade", { ...trade, t: 77, X: "ADL" }))
    expect(output.skipped).toMatchObject([{ first: 77, last: 77, timestamp: 5 }])
    expect(output.skipped[0]!.stream.key).toBe("binance-usdm:trade:BTC-USDT-PERP")
  })

  it("is skipped where price or quantity are zero, however written", () => {
    for (const zero of ["0", "0.0", "0.000", "00"]) {
      expect(skips({ p: zero })).toEqual(["off_book"])
      expect(skips({ q: zero })).toEqual(["off_book"])
    }
    expect(skips({ p: "0.0001" })).toEqual([])
  })

  it("is not what came before there was an X", () => {
    expect(skips({ X: undefined })).toEqual([])
  })
})

describe("a depthUpdate", () => {
  const data = {
    e: "depthUpdate",
    E: 5,
    T: 4,
    s: "BTCUSDT",
    U: 10,
    u: 20,
    pu: 9,
    b: [
      ["1", "5"],
      ["2", "0"],
    ],
    a: [["3", "1"]],
  }

  it("is a delta or a whole book by the name of its stream alone", () => {
    const delta = decodeOne(decode, frame("btcusdt@depth@100ms", data))
    expect(delta.records[0]).toMatchObject({ key: "20", first: 10, last: 20, previous: 9 })
    const book = decodeOne(decode, frame("btcusdt@depth20@100ms", data))
    expect(book.records[0]).toMatchObject({ key: "snapshot:20:20", last: 20, first: -1, previous: -1 })
    expect(JSON.parse(book.records[0]!.data)).toEqual({
      kind: "snapshot",
      bids: [
        ["2", "0"],
        ["1", "5"],
      ],
      asks: [["3", "1"]],
      sequence: { last: "20" },
      depth: 20,
    })
  })

  it("belongs to the same stream at every speed", () => {
    const speeds = ["depth", "depth@0ms", "depth@100ms", "depth@250ms", "depth@500ms"]
    const streams = speeds.map(
      (speed) => decodeOne(decode, frame(`btcusdt@${speed}`, data)).records[0]!.stream,
    )
    expect(new Set(streams).size).toBe(1)
  })
})
