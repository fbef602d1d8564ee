import { describe, expect, it } from "@effect/vitest"
import { makeHtxSwap } from "../../../../src/exchanges/htx-swap/index.ts"
import { ratioOf } from "../../../../src/exchanges/htx-swap/Polls.ts"
import { pollRoute } from "../../../../src/exchanges/Venue.ts"
import { makeExchange } from "../../../../src/simulator/server/Exchange.ts"
import { htxSwap } from "../../../../src/simulator/venues/htx-swap/index.ts"
import { ask, published } from "../../../contract/venue/Support.ts"

describe("what htx-swap is asked for by REST", () => {
  it.each([
    ["0.5", "0.25", "2.00000000"],
    ["0.3323", "0.6567", "0.50601492"],
    ["1", "3", "0.33333333"],
    ["0", "1", "0.00000000"],
    ["1", "0.000", undefined],
  ])("%s long and %s short are %s", (long, short, ratio) => {
    expect(ratioOf(long, short)).toBe(ratio)
  })

  it("is what its simulator answers: of swaps settled in USDT and in the coin, of every period", () => {
    const venue = makeHtxSwap()
    const exchange = makeExchange(htxSwap, {
      seed: 1,
      symbols: ["BTC-USDT"],
      rate: 100,
      limits: htxSwap.limits,
    })
    const now = 1_790_000_000_000
    const words = venue.offers.filter((word) => word === "open_interest" || word.startsWith("long_short"))
    expect(words.length).toBe(7)
    for (const symbol of ["BTC-USDT-PERP", "BTC-USD-PERP"])
      for (const dataType of words) {
        const stream = ask(venue, { symbol, dataType })
        if ("refused" in stream) throw new Error(stream.refused)
        expect(stream.route).toBe(pollRoute)
        for (const [index, { path }] of venue.polls!.schedule(stream).requests(undefined, now).entries()) {
          const { pathname, searchParams } = new URL(path, "http://localhost")
          const { body } = htxSwap.rest(pathname, searchParams, now, exchange)!
          const records = venue.polls!.decode(Buffer.from(body), stream, now, index)
          if ("reason" in records) throw new Error(records.detail)
          expect(published(records).length).toBe(dataType === "open_interest" ? 1 : 30)
        }
      }
  })

  it("is nothing where the venue refuses, and says why", () => {
    const venue = makeHtxSwap()
    const stream = ask(venue, { symbol: "BTC-USDT-PERP", dataType: "open_interest" })
    if ("refused" in stream) throw new Error(stream.refused)
    const body = '{"status":"error","err_code":1332,"err_msg":"The contract doesn\'t exist.","ts":1}'
    expect(venue.polls!.decode(Buffer.from(body), stream, 1, 0)).toEqual({
      reason: "bad_field",
      detail: "the venue refused: 1332: The contract doesn't exist.",
    })
  })
})
