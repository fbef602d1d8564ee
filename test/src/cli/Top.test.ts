import { assert, describe, it } from "vitest"
import { topLines } from "../../../src/cli/Top.ts"
import type { StatusView } from "../../support/instance.ts"

const status = (gaps: StatusView["gaps"]): StatusView => ({
  version: "1.2.3",
  startedAt: 0,
  now: 60_000,
  ready: true,
  reasons: [],
  notBuilt: [],
  actors: [],
  venues: [],
  accounts: {
    frames: { received: 5, decoded: 5, control: 0, rejected: {}, inFlight: 0 },
    records: { produced: 5, accepted: 5, duplicate: 0, filtered: {}, dropped: {}, inFlight: 0 },
    sinks: [],
    balanced: true,
  },
  journal: null,
  deadLetters: { letters: 0, bytes: 0, kept: [], lost: [], evicted: 0 },
  gaps,
})

describe("millrace top", () => {
  it("says how many gaps there were, what they are of and why", () => {
    const lines = topLines(
      status([
        { venue: "binance", channel: "trade", cause: "sequence", count: 3 },
        { venue: "binance-usdm", channel: "depth", cause: "disconnect", count: 1 },
      ]),
    )
    assert.include(
      lines,
      "4 gaps since the start: 3 binance trade sequence, 1 binance-usdm depth disconnect; see /continuity",
    )
    assert.include(topLines(status([])), "no gaps since the start")
  })
})
