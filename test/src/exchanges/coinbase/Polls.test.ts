import { describe, expect, it } from "vitest"
import { makeCoinbase } from "../../../../src/exchanges/coinbase/index.ts"
import { makeExchange } from "../../../../src/simulator/server/Exchange.ts"
import { protocols } from "../../../../src/simulator/venues/index.ts"
import { streamOf } from "../../../contract/venue/Support.ts"

const minute = 60_000
const now = 1_790_000_030_000
const open = Math.floor(now / minute) * minute

describe("candles of coinbase", () => {
  const venue = makeCoinbase()
  const stream = streamOf(venue, { symbol: "BTC-USDT", dataType: "kline_1m" })
  const { requests } = venue.polls!.schedule(stream)
  const protocol = protocols.get("coinbase")!
  const exchange = makeExchange(protocol, {
    seed: 1,
    symbols: ["BTC-USDT"],
    rate: 100,
    limits: protocol.limits,
  })

  /** When each of the candles begins that its simulator gives. */
  const opens = (since: number | undefined): ReadonlyArray<number> =>
    requests(since, now).flatMap(({ path }, index) => {
      const { pathname, searchParams } = new URL(path, "http://localhost")
      const answer = protocol.rest(pathname, searchParams, now, exchange)!
      expect(answer.status).toBe(200)
      const read = venue.polls!.decode(Buffer.from(answer.body), stream, now, index)
      if ("reason" in read) throw new Error(read.detail)
      return read.map(({ first }) => first)
    })

  it("are asked for when they are over, the newest at first", () => {
    expect(opens(undefined)).toEqual([open - minute])
  })

  it("that were missed are asked for by as many answers as it takes, each once", () => {
    const newest = open - 400 * minute - 1
    expect(requests(newest, now).length).toBe(2)
    expect(opens(newest)).toEqual(Array.from({ length: 400 }, (_, index) => open - (400 - index) * minute))
  })

  it("that were missed for long are asked for as far as five answers go", () => {
    expect(opens(open - 9000 * minute - 1).length).toBe(1500)
  })
})
