import { describe, expect, it } from "@effect/vitest"
import type { Instrument, Market } from "../../../src/domain/Instrument.ts"
import { isPattern, parsePattern, selects } from "../../../src/domain/InstrumentPattern.ts"

const made = (market: Market, base: string, quote: string, symbol: string): Instrument => ({
  exchange: "x",
  market,
  base,
  quote,
  symbol,
  native: symbol,
})

const all = [
  made("spot", "BTC", "USDT", "BTC-USDT"),
  made("spot", "ETH", "BTC", "ETH-BTC"),
  made("perpetual", "BTC", "USDT", "BTC-USDT-PERP"),
  made("perpetual", "BTC", "USD", "BTC-USD-PERP"),
  made("future", "BTC", "USD", "BTC-USD-20250328"),
  made("option", "BTC", "USD", "BTC-20250328-60000-C"),
  made("option", "BTC", "USD", "BTC-20250328-60000-P"),
  made("option", "ETH", "USD", "ETH-20250328-3000-C"),
]

/** Where spot and contracts stand side by side: the pair alone is spot, the perpetual where there is no spot. */
const mixed = ({ market, symbol }: Instrument) => market === "spot" || symbol === "BTC-USD-PERP"
const contracts = ({ market }: Instrument) => market === "perpetual"

const selected = (text: string, alone = mixed): ReadonlyArray<string> => {
  const pattern = parsePattern(text)
  if ("problem" in pattern) throw new Error(pattern.problem)
  return all.filter((each) => selects(pattern, each, alone)).map(({ symbol }) => symbol)
}

describe("patterns of instruments", () => {
  it("a pair with a star is what the venue understands by pairs", () => {
    expect(selected("*/USDT")).toEqual(["BTC-USDT"])
    expect(selected("*/USDT", contracts)).toContain("BTC-USDT-PERP")
    expect(selected("*-usdt")).toEqual(["BTC-USDT"])
    expect(selected("*/USD")).toEqual(["BTC-USD-PERP"])
    expect(selected("ETH/*")).toEqual(["ETH-BTC", "ETH-20250328-3000-C"])
  })

  it("a market before a colon is that kind alone", () => {
    expect(selected("perpetual:BTC-*")).toEqual(["BTC-USDT-PERP", "BTC-USD-PERP"])
    expect(selected("perpetual:*/USDT")).toEqual(["BTC-USDT-PERP"])
    expect(selected("option:BTC-*")).toEqual(["BTC-20250328-60000-C", "BTC-20250328-60000-P"])
    expect(selected("option:*-C")).toEqual(["BTC-20250328-60000-C", "ETH-20250328-3000-C"])
    expect(selected("Option:BTC-20250328-*-P")).toEqual(["BTC-20250328-60000-P"])
    expect(selected("future:*")).toEqual(["BTC-USD-20250328"])
    expect(selected("spot:BTC/USDT")).toEqual(["BTC-USDT"])
  })

  it("a star stands for anything, also nothing, at any place", () => {
    expect(selected("*")).toEqual(all.map(({ symbol }) => symbol))
    expect(selected("B*T-P*P")).toEqual(["BTC-USDT-PERP"])
    expect(selected("BTC*-USDT")).toEqual(["BTC-USDT"])
    expect(selected("BTC-USD*T*")).toEqual(["BTC-USDT", "BTC-USDT-PERP"])
    expect(selected("*BTC")).toEqual(["ETH-BTC"])
    expect(selected("BTC-USDTX*")).toEqual([])
  })

  it("many stars are read in no time", () => {
    const pattern = parsePattern(`${"*A".repeat(39)}*B`)
    if ("problem" in pattern) throw new Error(pattern.problem)
    const long = made("spot", "A".repeat(5000), "USDT", "A".repeat(5000))
    expect(selects(pattern, long, mixed)).toBe(false)
  })

  it.each([
    ["perpetuals:BTC-*", /"perpetuals" is no market; did you mean "perpetual"\? it can be spot/],
    ["swap:*", /"swap" is no market; it can be/],
    ["option:", /is no pattern: write/],
    ["*/US DT", /is no pattern/],
    ["BTC-[A-Z]*", /is no pattern/],
    [`*${"A".repeat(80)}`, /is no pattern/],
  ])("%s is refused in words", (text, why) => {
    expect(parsePattern(text)).toEqual({ problem: expect.stringMatching(why) })
  })

  it("what has neither a star nor a colon is no pattern", () => {
    for (const text of ["BTC/USDT", "BTC-USDT", "btcusdt", "BTC-20250328-60000-C", "btc_usd"])
      expect([text, isPattern(text)]).toEqual([text, false])
    for (const text of ["*/USDT", "spot:BTC-USDT"]) expect([text, isPattern(text)]).toEqual([text, true])
  })
})
