import { type Decoded, makeOutput, type Output } from "../../../src/domain/Decoded.ts"
import { parseDataType } from "../../../src/domain/DataType.ts"
import { encodeBatch } from "../../../src/domain/Encoder.ts"
import { payloadOf } from "../../../src/domain/Envelope.ts"
import { type MarketRecord, parseRecord } from "../../../src/domain/Record.ts"
import type { Stream } from "../../../src/domain/Stream.ts"
import { isRefusal, type Refusal, type Venue } from "../../../src/exchanges/Venue.ts"
import { breaches } from "../../support/recordContract.ts"
import type { Asked } from "../Venue.ts"
import { readFrame } from "../../support/readFrame.ts"

/** The stream that is asked for, or why there is none. */
export const ask = (venue: Venue, { dataType, symbol }: Asked): Stream | Refusal => {
  const instrument = venue.instrument(symbol)
  if (isRefusal(instrument)) return instrument
  const parsed = parseDataType(dataType)
  return parsed === undefined
    ? { refused: `"${dataType}" is no data type` }
    : venue.stream(parsed, instrument)
}

export const streamOf = (venue: Venue, asked: Asked): Stream => {
  const found = ask(venue, asked)
  if (isRefusal(found)) throw new Error(found.refused)
  return found
}

export const bytesOf = (frame: string | Buffer): Buffer =>
  typeof frame === "string" ? Buffer.from(frame) : frame

export const decodeFrame = (
  venue: Venue,
  frame: string | Buffer,
  receivedAt = 1_700_000_000_000.5,
  route?: string,
): Output => {
  const output = makeOutput()
  venue.decode(readFrame(bytesOf(frame)), receivedAt, output, route)
  return output
}

/** Records as sinks get them, each held against the contract and its Schema. */
export const published = (records: ReadonlyArray<Decoded>): ReadonlyArray<MarketRecord> =>
  encodeBatch(records, "stream").map((envelope) => {
    const text = payloadOf(envelope).toString()
    const wrong = breaches(JSON.parse(text) as Record<string, unknown>)
    if (wrong.length > 0) throw new Error(`${wrong.join("; ")}: ${text}`)
    return parseRecord(text)
  })

/** Whether a frame became exactly one kind of thing: records, controls, skips, or one reject. */
export const outcomeOf = ({ controls, records, rejects, skips }: Output): string => {
  const kinds = [
    ...(records.length > 0 ? ["records"] : []),
    ...(controls.length > 0 ? ["controls"] : []),
    ...(skips.length > 0 ? ["skips"] : []),
    ...rejects.map(() => "reject"),
  ]
  return kinds.join(" and ") || "nothing"
}

/** Klines of all intervals are one channel, and so are partial books and ratios of all periods. */
export const channelOf = (word: string): string =>
  word
    .replace(/^kline_.*/, "kline")
    .replace(/^depth\d+$/, "depth<levels>")
    .replace(/^long_short_ratio_.*/, "long_short_ratio")
