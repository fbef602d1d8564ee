import { describe, expect, it } from "@effect/vitest"
import { nextMessage } from "../../../src/collect/connections/NextMessage.ts"
import type { Stream } from "../../../src/domain/Stream.ts"
import { isRefusal, pollRoute } from "../../../src/exchanges/Venue.ts"
import type { VenueFixture } from "../Venue.ts"
import { ask, decodeFrame, outcomeOf, streamOf } from "./Support.ts"

/** Commands, their answers, and the venue's limits. */
export const subscriptionsContract = ({ make, instruments, controls }: VenueFixture): void => {
  describe("subscriptions", () => {
    it.each(controls)("$what", ({ asked = [], controls: wanted, frame, route }) => {
      const venue = make()
      const streams = asked.map((each) => streamOf(venue, each))
      const output = decodeFrame(venue, frame, undefined, route ?? streams[0]?.route)
      expect(output.rejects).toEqual([])
      expect(output.controls).toEqual(wanted(streams))
    })

    it("messages hold no more than the venue takes, and together everything once", () => {
      const venue = make()
      const streams = venue.offers.flatMap((dataType) =>
        instruments.flatMap(({ symbol }): ReadonlyArray<Stream> => {
          const found = ask(venue, { symbol, dataType })
          return isRefusal(found) || found.route === pollRoute ? [] : [found]
        }),
      )
      const { messageBytes = Number.POSITIVE_INFINITY, streamsPerMessage } = venue.limits
      for (const kind of ["subscribe", "unsubscribe"] as const) {
        let left: ReadonlyArray<Stream> = streams
        const sent: Array<Stream> = []
        for (let id = 1; left.length > 0; id++) {
          const chosen = nextMessage(venue, kind, left)
          expect(chosen.length).toBeGreaterThan(0)
          expect(chosen.length).toBeLessThanOrEqual(streamsPerMessage)
          const text = venue[kind](chosen, id)
          if (chosen.length > 1) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(messageBytes)
          expect(text).not.toBe("")
          sent.push(...chosen)
          left = left.filter((stream) => !chosen.includes(stream))
        }
        expect(new Set(sent)).toEqual(new Set(streams))
        expect(sent.length).toBe(streams.length)
      }
    })

    it("what keeps a connection alive is sent in time and is no record", () => {
      const { keepAlive, greetings = [] } = make()
      if (keepAlive !== undefined) {
        expect(keepAlive.everyMillis).toBeGreaterThanOrEqual(1000)
        expect(keepAlive.everyMillis).toBeLessThanOrEqual(60_000)
      }
      for (const text of greetings) expect(text).not.toBe("")
      // What it says of itself, read as an answer, is named or refused, and never a record.
      if (keepAlive !== undefined)
        expect(["controls", "reject"]).toContain(outcomeOf(decodeFrame(make(), keepAlive.text)))
    })
  })
}
