import { describe, expect, it } from "vitest"
import { parseDataType } from "../../../src/domain/DataType.ts"
import { venues } from "../../../src/exchanges/index.ts"
import { isRefusal } from "../../../src/exchanges/Venue.ts"
import { decodeOne, payloads } from "../../support/binanceDecoders.ts"
import { expectedPayload } from "../../support/binanceRecords.ts"
import { readSamples, recordingsAbsent } from "../../support/recordings.ts"

describe.each(["binance", "binance-usdm"])("venue %s", (name) => {
  const venue = venues.get(name)!()

  it("goes by its name in the registry", () => {
    expect(venue.name).toBe(name)
  })

  it("has a stream for every word it offers, and finds it again by its wire name", () => {
    const instrument = venue.instrument("BTC/USDT")
    if (isRefusal(instrument)) throw new Error(instrument.refused)
    const wires = new Set<string>()
    for (const word of venue.offers) {
      const dataType = parseDataType(word)
      expect(dataType).toBeDefined()
      const stream = venue.stream(dataType!, instrument)
      if (isRefusal(stream)) throw new Error(stream.refused)
      expect(stream.key).toBe(`${name}:${word}:${instrument.symbol}`)
      expect(venue.streamOfWire(stream.wire)).toBe(stream)
      expect(venues.get(name)!().streamOfWire(stream.wire)).toEqual(stream)
      wires.add(stream.wire)
    }
    expect(wires.size).toBe(venue.offers.length)
  })

  it("refuses by name what it has not, and says what it has", () => {
    const instrument = venue.instrument("BTC/USDT")
    if (isRefusal(instrument)) throw new Error(instrument.refused)
    for (const word of ["volatility_index", "depth7", "long_short_ratio_9d"]) {
      const refusal = venue.stream(parseDataType(word)!, instrument)
      expect(refusal).toEqual({ refused: expect.stringMatching(new RegExp(`"${word}".*trade, aggTrade`)) })
    }
  })

  it("never shares streams with another of its kind", () => {
    expect(venues.get(name)!().streamOfWire("btcusdt@trade")).not.toBe(venue.streamOfWire("btcusdt@trade"))
  })
})

describe.skipIf(recordingsAbsent)("every sample message", () => {
  const streams = {
    depthUpdate: "depth@100ms",
    bookTicker: "bookTicker",
    "24hrTicker": "ticker",
    kline: "kline_1m",
    trade: "trade",
  } as const

  /** Samples of raw connections get the frame that a combined one puts round them. */
  const wrap = (raw: string) => {
    const message = JSON.parse(raw)
    const data = message.data ?? message
    const event = data.e ?? (data.u === undefined ? undefined : "bookTicker")
    const suffix = streams[event as keyof typeof streams]
    return suffix === undefined ? undefined : { stream: `${data.s.toLowerCase()}@${suffix}`, data }
  }

  it.each(["binance", "binance-usdm"] as const)("of %s is a record, a skip, a control, or named", (venue) => {
    const spot = venues.get("binance")!()
    const usdm = venues.get("binance-usdm")!()
    const results: Record<string, number> = {}
    for (const { raw } of readSamples(venue)) {
      const framed = wrap(raw)
      // Samples of the spot file that carry `X`, or a book ticker with a time, are USD-M's.
      const futures =
        venue === "binance-usdm" || framed?.data.X !== undefined || framed?.data.e === "bookTicker"
      const output = decodeOne(
        (futures ? usdm : spot).decode,
        framed === undefined ? raw : JSON.stringify(framed),
      )
      if (framed !== undefined && output.records.length === 1) {
        const name = futures ? "binance-usdm" : "binance"
        expect(payloads(output)).toEqual([
          expectedPayload(name, framed.stream, framed.data, 1723161254024.619),
        ])
      }
      const rest = spot.recordedRest(undefined, raw).kind === "depth"
      const [result] = [
        ...output.records.map((record) => record.type as string),
        ...output.skips,
        ...output.controls.map((control) => control.kind),
        ...(rest ? ["rest"] : output.rejects.map(({ reason }) => reason as string)),
      ]
      results[result!] = (results[result!] ?? 0) + 1
    }
    const records = { bbo: 2, depth: 2, kline: 1, ticker: 1, trade: 3 }
    // A level alone is no message, a side in words no boolean.
    const rejects = { not_object: 1, bad_field: 1 }
    const ofSpot = { ...records, ...rejects, ack: 2, rest: 2, off_book: 2 }
    expect(results).toEqual(venue === "binance" ? ofSpot : { depth: 1, unknown_event: 1 })
  })
})
