import { afterAll, describe, expect, it } from "vitest"
import { clearOutput, makeOutput } from "../../../src/domain/Decoded.ts"
import { venues } from "../../../src/exchanges/index.ts"
import type { Venue } from "../../../src/exchanges/Venue.ts"
import { outcomeOf, published } from "../../contract/venue/Support.ts"
import {
  frameOf,
  readSession,
  receivedAtOf,
  recordedSessions,
  type RecordedLine,
  recordingsAbsent,
} from "../../support/recordings.ts"
import { readFrame } from "../../support/readFrame.ts"

type Counts = Record<string, number>

/** What came, by name: a record's type, a control's kind. */
const count = (counts: Counts, names: Iterable<string>): void => {
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
}

/**
 * What one message became: records, each held to the contract, or named controls. A snapshot that was recorded on the
 * connection although it came by REST has no stream.
 */
const decodeWhole = (venue: Venue, lines: ReadonlyArray<RecordedLine>): Counts => {
  const counts: Counts = {}
  const output = makeOutput("replay")
  let route: string | undefined
  for (const line of lines) {
    if (line.dir === "connect") route = venue.routeOf?.(line.url ?? "")
    if (line.dir !== "in") continue
    const frame = frameOf(line)
    if (line.raw !== undefined && venue.recordedRest(undefined, line.raw).kind === "depth") {
      count(counts, ["a snapshot by REST"])
      continue
    }
    clearOutput(output)
    venue.decode(readFrame(frame), receivedAtOf(line), output, route)
    const outcome = outcomeOf(output)
    if (outcome !== "records" && outcome !== "controls" && outcome !== "skips")
      throw new Error(`${output.rejects[0]?.detail ?? outcome}: ${frame.toString().slice(0, 500)}`)
    published(output.records)
    count(counts, ["messages"])
    count(counts, new Set(output.records.map(({ type }) => type)))
    count(counts, new Set(output.controls.map(({ kind }) => kind)))
    count(counts, output.skips)
  }
  return counts
}

/** Messages by what they became; one may be of several types. */
const wanted: Readonly<Record<string, Counts>> = {
  "binance-usdm/2021-10-12": { messages: 1535, bbo: 613, depth: 764, kline: 67, trade: 91 },
  "binance-usdm/2024-08-08-ethusdt": {
    messages: 39_999,
    bbo: 29_625,
    depth: 3685,
    trade: 6689,
    "a snapshot by REST": 1,
  },
  "binance/2021-10-12": { messages: 265, bbo: 84, depth: 177, kline: 2, trade: 2 },
  "binance/2024-08-08-ethusdt": {
    messages: 33_617,
    bbo: 24_077,
    depth: 3434,
    trade: 6106,
    "a snapshot by REST": 1,
  },
  "coinbase/2021-04-17": { messages: 9946, depth: 9729, ticker: 107, trade: 107, subscriptions: 3 },
  "deribit/2021-07-22": { messages: 136, depth: 46, ticker: 89, ack: 1 },
  "htx-swap/2021-04-17": { messages: 1296, depth: 1274, trade: 6, ack: 10, reply: 6 },
  "htx/2021-04-17": { messages: 362, depth: 292, trade: 44, ack: 20, reply: 6 },
  // Heartbeats, and what its systems say of themselves.
  "kraken/2021-04-17": { messages: 4430, depth: 4279, ticker: 18, trade: 8, subscribed: 30, notice: 95 },
  // Answers to commands for streams that nobody asked this decoder for.
  "okx/2022-05-13": { messages: 410, depth: 290, ticker: 28, trade: 74, notice: 18 },
}

describe.skipIf(recordingsAbsent)("every recorded session, whole", () => {
  const lines: Array<string> = []

  it("is of a venue that there is, and none is left out", () => {
    expect(recordedSessions()).toEqual(Object.keys(wanted))
  })

  it.each(recordedSessions())("%s: each message is records or a named control, none unknown", (name) => {
    const venue = venues.get(name.slice(0, name.indexOf("/")))!()
    const counts = decodeWhole(venue, readSession(name))
    lines.push(
      `${name}: ${Object.entries(counts)
        .map(([what, times]) => `${times} ${what}`)
        .join(", ")}`,
    )
    expect(counts).toEqual(wanted[name])
  })

  afterAll(() => {
    if (lines.length > 0) process.stdout.write(`${lines.join("\n")}\n`)
  })
})
