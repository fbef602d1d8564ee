import { describe, expect, it } from "vitest"
import { makeBybit } from "../../../../src/exchanges/bybit/index.ts"
import { decodeFrame, outcomeOf, published } from "../../../contract/venue/Support.ts"
import { readSamples, recordingsAbsent } from "../../../support/recordings.ts"

describe.skipIf(recordingsAbsent)("every sample message of Bybit", () => {
  const routeOf = (raw: string) =>
    raw.includes("usdIndexPrice") ? "spot" : raw.includes('"BTCUSD"') ? "inverse" : "linear"

  it("is records, a control, or named", () => {
    const venue = makeBybit()
    const results: Record<string, number> = {}
    for (const { raw } of readSamples("bybit")) {
      const output = decodeFrame(venue, raw, undefined, routeOf(raw))
      published(output.records)
      const outcome = outcomeOf(output)
      expect(["records", "controls", "reject"]).toContain(outcome)
      const result = output.rejects[0]?.reason ?? output.controls[0]?.kind ?? output.records[0]!.type
      results[result] = (results[result] ?? 0) + 1
    }
    expect(results).toEqual({
      trade: 1,
      ticker: 6,
      pong: 1,
      ack: 1,
      failed: 1,
      // Entries without their message, and a level of a book.
      unknown_event: 4,
      not_object: 1,
      // An option, and topics that their authors made up.
      unknown_stream: 3,
    })
  })
})
