import { describe, expect, it } from "vitest"
import { venues } from "../../../../src/exchanges/index.ts"
import { decodeOne, makeCounting, makeGuarded, payloads } from "../../../support/binanceDecoders.ts"
import { type Message, type VenueName, expectedPayload } from "../../../support/binanceRecords.ts"
import { readSession, recordingsAbsent } from "../../../support/recordings.ts"

/** Microseconds, as a live socket gives them. */
const receivedAt = (t: string): number => Number(t.slice(0, -3)) / 1000

const sessions: ReadonlyArray<readonly [VenueName, string, Readonly<Record<string, number>>]> = [
  ["binance", "binance/2024-08-08-ethusdt", { bookTicker: 24077, "depth@100ms": 3434, trade: 6106 }],
  ["binance", "binance/2021-10-12", { "depth@100ms": 177, bookTicker: 84, aggTrade: 2, kline_1m: 2 }],
  ["binance-usdm", "binance-usdm/2024-08-08-ethusdt", { "depth@0ms": 3685, bookTicker: 29625, trade: 6689 }],
  [
    "binance-usdm",
    "binance-usdm/2021-10-12",
    { bookTicker: 613, "depth@100ms": 764, kline_1m: 67, aggTrade: 91 },
  ],
]

describe.skipIf(recordingsAbsent)("every recorded frame", () => {
  it.each(sessions)(
    "of %s in %s is the record that the contract says, to the byte",
    (venue, name, counts) => {
      const { decode } = venues.get(venue)!()
      const guarded = makeGuarded(venue)
      const seen: Record<string, number> = {}
      let strays = 0
      for (const line of readSession(name)) {
        if (line.dir !== "in") continue
        const { stream, data } = JSON.parse(line.raw!) as { stream?: string; data: Message }
        if (stream === undefined) {
          expect(venues.get(venue)!().recordedRest(undefined, line.raw!)).toEqual({
            kind: "depth",
            native: "",
            levels: 1000,
          })
          strays++
          continue
        }
        const at = receivedAt(line.t)
        const output = decodeOne(decode, line.raw!, at)
        const expected = expectedPayload(venue, stream, data, at)
        if (payloads(output)[0] !== expected) expect(payloads(output)).toEqual([expected])
        const byGuards = decodeOne(guarded, line.raw!, at)
        if (payloads(byGuards)[0] !== expected) expect(payloads(byGuards)).toEqual([expected])
        const channel = stream.slice(stream.indexOf("@") + 1)
        seen[channel] = (seen[channel] ?? 0) + 1
      }
      expect(seen).toEqual(counts)
      expect(strays).toBe(name.includes("2024") ? 1 : 0)
    },
  )

  it.each(sessions)("of %s in %s is scanned, klines and first frames apart", (venue, name) => {
    const counting = makeCounting(venue)
    const streams = new Set<string>()
    let klines = 0
    for (const line of readSession(name)) {
      if (line.dir !== "in" || !line.raw!.startsWith('{"stream"')) continue
      const { stream } = JSON.parse(line.raw!) as { stream: string }
      if (stream.includes("@kline")) klines++
      else streams.add(stream)
      decodeOne(counting.decode, line.raw!)
    }
    // A stream that nobody asked for is made by the guards, on its first frame.
    expect(counting.fallbacks).toBe(klines + streams.size)
  })
})
