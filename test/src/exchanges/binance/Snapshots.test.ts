import { restSnapshots } from "../../../../src/exchanges/Venue.ts"
import { describe, expect, it } from "vitest"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import { venues } from "../../../../src/exchanges/index.ts"

const spot = venues.get("binance")!()
const usdm = venues.get("binance-usdm")!()
const stream = spot.streamOfWire("btcusdt@depth")!

const decode = (body: unknown, levels?: number, venue = spot) =>
  restSnapshots(venue.depth)!.decode(
    Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
    stream,
    7.25,
    levels,
  )

const levels = (count: number, from: number) =>
  Array.from({ length: count }, (_, index) => [String(from + index), "1"])

describe("a depth snapshot", () => {
  it("is asked for with its weight", () => {
    expect(restSnapshots(spot.depth)!.request(stream.instrument)).toEqual({
      path: "/api/v3/depth?symbol=BTCUSDT&limit=1000",
      weight: 50,
      levels: 1000,
    })
    expect(restSnapshots(usdm.depth)!.request(stream.instrument)).toEqual({
      path: "/fapi/v1/depth?symbol=BTCUSDT&limit=1000",
      weight: 20,
      levels: 1000,
    })
  })

  it("keeps every digit, best first, and has no time on spot", () => {
    const body = {
      lastUpdateId: 9,
      bids: [
        ["1.10", "3"],
        ["1.2", "0.0"],
      ],
      asks: [
        ["2", "1.000"],
        ["1.9", "5"],
      ],
    }
    expect(decode(body, 1000)).toMatchObject({
      stream,
      type: "depth",
      key: "snapshot:1000:9",
      timestamp: 0,
      receivedAt: 7.25,
      data: '{"kind":"snapshot","bids":[["1.2","0.0"],["1.10","3"]],"asks":[["1.9","5"],["2","1.000"]],"sequence":{"last":"9"},"depth":1000}',
      first: -1,
      last: 9,
      previous: -1,
    })
    expect(decode({ ...body, E: 77 }, 1000, usdm)).toMatchObject({ timestamp: 77 })
  })

  it("of unknown request is of the smallest limit that holds it", () => {
    const of = (bids: number, asks: number, venue = spot) =>
      (decode({ lastUpdateId: 9, bids: levels(bids, 1), asks: levels(asks, 9) }, undefined, venue) as Decoded)
        .key
    expect(of(0, 0)).toBe("snapshot:5:9")
    expect(of(5, 20)).toBe("snapshot:20:9")
    expect(of(21, 0)).toBe("snapshot:50:9")
    expect(of(1001, 0)).toBe("snapshot:5000:9")
    expect(of(1001, 0, usdm)).toBe("snapshot:1001:9")
  })

  it.each([
    ["no JSON", "<html>", "not_json"],
    ["cut", '{"lastUpdateId":9,"bids":[', "not_json"],
    ["a list", "[]", "not_object"],
    ["an error", { code: -1121, msg: "Invalid symbol." }, "bad_field"],
    ["without sequence", { bids: [], asks: [] }, "bad_field"],
    [
      "with a sequence beyond a double",
      '{"lastUpdateId":9007199254740993,"bids":[],"asks":[]}',
      "bad_number",
    ],
    ["with a time that is none", { lastUpdateId: 9, E: -1, bids: [], asks: [] }, "bad_number"],
    ["without a side", { lastUpdateId: 9, bids: [] }, "bad_levels"],
    ["with a level of numbers", { lastUpdateId: 9, bids: [[1, 2]], asks: [] }, "bad_levels"],
    ["too large", " ".repeat(5_000_000), "too_large"],
  ])("that is %s is rejected with its reason", (_, body, reason) => {
    expect(decode(body)).toMatchObject({ reason })
  })

  it("that the venue refused says so in the venue's words", () => {
    expect(decode({ code: -1121, msg: "Invalid symbol." })).toEqual({
      reason: "bad_field",
      detail: "the venue refused: -1121: Invalid symbol.",
    })
  })
})

describe("a recorded response", () => {
  it("is a snapshot by its URL, wherever it was fetched", () => {
    const body = "{}"
    expect(spot.recordedRest("https://api.binance.com/api/v3/depth?symbol=BLZETH&limit=500", body)).toEqual({
      kind: "depth",
      native: "BLZETH",
      levels: 500,
    })
    expect(spot.recordedRest("http://127.0.0.1:81/api/v3/depth?symbol=blzeth", body)).toMatchObject({
      native: "BLZETH",
      levels: 100,
    })
    expect(usdm.recordedRest("https://fapi.binance.com/fapi/v1/depth?symbol=BTCUSDT", body)).toMatchObject({
      levels: 500,
    })
  })

  it("is nothing to us at any other URL", () => {
    const urls = [
      "https://api.binance.com/api/v3/exchangeInfo",
      "https://api.binance.com/api/v3/depth",
      "https://fapi.binance.com/fapi/v1/depth?symbol=X",
      "",
      "depth",
    ]
    for (const url of urls) expect(spot.recordedRest(url, "{}")).toEqual({ kind: "other" })
  })

  it("without a URL is a snapshot by its body, of the session's one symbol", () => {
    const stray = '{ "lastUpdateId": 9, "bids": [["1","2"]], "asks": [] }'
    expect(spot.recordedRest(undefined, stray)).toEqual({ kind: "depth", native: "", levels: 5 })
    for (const body of [
      '{"stream":"x","data":{"lastUpdateId":1}}',
      '{"lastUpdateId":9',
      '{"lastUpdateId":9}',
      '{"result":null,"id":1}',
      "",
      '{"lastUpdateId":1,"bids":[],"asks":[],"stream":"x"}',
    ]) {
      expect(spot.recordedRest(undefined, body)).toEqual({ kind: "other" })
    }
  })
})
