import { describe, expect, it } from "@effect/vitest"
import { deribitBackfill } from "../../../../src/exchanges/deribit/Backfill.ts"
import { makeDeribit } from "../../../../src/exchanges/deribit/index.ts"
import { makeExchange } from "../../../../src/simulator/server/Exchange.ts"
import { protocols } from "../../../../src/simulator/venues/index.ts"
import { decodeFrame, published, streamOf } from "../../../contract/venue/Support.ts"

const now = 1_790_000_000_000

const world = () => {
  const protocol = protocols.get("deribit")!
  const options = { seed: 1, symbols: ["BTC-USDT"], rate: 100, limits: protocol.limits }
  const exchange = makeExchange(protocol, options)
  const venue = makeDeribit()
  const stream = streamOf(venue, { symbol: "BTC-USD-PERP", dataType: "trade" })
  const ask = (first: number, last: number) => {
    const [request] = deribitBackfill.requests(stream, first, last)
    const { pathname, searchParams } = new URL(request!.path, "http://localhost")
    return protocol.rest(pathname, searchParams, now, exchange)!.body
  }
  return { ask, exchange, stream, venue }
}

describe("Deribit's trades by REST", () => {
  it("are those of the stream, by their numbers", () => {
    const { ask, exchange, stream, venue } = world()
    const feed = exchange.feed(stream.wire)!
    const live = feed.between(now - 5000, now).flatMap((frame) => decodeFrame(venue, frame).records)
    expect(live.length).toBeGreaterThan(10)
    const [first, last] = [live[3]!.first, live[8]!.last]
    const rows = deribitBackfill.decode(Buffer.from(ask(first, last)), stream, now)
    if ("reason" in rows) throw new Error(rows.detail)
    expect(published(rows).map(({ data }) => data)).toEqual(
      published(live.slice(3, 9)).map(({ data }) => data),
    )
    expect(rows.map((row) => [row.key, row.first])).toEqual(
      live.slice(3, 9).map((row) => [row.key, row.first]),
    )
  })

  it("are asked for a thousand at a time, from the first that is missing", () => {
    const { ask, exchange, stream } = world()
    const end = exchange.symbols.get("BTC-PERPETUAL")!.market.tradeAt(now)
    const rows = deribitBackfill.decode(Buffer.from(ask(end - 3000, end - 1)), stream, now)
    if ("reason" in rows) throw new Error(rows.detail)
    expect([rows.length, rows[0]!.first, rows.at(-1)!.last]).toEqual([1000, end - 3000, end - 2001])
  })

  it("of another instrument, refused, or no answer at all are not taken", () => {
    const { ask, exchange, stream } = world()
    const end = exchange.symbols.get("BTC-PERPETUAL")!.market.tradeAt(now)
    const decode = (body: string) => {
      const rows = deribitBackfill.decode(Buffer.from(body), stream, now)
      return "reason" in rows ? rows.reason : rows.length
    }
    const body = ask(end - 2, end - 1)
    expect(decode(body)).toBe(2)
    expect(decode(body.replaceAll("BTC-PERPETUAL", "ETH-PERPETUAL"))).toBe("symbol_mismatch")
    expect(decode(body.replace('"direction":"', '"direction":"no'))).toBe("bad_field")
    expect(decode('{"jsonrpc":"2.0","error":{"message":"Invalid params","code":-32602}}')).toBe("bad_field")
    expect(decode("<html>")).toBe("not_json")
  })
})
