import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer, References } from "effect"
import * as MemoryJournal from "../../../../layers/journal/Memory.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import { isSnapshot, makeDepthChain, onDelta, onSnapshot } from "../../../../src/collect/DepthChain.ts"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import type { Stream } from "../../../../src/domain/Stream.ts"
import { okxDepth } from "../../../../src/exchanges/okx/Books.ts"
import { makeOkx } from "../../../../src/exchanges/okx/index.ts"
import { decodeFrame } from "../../../contract/venue/Support.ts"
import { readSession, recordingsAbsent } from "../../../support/recordings.ts"
import { drivenStates, newestGaps } from "../../../support/streamStates.ts"

const services = Layer.merge(MemoryJournal.layer({ capacityBytes: 64 << 20 }), Metrics.layer)

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

  const recorded = (change = (raw: string) => raw) => {
    const venue = makeOkx()
    return readSession("okx/2022-05-13").flatMap(({ dir, raw }) =>
      dir === "in" ? decodeFrame(venue, change(raw!)).records.filter(({ type }) => type === "depth") : [],
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

  it.effect.skipIf(recordingsAbsent)(
    "a wrong checksum in the recorded session is a gap of that book alone, fetched anew and whole again",
    () =>
      Effect.gen(function* () {
        const wrong = recorded().filter(({ stream: { wire } }) => wire === "books:BTC-USDT")[5]!.checksum!
        const records = recorded((raw) => raw.replace(`"checksum":${wrong}}`, `"checksum":${wrong + 1}}`))
        const streams = [...new Set(records.map(({ stream }) => stream))]
        const own = records.filter(({ stream }) => stream.wire === "books:BTC-USDT")
        const driven = yield* drivenStates(streams, { depth: okxDepth })
        for (const record of records) yield* driven.records([record])
        const others = records.length - own.length
        expect(driven.out.filter(({ type }) => type === "depth")).toHaveLength(others + 5)
        const asked = driven.events.filter(({ kind }) => kind === "wanted")
        expect(asked.map(({ stream }) => stream.wire)).toEqual(["books:BTC-USDT"])
        // The venue sends the whole book when it is subscribed anew.
        yield* driven.records([own[0]!, own[1]!])
        expect(driven.out.filter(({ type }) => type === "depth")).toHaveLength(others + 7)
        const [gap, ...rest] = newestGaps(driven.out)
        expect(rest).toEqual([])
        expect(gap!.data).toMatchObject({ channel: "depth", cause: "sequence", repair: "complete" })
        expect(driven.balanced()).toBe(true)
      }).pipe(Effect.provide(services), Effect.provideService(References.MinimumLogLevel, "None")),
  )

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
