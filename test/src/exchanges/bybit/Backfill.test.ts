import { describe, expect, it } from "@effect/vitest"
import { makeBybit } from "../../../../src/exchanges/bybit/index.ts"
import { makeExchange } from "../../../../src/simulator/server/Exchange.ts"
import { bybit } from "../../../../src/simulator/venues/bybit/index.ts"
import { published, streamOf } from "../../../contract/venue/Support.ts"

const minute = 60_000
const now = 1_790_000_030_000

const exchange = makeExchange(bybit, { seed: 1, symbols: ["BTC-USDT"], rate: 100, limits: bybit.limits })

const ask = (path: string): Buffer => {
  const { pathname, searchParams } = new URL(path, "http://localhost")
  return Buffer.from(bybit.rest(pathname, searchParams, now, exchange)!.body)
}

describe("Bybit's backfill", () => {
  const venue = makeBybit()
  const rule = venue.backfill!

  it.each(["BTC-USDT", "BTC-USDT-PERP", "BTC-USD-PERP"])(
    "of %s brings the closed klines that were asked for, ascending, and not the open one",
    (symbol) => {
      const stream = streamOf(venue, { symbol, dataType: "kline_1m" })
      const open = Math.floor(now / minute) * minute
      const [request] = rule.requests(stream, open - 3 * minute, open)
      expect(request!.path).toContain(
        `category=${stream.route}&symbol=${stream.instrument.native}&interval=1&`,
      )
      const records = rule.decode(ask(request!.path), stream, now)
      if ("reason" in records) throw new Error(records.detail)
      expect(records.map(({ first, last, timestamp }) => [first, last, timestamp])).toEqual(
        [3, 2, 1].map((back) => {
          const start = open - back * minute
          return [start, start + minute - 1, start + minute - 1]
        }),
      )
      expect(published(records).every(({ data }) => "closed" in data && data.closed)).toBe(true)
    },
  )

  it("asks for no more than an answer holds, and for no trades, which have no order of ids", () => {
    const klines = streamOf(venue, { symbol: "BTC-USDT", dataType: "kline_1m" })
    const path = rule.requests(klines, 0, 5000 * minute)[0]!.path
    expect(path).toContain(`start=0&end=${999 * minute}&limit=1000`)
    expect(rule.requests(streamOf(venue, { symbol: "BTC-USDT", dataType: "trade" }), 1, 2)).toEqual([])
  })

  it("says what the venue refused, and rejects what is no answer", () => {
    const stream = streamOf(venue, { symbol: "BTC-USDT", dataType: "kline_1m" })
    const refused = ask("/v5/market/kline?category=spot&symbol=NOPE&interval=1")
    expect(rule.decode(refused, stream, now)).toMatchObject({
      detail: "the venue refused: 10001: Symbol Is Invalid",
    })
    expect(rule.decode(Buffer.from("<html>"), stream, now)).toMatchObject({ reason: "not_json" })
  })
})
