import { describe, expect, it } from "@effect/vitest"
import { isSnapshot, makeDepthChain, onDelta, onSnapshot } from "../../../../src/collect/DepthChain.ts"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import type { Stream } from "../../../../src/domain/Stream.ts"
import { deribitDepth } from "../../../../src/exchanges/deribit/Books.ts"
import { makeDeribit } from "../../../../src/exchanges/deribit/index.ts"
import { decodeFrame } from "../../../contract/venue/Support.ts"
import { readSession, recordingsAbsent } from "../../../support/recordings.ts"

const change = (previous: number, last: number) => ({ previous, last, first: previous + 1 }) as Decoded

describe("Deribit's books", () => {
  it("follow by prev_change_id, over numbers that other instruments took", () => {
    expect(deribitDepth.join(10, change(10, 900))).toBe("next")
    expect(deribitDepth.follow(10, change(10, 900))).toBe("next")
  })

  it("hold what came before, and break at anything else", () => {
    expect(deribitDepth.follow(10, change(7, 10))).toBe("contained")
    expect(deribitDepth.join(10, change(5, 8))).toBe("contained")
    expect(deribitDepth.follow(10, change(11, 15))).toBe("gap")
    expect(deribitDepth.follow(10, change(9, 15))).toBe("gap")
  })

  const recorded = () => {
    const venue = makeDeribit()
    return readSession("deribit/2021-07-22").flatMap(({ dir, raw }) =>
      dir === "in" ? decodeFrame(venue, raw!).records.filter(({ type }) => type === "depth") : [],
    )
  }

  const run = (records: ReadonlyArray<Decoded>) => {
    const chains = new Map<Stream, ReturnType<typeof makeDepthChain>>()
    const counts = { published: 0, broken: 0 }
    for (const record of records) {
      const chain = chains.get(record.stream) ?? makeDepthChain(deribitDepth)
      chains.set(record.stream, chain)
      const outcome = isSnapshot(record) ? onSnapshot(chain, record) : onDelta(chain, record)
      counts.published += outcome.publish.length
      counts.broken += outcome.broken === undefined ? 0 : 1
    }
    return counts
  }

  it.skipIf(recordingsAbsent)("the chains of the recorded session hold: ten snapshots, 36 changes", () => {
    const records = recorded()
    expect(records.filter(isSnapshot)).toHaveLength(10)
    expect(run(records)).toEqual({ published: 46, broken: 0 })
  })

  it.skipIf(recordingsAbsent)("a lost change of the recorded session shows in the next one", () => {
    const records = recorded()
    const lost = records.findIndex((record) => record.previous >= 0)
    expect(run(records.toSpliced(lost, 1)).broken).toBe(1)
  })

  it("a level that goes has nothing left, and no other action is known", () => {
    const frame = (level: string) =>
      `{"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms","data":{"type":"change","timestamp":1,"prev_change_id":1,"instrument_name":"BTC-PERPETUAL","change_id":2,"bids":[${level}],"asks":[]}}}`
    const outcome = (level: string) => {
      const { records, rejects } = decodeFrame(makeDeribit(), frame(level))
      return records.length > 0 ? "record" : rejects.map(({ reason }) => reason).join()
    }
    expect(outcome('["delete",1.5,0.0]')).toBe("record")
    expect(outcome('["delete",1.5,3.0]')).toBe("bad_levels")
    expect(outcome('["moved",1.5,3.0]')).toBe("bad_levels")
  })
})
