import { describe, expect, it } from "@effect/vitest"
import { venues } from "../../../src/exchanges/index.ts"
import type { Venue } from "../../../src/exchanges/Venue.ts"
import { makeExchange } from "../../../src/simulator/server/Exchange.ts"
import { protocols } from "../../../src/simulator/venues/index.ts"
import { bytesOf, decodeFrame, streamOf } from "../../contract/venue/Support.ts"

const now = 1_790_000_000_000

interface Case {
  readonly venue: string
  readonly symbol: string
  /** Whether its trades are numbered one by one. */
  readonly numbered: boolean
  readonly dataType?: string
  readonly nothing?: string
  readonly refusals: ReadonlyArray<string>
}

const okx = {
  venue: "okx",
  numbered: true,
  nothing: '{"code":"0","data":[]}',
  refusals: [
    '{"code":"51001","msg":"no such instrument","data":[]}',
    '{"code":"0","data":[{"tradeId":"x"}]}',
  ],
}

const bybit = {
  venue: "bybit",
  numbered: false,
  nothing: '{"retCode":0,"result":{"list":[]}}',
  refusals: [
    '{"retCode":10001,"retMsg":"params error","result":{}}',
    '{"retCode":0,"result":{"list":[{"execId":7}]}}',
  ],
}

const cases: ReadonlyArray<Case> = [
  { ...okx, symbol: "BTC-USDT" },
  { ...okx, symbol: "BTC-USDT-PERP", dataType: "aggTrade" },
  { ...bybit, symbol: "BTC-USDT" },
  { ...bybit, symbol: "BTC-USDT-PERP" },
  {
    venue: "deribit",
    symbol: "BTC-USD-PERP",
    numbered: true,
    nothing: '{"jsonrpc":"2.0","result":{"trades":[],"has_more":false}}',
    refusals: [
      '{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params"}}',
      '{"result":{"trades":[1]}}',
    ],
  },
  {
    venue: "coinbase",
    symbol: "BTC-USD",
    numbered: true,
    nothing: "[]",
    refusals: ['{"message":"NotFound"}', '[{"trade_id":-1}]'],
  },
  {
    venue: "kraken",
    symbol: "BTC-USD",
    numbered: false,
    refusals: ['{"error":["EQuery:Unknown asset pair"]}', '{"error":[],"result":{"XXBTZUSD":{"c":[]}}}'],
  },
]

/** What REST says of a stream's trades at a moment, and the newest that its stream has told until then. */
const askedAt = (venue: Venue, { dataType = "trade", symbol }: Case, time: number) => {
  const stream = streamOf(venue, { symbol, dataType })
  const protocol = protocols.get(venue.name)!
  const symbols = [symbol.replace(/-PERP$/, "")]
  const exchange = makeExchange(protocol, { seed: 1, symbols, rate: 60, limits: protocol.limits })
  const { pathname, searchParams } = new URL(venue.progress!.request(stream)!.path, "http://localhost")
  const answer = protocol.rest(pathname, searchParams, time, exchange)
  if (answer?.status !== 200) throw new Error(`${pathname}?${searchParams.toString()}: ${answer?.body}`)
  const feed = exchange.feed(stream.wire)!
  const told = feed
    .between(time - 60_000, time)
    .flatMap(
      (push) => decodeFrame(venue, bytesOf(protocol.wrap(feed.name, push)), undefined, stream.route).records,
    )
  return { stream, progress: venue.progress!.read(Buffer.from(answer.body), stream), last: told.at(-1)! }
}

describe.each(cases)("how far the trades of $venue have come ($symbol), as REST says", (each) => {
  const venue = venues.get(each.venue)!()

  it("is the newest one that the stream has told, and another one once it has told more", () => {
    const { last, progress } = askedAt(venue, each, now)
    if (each.numbered) expect(progress).toEqual({ mark: String(last.last), sequence: last.last })
    expect(progress!.mark).not.toBe("")
    expect(askedAt(venue, each, now).progress).toEqual(progress)
    expect(askedAt(venue, each, now + 60_000).progress!.mark).not.toBe(progress!.mark)
  })

  it("is nothing where nothing was traded, and unknown where the venue refuses or says something else", () => {
    const { stream } = askedAt(venue, each, now)
    const read = (body: string) => venue.progress!.read(Buffer.from(body), stream)
    if (each.nothing !== undefined) expect(read(each.nothing)).toEqual({ mark: "" })
    for (const body of [...each.refusals, "<html>", "", "null", "[1]"])
      expect([body, read(body)]).toEqual([body, undefined])
  })

  it("is not asked of what no answer shows exactly", () => {
    for (const dataType of ["ticker", "depth"])
      expect(venue.progress!.request(streamOf(venue, { symbol: each.symbol, dataType }))).toBeUndefined()
  })
})
