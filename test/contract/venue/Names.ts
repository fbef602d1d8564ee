import { describe, expect, it } from "@effect/vitest"
import { venues } from "../../../src/exchanges/index.ts"
import { isRefusal } from "../../../src/exchanges/Venue.ts"
import type { VenueFixture } from "../Venue.ts"
import { ask, streamOf } from "./Support.ts"

/** Names: of the venue, its instruments, its streams. */
export const namesContract = ({ name, make, instruments, refuses }: VenueFixture): void => {
  describe("names", () => {
    it("goes by its name in the registry", () => {
      expect(venues.get(name)!().name).toBe(name)
      expect(make().name).toBe(name)
    })

    it.each(instruments)("$symbol is the same instrument in every spelling", (wanted) => {
      const venue = make()
      for (const spelling of wanted.spellings) {
        const { market, native, symbol } = wanted
        expect([spelling, venue.instrument(spelling)]).toEqual([
          spelling,
          expect.objectContaining({ exchange: venue.exchange, market, native, symbol }),
        ])
        expect(venue.instrument(spelling)).toBe(venue.instrument(wanted.symbol))
      }
    })

    it("has a stream for every word it offers, made once, and finds it again by its wire name", () => {
      const venue = make()
      const wires = new Set<string>()
      let count = 0
      for (const word of venue.offers) {
        const had = instruments.filter(({ symbol }) => !isRefusal(ask(venue, { symbol, dataType: word })))
        expect([word, had.length > 0]).toEqual([word, true])
        for (const { symbol } of had) {
          const stream = streamOf(venue, { symbol, dataType: word })
          expect(stream.key).toBe(`${name}:${word}:${symbol}`)
          expect(streamOf(venue, { symbol, dataType: word })).toBe(stream)
          expect([stream.wire, venue.streamOfWire(stream.wire)]).toEqual([stream.wire, stream])
          expect(make().streamOfWire(stream.wire)?.key).toBe(stream.key)
          expect(venue.connectUrl(venue.wsEndpoint, stream.route)).toMatch(/^wss:\/\//)
          wires.add(stream.wire)
          count++
        }
      }
      expect(wires.size).toBe(count)
    })

    it("refuses by name what it has not, and says what it has", () => {
      const venue = make()
      const [first] = instruments
      for (const word of ["depth7", "long_short_ratio_9d"]) {
        const refusal = ask(venue, { symbol: first!.symbol, dataType: word })
        expect(refusal).toEqual({ refused: expect.stringContaining(venue.offers.slice(0, 3).join(", ")) })
      }
      for (const { symbol, dataType } of refuses) {
        const refusal = ask(venue, { symbol, dataType: dataType ?? venue.offers[0]! })
        expect([symbol, dataType, isRefusal(refusal)]).toEqual([symbol, dataType, true])
      }
    })

    it("never shares streams with another of its kind", () => {
      const asked = { symbol: instruments[0]!.symbol, dataType: make().offers[0]! }
      expect(streamOf(make(), asked)).not.toBe(streamOf(make(), asked))
    })

    it("knows no stream of a name that is nobody's", () => {
      const venue = make()
      for (const wire of [
        "",
        "@",
        ":",
        "x",
        "nobody@mystery",
        "nobody:mystery",
        "__proto__",
        "constructor:BTC-USDT",
      ])
        expect([wire, venue.streamOfWire(wire)]).toEqual([wire, undefined])
    })
  })
}
