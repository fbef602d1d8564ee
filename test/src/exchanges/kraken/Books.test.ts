import { describe, expect, it } from "vitest"
import { isSnapshot, makeDepthChain, onDelta, onSnapshot } from "../../../../src/collect/DepthChain.ts"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import { bookChecksum, krakenDepth } from "../../../../src/exchanges/kraken/Books.ts"
import { makeKraken } from "../../../../src/exchanges/kraken/index.ts"
import { decodeFrame } from "../../../contract/venue/Support.ts"
import { readSession, recordingsAbsent } from "../../../support/recordings.ts"

const levels = (...prices: ReadonlyArray<string>): ReadonlyArray<readonly [string, string]> =>
  prices.map((price) => [`0.0${price}`, "0.00000500"])

/** The example of the documents. */
const bids = levels(..."5000 4995 4990 4980 4975 4970 4965 4960 4955 4950 4945".split(" "))
const asks = levels(..."5005 5010 5015 5020 5025 5030 5035 5040 5045 5050 5055".split(" "))

const changed = (last: number): Decoded => ({ last }) as Decoded

describe("a book of kraken", () => {
  it("adds up to the documented sum of its ten best levels", () => {
    expect(bookChecksum(bids, asks)).toBe(974947235)
  })

  it("goes on with what is newer, holds the same already, and is fetched anew for what is older", () => {
    for (const judge of [krakenDepth.follow, krakenDepth.join]) {
      expect(judge(1000, changed(1001))).toBe("next")
      expect(judge(1000, changed(1000))).toBe("contained")
      expect(judge(1000, changed(999))).toBe("gap")
    }
  })

  it.skipIf(recordingsAbsent)("agrees with every recorded sum, from the snapshot on", () => {
    const venue = makeKraken()
    const chains = new Map<Decoded["stream"], ReturnType<typeof makeDepthChain>>()
    let agreed = 0
    for (const { dir, raw } of readSession("kraken/2021-04-17")) {
      if (dir !== "in") continue
      for (const record of decodeFrame(venue, raw ?? "").records) {
        if (record.type !== "depth") continue
        const chain = chains.get(record.stream) ?? makeDepthChain(venue.depth!)
        chains.set(record.stream, chain)
        const outcome = isSnapshot(record) ? onSnapshot(chain, record) : onDelta(chain, record)
        expect(outcome.publish).toEqual([record])
        if (record.checksum !== undefined) agreed++
      }
    }
    expect([chains.size, agreed]).toEqual([10, 4269])
  })

  it("with another sum than the venue's is broken, and nobody's until it comes whole again", () => {
    const venue = makeKraken()
    const frames = [
      '[464,{"as":[["10.5","1.00","1618678100.000001"]],"bs":[["10.4","1.00","1618678100.000002"]]},"book-1000","XBT/CHF"]',
      '[464,{"a":[["10.5","2.00","1618678100.000003"]],"c":"1"},"book-1000","XBT/CHF"]',
      '[464,{"a":[["10.5","3.00","1618678100.000004"]],"c":"2"},"book-1000","XBT/CHF"]',
    ]
    const [whole, broken, later] = frames.flatMap((frame) => decodeFrame(venue, frame).records)
    const chain = makeDepthChain(venue.depth!)
    expect(onSnapshot(chain, whole!).publish).toEqual([whole])
    expect(onDelta(chain, broken!)).toMatchObject({ publish: [], wantsSnapshot: true })
    expect(onDelta(chain, later!)).toMatchObject({ publish: [], wantsSnapshot: false, superseded: 1 })
  })
})
