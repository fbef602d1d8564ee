import { describe, expect, it } from "@effect/vitest"
import { htxDepth } from "../../../../src/exchanges/htx/Books.ts"
import { makeHtx } from "../../../../src/exchanges/htx/index.ts"
import { decodeFrame, streamOf } from "../../../contract/venue/Support.ts"

const delta = (previous: number, last: number) =>
  decodeFrame(
    makeHtx(),
    `{"ch":"market.btcusdt.mbp.150","ts":1634601197516,"tick":{"seqNum":${last},"prevSeqNum":${previous},"asks":[[1,1]]}}`,
  ).records[0]!

describe("the book of htx", () => {
  it.each([
    ["one that names the last", 10, 12, "next"],
    ["one that names an older one, and ends later: it is not the snapshot's", 9, 12, "gap"],
    ["one that names a later one", 11, 12, "gap"],
    ["an old one", 7, 9, "contained"],
    ["the same again", 9, 10, "contained"],
    ["one without a change", 10, 10, "contained"],
  ])("%s: %i → %i after 10 is %s", (_, previous, last, wanted) => {
    expect(htxDepth.join(10, delta(previous, last))).toBe(wanted)
    expect(htxDepth.follow(10, delta(previous, last))).toBe(wanted)
  })

  it("is asked for by the topic of its changes", () => {
    const { snapshots } = htxDepth
    const stream = streamOf(makeHtx(), { symbol: "BTC-USDT", dataType: "depth" })
    expect(snapshots.kind === "asked" && snapshots.ask(stream, 7)).toBe(
      '{"req":"market.btcusdt.mbp.150","id":"7"}',
    )
  })
})
