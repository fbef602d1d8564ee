import { describe, expect, it } from "vitest"
import { parseDataType } from "../../../../src/domain/DataType.ts"
import { venues } from "../../../../src/exchanges/index.ts"
import { isRefusal, type Venue } from "../../../../src/exchanges/Venue.ts"

const instrumentOf = (venue: Venue, spelling: string) => {
  const instrument = venue.instrument(spelling)
  if (isRefusal(instrument)) throw new Error(instrument.refused)
  return instrument
}

const streamOf = (venue: Venue, word: string, spelling: string) => {
  const stream = venue.stream(parseDataType(word)!, instrumentOf(venue, spelling))
  if (isRefusal(stream)) throw new Error(stream.refused)
  return stream
}

describe("instruments of binance", () => {
  const venue = venues.get("binance")!()

  it("are the same object in every spelling", () => {
    const instrument = instrumentOf(venue, "BTC/USDT")
    for (const spelling of ["BTC-USDT", "BTCUSDT", "btcusdt", " btc/usdt "]) {
      expect(venue.instrument(spelling)).toBe(instrument)
    }
    expect(instrument).toEqual({
      exchange: "binance",
      market: "spot",
      base: "BTC",
      quote: "USDT",
      symbol: "BTC-USDT",
      native: "BTCUSDT",
    })
  })

  it("are refused where they are none of spot's, saying where to look", () => {
    for (const spelling of [
      "BTC-USDT-PERP",
      "BTCUSDT_250328",
      "",
      "BTC",
      "BTC USDT",
      "BTC/USDT/X",
      'B"/USDT',
      "USDT",
    ]) {
      expect(venue.instrument(spelling)).toEqual({ refused: expect.stringContaining("binance-usdm") })
    }
  })

  it("keep the split that was written out, against the one guessed from the name", () => {
    const marked = venues.get("binance")!()
    const instrument = instrumentOf(marked, "BTC/AEUR")
    expect(instrument.symbol).toBe("BTC-AEUR")
    expect(marked.streamOfWire("btcaeur@trade")?.instrument).toBe(instrument)
    expect(marked.instrument("BTCA-EUR")).toEqual({
      refused: expect.stringContaining("already known as BTC-AEUR"),
    })
  })
})

describe("instruments of binance-usdm", () => {
  const venue = venues.get("binance-usdm")!()

  it("are perpetuals where the pair stands alone", () => {
    const instrument = instrumentOf(venue, "BTC-USDT-PERP")
    for (const spelling of ["BTC/USDT", "BTC-USDT", "BTCUSDT"])
      expect(venue.instrument(spelling)).toBe(instrument)
    expect(instrument).toMatchObject({ market: "perpetual", symbol: "BTC-USDT-PERP", native: "BTCUSDT" })
  })

  it("are futures where there is a date", () => {
    const instrument = instrumentOf(venue, "BTC-USDT-20250328")
    expect(instrument).toMatchObject({
      market: "future",
      symbol: "BTC-USDT-20250328",
      native: "BTCUSDT_250328",
    })
    expect(venue.instrument("BTCUSDT_250328")).toBe(instrument)
    expect(streamOf(venue, "trade", "BTC-USDT-20250328").wire).toBe("btcusdt_250328@trade")
    expect(venue.streamOfWire("btcusdt_250328@depth")?.instrument).toBe(instrument)
  })
})

describe("streams", () => {
  it.each([
    ["trade", "btcusdt@trade", "public"],
    ["aggTrade", "btcusdt@aggTrade", "market"],
    ["kline_1m", "btcusdt@kline_1m", "market"],
    ["kline_1M", "btcusdt@kline_1M", "market"],
    ["ticker", "btcusdt@ticker", "market"],
    ["bbo", "btcusdt@bookTicker", "public"],
    ["depth", "btcusdt@depth@100ms", "public"],
    ["depth20", "btcusdt@depth20@100ms", "public"],
  ])("of %s are %s, on USD-M by the route %s", (word, wire, route) => {
    const spot = streamOf(venues.get("binance")!(), word, "BTC/USDT")
    expect([spot.wire, spot.route]).toEqual([wire, ""])
    const usdm = streamOf(venues.get("binance-usdm")!(), word, "BTC/USDT")
    expect([usdm.wire, usdm.route]).toEqual([wire, route])
  })

  it("are the same object however the data type was made and the update speed written", () => {
    const venue = venues.get("binance")!()
    const stream = streamOf(venue, "depth", "BTC/USDT")
    expect(streamOf(venue, "depth", "BTCUSDT")).toBe(stream)
    for (const suffix of ["depth", "depth@0ms", "depth@100ms", "depth@1000ms"]) {
      expect(venue.streamOfWire(`btcusdt@${suffix}`)).toBe(stream)
    }
  })

  it("are none for names we do not read", () => {
    const venue = venues.get("binance")!()
    for (const wire of [
      "",
      "@",
      "btcusdt",
      "btcusdt@",
      "@trade",
      "btcusdt@bbo",
      "btcusdt@kline_7m",
      "btcusdt@depth7",
      "btcusdt@depth@fast",
      "btcusdt@trade@100ms",
      "btc-usdt@trade",
      "!ticker@arr",
    ]) {
      expect(venue.streamOfWire(wire)).toBeUndefined()
    }
    expect(venues.get("binance-usdm")!().streamOfWire("btcusdt@kline_1s")).toBeUndefined()
    expect(venue.streamOfWire("btcusdt@kline_1s")).toBeDefined()
  })

  it("cannot be invented without end", () => {
    const venue = venues.get("binance")!()
    let made = 0
    for (let number = 0; number < 70_000; number++) {
      if (venue.streamOfWire(`x${number}usdt@trade`) !== undefined) made++
    }
    expect(made).toBe(65_536)
    expect(venue.streamOfWire("x1usdt@trade")).toBeDefined()
    const other = venues.get("binance")!()
    let spellings = 0
    for (let number = 0; number < 70_000; number++) {
      if (other.streamOfWire(`btcusdt@depth@${number}ms`) !== undefined) spellings++
    }
    expect(spellings).toBe(65_536)
  })
})

describe("requests", () => {
  it("name the streams and carry their id", () => {
    const venue = venues.get("binance")!()
    const streams = [streamOf(venue, "trade", "BTC/USDT"), streamOf(venue, "depth", "ETH/USDT")]
    expect(venue.subscribe(streams, 7)).toBe(
      '{"method":"SUBSCRIBE","params":["btcusdt@trade","ethusdt@depth@100ms"],"id":7}',
    )
    expect(venue.unsubscribe(streams.slice(0, 1), 8)).toBe(
      '{"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":8}',
    )
  })

  it("stay below 4096 bytes with the longest names", () => {
    for (const [name, quote] of [
      ["binance", "USDT"],
      ["binance-usdm", "USDT"],
      ["binance-coinm", "USD"],
    ] as const) {
      const venue = venues.get(name)!()
      const stream = streamOf(venue, "depth20", `1000000BABYDOGE/${quote}`)
      const streams = new Array(venue.limits.streamsPerMessage).fill(stream)
      expect(Buffer.byteLength(venue.subscribe(streams, 4_294_967_295))).toBeLessThan(4096)
    }
  })

  it("go to the combined endpoint of the route", () => {
    const spot = venues.get("binance")!()
    expect(spot.connectUrl(spot.wsEndpoint, "")).toBe("wss://stream.binance.com:9443/stream")
    const usdm = venues.get("binance-usdm")!()
    expect(usdm.connectUrl("ws://127.0.0.1:80/", "public")).toBe("ws://127.0.0.1:80/public/stream")
    expect(usdm.connectUrl(usdm.wsEndpoint, "market")).toBe("wss://fstream.binance.com/market/stream")
  })

  it("of recordings are known by their host", () => {
    const spot = venues.get("binance")!()
    const usdm = venues.get("binance-usdm")!()
    expect(spot.owns("wss://stream.binance.com:9443/stream?streams=a@trade")).toBe(true)
    expect(spot.owns("wss://fstream.binance.com/stream")).toBe(false)
    expect(usdm.owns("wss://fstream.binance.com/public/stream")).toBe(true)
    expect(usdm.owns("https://fapi.binance.com/fapi/v1/depth")).toBe(true)
    for (const url of ["", "stream.binance.com", "wss://stream.binance.com.example.org/"]) {
      expect(spot.owns(url)).toBe(false)
    }
  })
})
