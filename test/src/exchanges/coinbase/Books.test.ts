import { describe, expect, it } from "vitest"
import { makeDepthChain, onDelta, onSnapshot } from "../../../../src/collect/DepthChain.ts"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import { coinbaseDepth } from "../../../../src/exchanges/coinbase/Books.ts"
import { makeCoinbase } from "../../../../src/exchanges/coinbase/index.ts"
import { decodeFrame, streamOf } from "../../../contract/venue/Support.ts"
import { readSession, recordingsAbsent } from "../../../support/recordings.ts"

const changed = (last: number): Decoded => ({ last }) as Decoded

describe("a book of coinbase", () => {
  it("goes on with what is newer or as old, and is fetched anew for what is older", () => {
    expect(coinbaseDepth.follow(1000, changed(1001))).toBe("next")
    expect(coinbaseDepth.follow(1000, changed(1000))).toBe("next")
    expect(coinbaseDepth.follow(1000, changed(999))).toBe("gap")
  })

  it("takes whatever comes after a snapshot, which has no time of its own", () => {
    expect(coinbaseDepth.join(0, changed(1))).toBe("next")
    expect(coinbaseDepth.join(1000, changed(999))).toBe("next")
  })

  it("takes a change once that two connections tell, and every other one of the same moment", () => {
    const venue = makeCoinbase()
    const time = '"time":"2021-04-17T16:43:37.109951Z"}'
    const [whole, change, other] = [
      '{"type":"snapshot","product_id":"SKL-USD","asks":[],"bids":[]}',
      `{"type":"l2update","product_id":"SKL-USD","changes":[["buy","0.7864","5.0"]],${time}`,
      `{"type":"l2update","product_id":"SKL-USD","changes":[["sell","0.7982","5.0"]],${time}`,
    ].flatMap((frame) => decodeFrame(venue, frame).records)
    const chain = makeDepthChain(venue.depth!)
    onSnapshot(chain, whole!)
    expect(onDelta(chain, change!).publish).toEqual([change])
    expect(onDelta(chain, change!)).toMatchObject({ publish: [], contained: 1 })
    expect(onDelta(chain, other!).publish).toEqual([other])
  })

  it.skipIf(recordingsAbsent)("was recorded without a step back, and without two records of one key", () => {
    const venue = makeCoinbase()
    const newest = new Map<Decoded["stream"], number>()
    const keys = new Set<string>()
    const seen = { records: 0, sameTime: 0 }
    for (const { dir, raw, t } of readSession("coinbase/2021-04-17")) {
      if (dir !== "in") continue
      for (const record of decodeFrame(venue, raw ?? "", Number(t) / 1e6).records) {
        seen.records++
        keys.add(`${record.stream.key} ${record.key}`)
        if (record.type !== "depth") continue
        const last = newest.get(record.stream)
        newest.set(record.stream, record.last)
        if (last === undefined) expect(record.first).toBe(-1)
        else expect(coinbaseDepth.follow(last, record)).toBe("next")
        if (record.last === last) seen.sameTime++
      }
    }
    expect(seen).toEqual({ records: 9943, sameTime: 1442 })
    expect(keys.size).toBe(9943)
  })
})

describe("trades of coinbase that did not come", () => {
  const venue = makeCoinbase()
  const stream = streamOf(venue, { symbol: "BTC-USD", dataType: "trade" })

  it("are asked for by id, a thousand at once", () => {
    expect(venue.backfill!.requests(stream, 11, 20)).toEqual([
      { path: "/products/BTC-USD/trades?after=21&limit=10", weight: 1, fromFirst: true },
    ])
    expect(venue.backfill!.requests(stream, 11, 5000).map(({ path }) => path)).toEqual([
      "/products/BTC-USD/trades?after=1011&limit=1000",
    ])
    const ticker = streamOf(venue, { symbol: "BTC-USD", dataType: "ticker" })
    expect(venue.backfill!.requests(ticker, 1, 2)).toEqual([])
  })

  it("come newest first and are told in order; a refusal is one", () => {
    const row = (id: number) =>
      `{"time":"2014-11-07T22:19:28.578544Z","trade_id":${id},"price":"10.00000000","size":"0.01000000","side":"buy"}`
    const decode = (body: string) => venue.backfill!.decode(Buffer.from(body), stream, 1)
    expect(decode(`[${row(75)},${row(74)}]`)).toEqual([
      expect.objectContaining({
        key: "74",
        first: 74,
        last: 74,
        data: expect.stringContaining('"side":"sell"'),
      }),
      expect.objectContaining({ key: "75" }),
    ])
    expect(decode('{"message":"NotFound"}')).toEqual({
      reason: "bad_field",
      detail: "the venue refused: NotFound",
    })
  })
})
