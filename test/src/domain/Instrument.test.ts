import { describe, expect, it } from "vitest"
import { splitPair } from "../../../src/domain/Instrument.ts"
import { readSession, recordingsAbsent } from "../../support/recordings.ts"

interface Catalogue {
  readonly symbols: ReadonlyArray<{
    readonly symbol: string
    readonly baseAsset: string
    readonly quoteAsset: string
    readonly contractType?: string
  }>
}

describe("splitPair", () => {
  it("splits at the mark, whatever the currencies", () => {
    expect(splitPair("btc/usdt")).toEqual({ base: "BTC", quote: "USDT" })
    expect(splitPair(" FOO-BAR ")).toEqual({ base: "FOO", quote: "BAR" })
    expect(splitPair("币安人生-USDT")).toEqual({ base: "币安人生", quote: "USDT" })
  })

  it("splits a native name before the longest known quote", () => {
    expect(splitPair("BTCFDUSD")).toEqual({ base: "BTC", quote: "FDUSD" })
    expect(splitPair("USDTTRY")).toEqual({ base: "USDT", quote: "TRY" })
    expect(splitPair("1000SATSUSDT")).toEqual({ base: "1000SATS", quote: "USDT" })
    expect(splitPair("BNBBTC")).toEqual({ base: "BNB", quote: "BTC" })
  })

  it("gives nothing for what is no pair", () => {
    for (const text of [
      "",
      "BTC",
      "USDT",
      "BTC-",
      "-USDT",
      "BTC--USDT",
      "BTC/USDT/X",
      "BTC USDT",
      'BTC"/USDT',
      "BTC@/USDT",
      "BTC:X/USDT",
      `${"A".repeat(33)}/USDT`,
      "A\u0000USDT",
    ]) {
      expect(splitPair(text)).toBeUndefined()
    }
  })

  it.skipIf(recordingsAbsent)("splits every name of the recorded catalogues as the exchange does", () => {
    let count = 0
    for (const session of ["binance/2021-10-12", "binance-usdm/2021-10-12"]) {
      const line = readSession(session).find(({ url }) => url?.endsWith("/exchangeInfo"))
      const { symbols } = JSON.parse(line!.raw!) as Catalogue
      for (const { symbol, baseAsset, quoteAsset, contractType } of symbols) {
        if (contractType === "CURRENT_QUARTER") continue
        expect(splitPair(symbol)).toEqual({ base: baseAsset, quote: quoteAsset })
        count++
      }
    }
    expect(count).toBe(1695 + 120)
  })
})
