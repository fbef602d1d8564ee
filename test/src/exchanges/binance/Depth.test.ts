import { describe, expect, it } from "vitest"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import { venues } from "../../../../src/exchanges/index.ts"
import { type DepthRule, restSnapshots, type Venue } from "../../../../src/exchanges/Venue.ts"
import { decodeOne, encode } from "../../../support/binanceDecoders.ts"
import { type VenueName, expectedSnapshot } from "../../../support/binanceRecords.ts"
import { readSession, recordingsAbsent } from "../../../support/recordings.ts"

const delta = (first: number, last: number, previous = -1): Decoded => {
  const stream = venues.get("binance")!().streamOfWire("btcusdt@depth")!
  return { stream, type: "depth", key: "", timestamp: 1, receivedAt: 1, data: "", first, last, previous }
}

describe("spot's chain", () => {
  const { join, follow } = venues.get("binance")!().depth!

  it("drops what the snapshot holds, the delta that ends at it included", () => {
    expect(join(100, delta(90, 99))).toBe("contained")
    expect(join(100, delta(90, 100))).toBe("contained")
  })

  it("joins at the delta that spans the sequence after the snapshot", () => {
    expect(join(100, delta(95, 101))).toBe("next")
    expect(join(100, delta(101, 105))).toBe("next")
    expect(join(100, delta(102, 105))).toBe("gap")
  })

  it("follows without a hole, and leaves out what came twice", () => {
    expect(follow(100, delta(101, 101))).toBe("next")
    expect(follow(100, delta(102, 103))).toBe("gap")
    expect(follow(100, delta(99, 100))).toBe("contained")
    expect(follow(100, delta(99, 102))).toBe("next")
  })
})

describe("USD-M's chain", () => {
  const { join, follow } = venues.get("binance-usdm")!().depth!

  it("drops what ends before the snapshot, and keeps the delta that ends at it", () => {
    expect(join(100, delta(90, 99, 80))).toBe("contained")
    expect(join(100, delta(90, 100, 80))).toBe("next")
  })

  it("joins at the delta that spans the snapshot's sequence or names it as previous", () => {
    expect(join(100, delta(95, 105, 90))).toBe("next")
    expect(join(100, delta(103, 105, 100))).toBe("next")
    // Between `previous` and `first` stand sequences of other symbols.
    expect(join(100, delta(103, 105, 98))).toBe("next")
    expect(join(100, delta(103, 105, 101))).toBe("gap")
  })

  it("follows by the previous sequence alone", () => {
    expect(follow(100, delta(250, 260, 100))).toBe("next")
    expect(follow(100, delta(101, 110, 101))).toBe("gap")
    expect(follow(100, delta(101, 110, 99))).toBe("gap")
    expect(follow(100, delta(90, 100, 80))).toBe("contained")
  })
})

/** Snapshots and deltas of a recorded session, by native name, in the order they came. */
const readBooks = (name: VenueName, session: string) => {
  const venue = venues.get(name)!()
  const books = new Map<string, { snapshot?: Decoded; readonly deltas: Array<Decoded> }>()
  const bookOf = (native: string) => books.get(native) ?? books.set(native, { deltas: [] }).get(native)!
  for (const line of readSession(session)) {
    const rest =
      line.raw === undefined || line.raw.startsWith('{"stream"')
        ? undefined
        : venue.recordedRest(line.url, line.raw)
    if (rest?.kind === "depth") {
      const native = rest.native === "" ? "ETHUSDT" : rest.native
      const stream = venue.streamOfWire(`${native.toLowerCase()}@depth`)!
      const levels = rest.native === "" ? undefined : rest.levels
      const snapshot = restSnapshots(venue.depth)!.decode(Buffer.from(line.raw!), stream, 5.5, levels)
      if ("reason" in snapshot) throw new Error(snapshot.detail)
      expect(encode([snapshot])).toEqual([
        expectedSnapshot(name, native, JSON.parse(line.raw!), rest.levels, 5.5),
      ])
      bookOf(native).snapshot = snapshot
    } else if (line.dir === "in" && line.raw!.includes("@depth@")) {
      const record = decodeOne(venue.decode, line.raw!).records[0]!
      bookOf(record.stream.instrument.native).deltas.push(record)
    }
  }
  return { venue, books }
}

/** How many deltas the snapshot contains, follow it, and do not. */
const walk = (rule: DepthRule, snapshot: Decoded, deltas: ReadonlyArray<Decoded>) => {
  const counts = { contained: 0, next: 0, reset: 0, gap: 0 }
  let last = snapshot.last
  let joined = false
  for (const each of deltas) {
    const verdict = joined ? rule.follow(last, each) : rule.join(last, each)
    counts[verdict]++
    if (verdict === "contained") continue
    joined = true
    last = each.last
  }
  return counts
}

describe.skipIf(recordingsAbsent)("every recorded book", () => {
  it.each([
    ["binance", "binance/2021-10-12", 4],
    ["binance", "binance/2024-08-08-ethusdt", 1],
    ["binance-usdm", "binance-usdm/2021-10-12", 4],
    ["binance-usdm", "binance-usdm/2024-08-08-ethusdt", 1],
  ] as const)(
    "of %s in %s chains from its snapshot to its end, and breaks where a delta is taken out",
    (name, session, count) => {
      const { venue, books } = readBooks(name, session)
      const rule = (venue as Venue).depth!
      expect(books.size).toBe(count)
      for (const { snapshot, deltas } of books.values()) {
        const whole = walk(rule, snapshot!, deltas)
        expect(whole.gap).toBe(0)
        expect(whole.contained + whole.next).toBe(deltas.length)
        expect(whole.contained).toBeGreaterThan(0)
        const from = whole.contained + 1
        if (from + 1 >= deltas.length) continue
        expect(walk(rule, snapshot!, deltas.toSpliced(from, 1)).gap).toBe(1)
      }
    },
  )
})
