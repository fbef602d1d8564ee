import { describe, expect, it } from "@effect/vitest"
import { isRefusal } from "../../../../src/exchanges/Venue.ts"
import { makeHtx } from "../../../../src/exchanges/htx/index.ts"
import { decodeFrame } from "../../../contract/venue/Support.ts"
import { readSession, recordingsAbsent } from "../../../support/recordings.ts"

interface ListedSymbol {
  readonly "base-currency": string
  readonly "quote-currency": string
  readonly symbol: string
}

describe.skipIf(recordingsAbsent)("the recorded session of htx", () => {
  const session = () => readSession("htx/2021-04-17")

  it("lists 938 symbols, each of which is read as its base and its quote", () => {
    const listed = (
      JSON.parse(session().find(({ dir }) => dir === "rest")!.raw!) as {
        readonly data: ReadonlyArray<ListedSymbol>
      }
    ).data
    const venue = makeHtx()
    const read = listed.map(({ symbol }) => {
      const instrument = venue.instrument(symbol)
      return isRefusal(instrument) ? instrument.refused : instrument.symbol
    })
    expect(listed.length).toBe(938)
    expect(read).toEqual(
      listed.map((each) => `${each["base-currency"]}-${each["quote-currency"]}`.toUpperCase()),
    )
  })

  it("numbers the trades of every symbol one by one", () => {
    const venue = makeHtx()
    const last = new Map<string, number>()
    let followed = 0
    for (const { dir, frame } of session()) {
      if (dir !== "in" || frame === undefined) continue
      for (const record of decodeFrame(venue, Buffer.from(frame, "base64")).records) {
        if (record.type !== "trade") continue
        const before = last.get(record.stream.wire)
        if (before !== undefined) {
          expect(record.first).toBe(before + 1)
          followed++
        }
        last.set(record.stream.wire, record.last)
      }
    }
    expect([last.size, followed]).toEqual([10, 63])
  })
})
