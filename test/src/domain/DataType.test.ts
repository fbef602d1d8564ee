import { describe, expect, it } from "vitest"
import { klineIntervals, parseDataType } from "../../../src/domain/DataType.ts"

describe("parseDataType", () => {
  it("reads every word of the configuration", () => {
    expect(parseDataType("trade")).toEqual({ word: "trade", type: "trade" })
    expect(parseDataType("aggTrade")).toEqual({ word: "aggTrade", type: "trade", aggregate: true })
    expect(parseDataType("depth")).toEqual({ word: "depth", type: "depth" })
    expect(parseDataType("depth20")).toEqual({ word: "depth20", type: "depth", levels: 20 })
    expect(parseDataType("long_short_ratio_5m")).toEqual({
      word: "long_short_ratio_5m",
      type: "long_short_ratio",
      period: "5m",
    })
    for (const interval of klineIntervals) {
      expect(parseDataType(`kline_${interval}`)).toEqual({
        word: `kline_${interval}`,
        type: "kline",
        interval,
      })
    }
  })

  it("keeps a minute and a month apart", () => {
    expect(parseDataType("kline_1m")?.interval).toBe("1m")
    expect(parseDataType("kline_1M")?.interval).toBe("1M")
  })

  it("refuses what is no word, or wants a parameter that is missing", () => {
    for (const word of [
      "",
      "Trade",
      "kline",
      "kline_7m",
      "depth0",
      "depth05",
      "depth99999",
      "depth-5",
      "gap",
      "long_short_ratio",
      "aggtrade",
      "depth20 ",
    ]) {
      expect(parseDataType(word)).toBeUndefined()
    }
  })
})
