import { describe, expect, it } from "@effect/vitest"
import { venues } from "../../../../src/exchanges/index.ts"
import { makeExchange } from "../../../../src/simulator/server/Exchange.ts"
import { protocols } from "../../../../src/simulator/venues/index.ts"
import { published, streamOf } from "../../../contract/venue/Support.ts"

const now = 1_790_000_100_000

const ask = (name: string, symbol: string, dataType: string) => {
  const venue = venues.get(name)!()
  const protocol = protocols.get(name)!
  const options = { seed: 1, symbols: ["BTC-USDT"], rate: 100, limits: protocol.limits }
  const exchange = makeExchange(protocol, options)
  const stream = streamOf(venue, { symbol, dataType })
  const requests = venue.polls!.schedule(stream).requests(undefined, now)
  return requests.map(({ path }, request) => {
    const { pathname, searchParams } = new URL(path, "http://localhost")
    const { body, status } = protocol.rest(pathname, searchParams, now, exchange)!
    expect([path, status]).toEqual([path, 200])
    const records = venue.polls!.decode(Buffer.from(body), stream, now, request)
    if ("reason" in records) throw new Error(records.detail)
    return published(records)
  })
}

describe("what Binance's contracts tell by REST alone", () => {
  it("is open interest: the base on USD-M, contracts on COIN-M", () => {
    const [usdm] = ask("binance-usdm", "BTC-USDT-PERP", "open_interest")
    expect(usdm).toMatchObject([{ timestamp: now, data: { unit: "base" } }])
    const [coinm] = ask("binance-coinm", "BTC-USD-PERP", "open_interest")
    expect(coinm).toMatchObject([{ timestamp: now, data: { unit: "contracts" } }])
  })

  it.each([
    ["binance-usdm", "BTC-USDT-PERP", ["accounts", "top_accounts", "top_positions", "taker"]],
    ["binance-coinm", "BTC-USD-PERP", ["accounts", "top_accounts", "top_positions"]],
  ] as const)("is ratios: %s", (name, symbol, kinds) => {
    const answers = ask(name, symbol, "long_short_ratio_5m")
    expect(answers.map(([record]) => record!.data)).toMatchObject(
      kinds.map((kind) => ({ kind, period: "5m" })),
    )
    for (const records of answers)
      expect(records.map(({ timestamp }) => timestamp)).toEqual([now - 600_000, now - 300_000])
  })
})
