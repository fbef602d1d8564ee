import { describe, expect, it } from "@effect/vitest"
import { isSnapshot, makeDepthChain, onDelta, onSnapshot } from "../../../../src/collect/DepthChain.ts"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import type { Stream } from "../../../../src/domain/Stream.ts"
import { okxDepth } from "../../../../src/exchanges/okx/Books.ts"
import { makeOkx } from "../../../../src/exchanges/okx/index.ts"
import { decodeFrame } from "../../../contract/venue/Support.ts"
import { readSession, recordingsAbsent } from "../../../support/recordings.ts"

const update = (previous: number, last: number) => ({ previous, last, first: last }) as Decoded

describe("OKX's books", () => {
  it("follow by prevSeqId; an update without a change, and the very same again, say nothing new", () => {
    expect(okxDepth.follow(10, update(10, 15))).toBe("next")
    expect(okxDepth.follow(10, update(10, 10))).toBe("contained")
    expect(okxDepth.follow(10, update(7, 10))).toBe("contained")
  })

  it("go on after maintenance, when the count begins anew", () => {
    expect(okxDepth.follow(10, update(10, 3))).toBe("reset")
    expect(okxDepth.follow(3, update(3, 5))).toBe("next")
  })

  it("break at anything else: a lost update, a keep-alive of another sequence, an old one", () => {
    expect(okxDepth.follow(10, update(12, 15))).toBe("gap")
    expect(okxDepth.follow(10, update(12, 12))).toBe("gap")
    expect(okxDepth.follow(10, update(5, 8))).toBe("gap")
  })

  const recorded = () => {
    const venue = makeOkx()
    return readSession("okx/2022-05-13").flatMap(({ dir, raw }) =>
      dir === "in" ? decodeFrame(venue, raw!).records.filter(({ type }) => type === "depth") : [],
    )
  }
  const run = (records: ReadonlyArray<Decoded>) => {
    const chains = new Map<Stream, ReturnType<typeof makeDepthChain>>()
    const counts = { published: 0, broken: 0, superseded: 0 }
    for (const record of records) {
      const chain = chains.get(record.stream) ?? makeDepthChain(okxDepth)
      chains.set(record.stream, chain)
      const outcome = isSnapshot(record) ? onSnapshot(chain, record) : onDelta(chain, record)
      counts.published += outcome.publish.length
      counts.broken += outcome.broken === undefined ? 0 : 1
      counts.superseded += outcome.superseded ?? 0
    }
    return counts
  }

  it.skipIf(recordingsAbsent)("the 290 checksums of the recorded session verify", () => {
    const records = recorded()
    expect(records.filter(({ checksum }) => checksum !== undefined)).toHaveLength(290)
    expect(run(records)).toEqual({ published: 290, broken: 0, superseded: 0 })
  })

  it.skipIf(recordingsAbsent)("a lost update of the recorded session shows in the next checksum", () => {
    const records = recorded()
    const [stream] = records.map((record) => record.stream)
    const own = records.filter((record) => record.stream === stream)
    const { broken, published, superseded } = run(own.toSpliced(1, 1))
    expect([broken, published + superseded]).toEqual([1, own.length - 1])
  })

  it("a checksum of 0 is none: OKX sends nothing else since 2026", () => {
    const frame = (action: string, checksum: number, seqId: number, prevSeqId: number) =>
      `{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"${action}","data":[{"asks":[],"bids":[["1","1","0","1"]],"ts":"1597026383085","checksum":${checksum},"prevSeqId":${prevSeqId},"seqId":${seqId}}]}`
    const venue = makeOkx()
    const [dead] = decodeFrame(venue, frame("snapshot", 0, 5, -1)).records
    expect(dead!.checksum).toBeUndefined()
    const [next] = decodeFrame(venue, frame("update", 0, 6, 5)).records
    expect(run([dead!, next!])).toEqual({ published: 2, broken: 0, superseded: 0 })
  })
})
