import { describe, expect, it } from "@effect/vitest"
import { venues } from "../../../../src/exchanges/index.ts"
import type { Venue } from "../../../../src/exchanges/Venue.ts"
import { makeExchange } from "../../../../src/simulator/server/Exchange.ts"
import { protocols } from "../../../../src/simulator/venues/index.ts"
import { decodeFrame, streamOf } from "../../../contract/venue/Support.ts"

const now = 1_790_000_000_000

const asked = (venue: Venue, symbol: string) => {
  const stream = streamOf(venue, { symbol, dataType: "trade" })
  const protocol = protocols.get(venue.name)!
  const exchange = makeExchange(protocol, {
    seed: 1,
    symbols: ["BTC-USDT"],
    rate: 100,
    limits: protocol.limits,
  })
  const { pathname, searchParams } = new URL(venue.progress!.request(stream)!.path, "http://localhost")
  const { body } = protocol.rest(pathname, searchParams, now, exchange)!
  const pushes = exchange.feed(stream.wire)!.between(now - 60_000, now)
  const last = pushes.flatMap((push) => decodeFrame(venue, push).records).at(-1)!
  return { progress: venue.progress!.read(Buffer.from(body), stream), last }
}

describe("how far the trades of htx have come, as REST says", () => {
  it("is the number of the newest one, which the stream has too", () => {
    const { last, progress } = asked(venues.get("htx")!(), "BTC-USDT")
    expect(progress).toEqual({ mark: String(last.last), sequence: last.last })
  })

  it.each(["BTC-USDT-PERP", "BTC-USD-PERP"])(
    "is the id of the newest one of %s, which is no sequence",
    (symbol) => {
      const { last, progress } = asked(venues.get("htx-swap")!(), symbol)
      expect(progress).toEqual({ mark: last.key })
    },
  )

  it.each([
    ["nothing was traded yet", '{"status":"ok","tick":{"data":[]}}', { mark: "" }],
    ["the venue refuses", '{"status":"error","err-code":"invalid-parameter"}', undefined],
    ["a row has no number", '{"status":"ok","tick":{"data":[{"id":1}]}}', undefined],
    ["it is no answer", "<html>", undefined],
  ])("where %s", (_, body, wanted) => {
    const venue = venues.get("htx")!()
    const stream = streamOf(venue, { symbol: "BTC-USDT", dataType: "trade" })
    expect(venue.progress!.read(Buffer.from(body), stream)).toEqual(wanted)
    expect(venue.progress!.request(streamOf(venue, { symbol: "BTC-USDT", dataType: "bbo" }))).toBe(undefined)
  })

  it("keeps the digits of an id that no number holds", () => {
    const venue = venues.get("htx-swap")!()
    const stream = streamOf(venue, { symbol: "BTC-USDT-PERP", dataType: "trade" })
    const body = '{"status":"ok","tick":{"data":[{"id":2221000522184190000},{"id":2221000522184190001}]}}'
    expect(venue.progress!.read(Buffer.from(body), stream)).toEqual({ mark: "2221000522184190001" })
  })
})
