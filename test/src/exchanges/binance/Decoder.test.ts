import { describe, expect, it } from "vitest"
import { venues } from "../../../../src/exchanges/index.ts"
import { decodeOne, payloads } from "../../../support/binanceDecoders.ts"
import { expectedPayload } from "../../../support/binanceRecords.ts"

const frame = (stream: string, data: unknown): string => JSON.stringify({ stream, data })

describe("a frame that is no record", () => {
  const { decode } = venues.get("binance")!()
  const controls = (text: string) => {
    const output = decodeOne(decode, text)
    expect(output.records).toEqual([])
    expect(output.rejects).toEqual([])
    return output.controls
  }

  it("acknowledges a command by its id", () => {
    expect(controls('{"result":null,"id":1}')).toEqual([{ kind: "ack", id: 1 }])
    expect(controls('{"id":7,"result":null}')).toEqual([{ kind: "ack", id: 7 }])
    expect(controls('{"result": [], "id": 1}')).toEqual([{ kind: "ack", id: 1 }])
  })

  it("carries the venue's error to the command it answers", () => {
    const error = "2: Invalid request: unknown stream"
    expect(controls('{"error":{"code":2,"msg":"Invalid request: unknown stream"},"id":3}')).toEqual([
      { kind: "ack", id: 3, error },
    ])
    expect(controls('{"code":2,"msg":"Invalid request: unknown stream","id":3}')).toEqual([
      { kind: "ack", id: 3, error },
    ])
  })

  it("is a notice where an error names no command", () => {
    expect(controls('{"code":3,"msg":"Invalid JSON"}')).toEqual([
      { kind: "notice", text: "error 3: Invalid JSON" },
    ])
    expect(controls('{"error":{"code":3,"msg":"Invalid JSON"},"id":null}')).toEqual([
      { kind: "notice", text: "error 3: Invalid JSON" },
    ])
  })

  it("announces the server's shutdown, on a combined and on a raw connection", () => {
    const event = { e: "serverShutdown", E: 1770123456789 }
    expect(controls(frame("!serverShutdown", event))).toEqual([{ kind: "shutdown" }])
    expect(controls(JSON.stringify(event))).toEqual([{ kind: "shutdown" }])
  })
})

describe("a frame that does not fit", () => {
  const { decode } = venues.get("binance")!()
  const trade = { e: "trade", E: 1, s: "ETHUSDT", t: 1, p: "1.5", q: "2", T: 1, m: true }
  const delta = { e: "depthUpdate", E: 1, s: "ETHUSDT", U: 1, u: 2, b: [["1", "2"]], a: [] }

  const rejected: ReadonlyArray<readonly [string, string, string, RegExp]> = [
    ["that is empty", "", "not_json", /end of JSON/],
    ["that is cut", frame("ethusdt@trade", trade).slice(0, -1), "not_json", /JSON/],
    ["with something behind", `${frame("ethusdt@trade", trade)}x`, "not_json", /JSON/],
    [
      "with a number no JSON has",
      frame("ethusdt@trade", trade).replace('"t":1', '"t":007'),
      "not_json",
      /JSON/,
    ],
    ["that is a list", "[]", "not_object", /got a list/],
    ["that is a word", '"ping"', "not_object", /got "ping"/],
    ["that is null", "null", "not_object", /got null/],
    ["with a stream that is no name", '{"stream":7,"data":{}}', "bad_field", /^stream: .*got 7/],
    ["without data", '{"stream":"ethusdt@trade"}', "bad_field", /^data: .*got nothing/],
    ["of a channel we do not read", frame("ethusdt@miniTicker", trade), "unknown_stream", /miniTicker/],
    ["of a symbol that is none", frame("eth-usdt@trade", trade), "unknown_stream", /eth-usdt/],
    [
      "of another event",
      frame("ethusdt@trade", { ...trade, e: "aggTrade" }),
      "unknown_event",
      /"trade", got "aggTrade"/,
    ],
    ["without an event", frame("ethusdt@trade", { ...trade, e: undefined }), "bad_field", /data\.e/],
    [
      "of another symbol",
      frame("ethusdt@trade", { ...trade, s: "BTCUSDT" }),
      "symbol_mismatch",
      /"ETHUSDT", got "BTCUSDT"/,
    ],
    [
      "with a price that is no text",
      frame("ethusdt@trade", { ...trade, p: 1.5 }),
      "bad_field",
      /data\.p: .*got 1\.5/,
    ],
    [
      "with a price of two points",
      frame("ethusdt@trade", { ...trade, p: "1.2.3" }),
      "bad_number",
      /data\.p: .*"1\.2\.3"/,
    ],
    ["with an exponent", frame("ethusdt@trade", { ...trade, q: "1e5" }), "bad_number", /data\.q/],
    ["with a price below zero", frame("ethusdt@trade", { ...trade, p: "-1" }), "bad_number", /data\.p/],
    [
      "with a price longer than any",
      frame("ethusdt@trade", { ...trade, p: "1".repeat(129) }),
      "bad_number",
      /data\.p/,
    ],
    [
      "with an id beyond a double",
      frame("ethusdt@trade", trade).replace('"t":1', '"t":9007199254740993'),
      "bad_number",
      /data\.t/,
    ],
    [
      "with a time in microseconds",
      frame("ethusdt@trade", { ...trade, E: 1723161254024619 }),
      "bad_number",
      /data\.E/,
    ],
    ["with a time of zero", frame("ethusdt@trade", { ...trade, E: 0 }), "bad_number", /data\.E/],
    ["with a side that is a word", frame("ethusdt@trade", { ...trade, m: "yes" }), "bad_field", /data\.m/],
    [
      "with levels that are no list",
      frame("ethusdt@depth@100ms", { ...delta, b: {} }),
      "bad_levels",
      /data\.b: .*an object/,
    ],
    [
      "with a level without quantity",
      frame("ethusdt@depth@100ms", { ...delta, a: [["1"]] }),
      "bad_levels",
      /data\.a\[0\]\[1\]: .*nothing/,
    ],
    [
      "with a sequence that runs backwards",
      frame("ethusdt@depth@100ms", { ...delta, U: 3 }),
      "bad_number",
      /data\.U: at most data\.u/,
    ],
    ["of an unknown shape", '{"foo":1,"bar":2}', "unknown_event", /"foo", "bar"/],
    ["of an unknown event without stream", '{"e":"news"}', "unknown_event", /"news"/],
  ]

  it.each(rejected)("%s is rejected with its reason", (_, text, reason, detail) => {
    const output = decodeOne(decode, text)
    expect(output.records).toEqual([])
    expect(output.controls).toEqual([])
    expect(output.rejects).toHaveLength(1)
    expect(output.rejects[0]!.reason).toBe(reason)
    expect(output.rejects[0]!.detail).toMatch(detail)
  })

  it("is rejected when its bytes are no UTF-8", () => {
    const bytes = Buffer.from(frame("ethusdt@trade", trade))
    bytes[bytes.indexOf("ETHUSDT")] = 0xff
    expect(decodeOne(decode, bytes).rejects[0]!.reason).toBe("not_json")
  })

  it("is refused before it is parsed when it is too large, and survives any nesting below that", () => {
    expect(decodeOne(decode, "[".repeat(5_000_000)).rejects[0]!.reason).toBe("too_large")
    expect(decodeOne(decode, "[".repeat(4_000_000)).rejects[0]!.reason).toBe("not_json")
    const nested = "[".repeat(1_000_000) + "]".repeat(1_000_000)
    expect(decodeOne(decode, nested).rejects[0]!.reason).toBe("not_object")
    expect(decodeOne(decode, `{"stream":"ethusdt@trade","data":${nested}}`).rejects[0]!.reason).toBe(
      "bad_field",
    )
    const inLevels = frame("ethusdt@depth@100ms", delta).replace('[["1","2"]]', nested)
    expect(decodeOne(decode, inLevels).rejects[0]!.reason).toBe("bad_levels")
    const deep = frame("ethusdt@trade", trade).replace('"1.5"', nested)
    expect(decodeOne(decode, deep).rejects[0]!.detail.length).toBeLessThan(200)
  })

  it("says what came in few words, however long it is", () => {
    const long = frame("ethusdt@trade", { ...trade, p: "x".repeat(1_000_000) })
    expect(decodeOne(decode, long).rejects[0]!.detail.length).toBeLessThan(200)
  })

  it("leaves nothing of the outer object's prototype readable", () => {
    const hostile = '{"__proto__":{"stream":"ethusdt@trade"},"data":{}}'
    expect(decodeOne(decode, hostile).rejects[0]!.reason).toBe("unknown_event")
  })
})

describe("names beyond ASCII", () => {
  it("are read by the guards and written as UTF-8", () => {
    const { decode } = venues.get("binance-usdm")!()
    const data = { e: "trade", E: 5, T: 4, s: "币安人生USDT", t: 1, p: "1.5", q: "2", X: "MARKET", m: false }
    const stream = "币安人生usdt@trade"
    const output = decodeOne(decode, frame(stream, data), 6.25)
    expect(payloads(output)).toEqual([expectedPayload("binance-usdm", stream, data, 6.25)])
  })

  it("are not mistaken where their bytes read as Latin letters", () => {
    const { decode, streamOfWire } = venues.get("binance")!()
    expect(streamOfWire("ñusdt@trade")?.instrument.native).toBe("ÑUSDT")
    const data = '{"e":"trade","E":1,"s":"ÑUSDT","t":1,"p":"1","q":"1","T":1,"m":true,"M":true}'
    const text = `{"stream":"ñusdt@trade","data":${data}}`
    expect(decodeOne(decode, Buffer.from(text, "latin1")).rejects[0]!.reason).toBe("not_json")
    expect(decodeOne(decode, Buffer.from(text, "utf8")).records).toHaveLength(1)
  })
})
