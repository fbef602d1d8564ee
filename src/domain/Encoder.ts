import type { Decoded, Source } from "./Decoded.ts"
import type { Envelope } from "./Envelope.ts"

/** Milliseconds with exactly as many of three fraction digits as are not zero: `1723161254024.619`. */
export const formatReceivedAt = (receivedAt: number): string => {
  const whole = Math.floor(receivedAt)
  const micros = Math.round((receivedAt - whole) * 1000)
  if (micros === 0) return String(whole)
  if (micros === 1000) return String(whole + 1)
  return (
    String(whole) + "." + (micros < 10 ? "00" : micros < 100 ? "0" : "") + String(micros).replace(/0+$/, "")
  )
}

/** The text of one record, without a newline. Field order is the contract's. */
export const encodeText = (record: Decoded, source: Source, receivedAt: string): string => {
  const head = (record.type === "gap" ? record.stream.gapHead : record.stream.head) + record.key
  const time =
    record.timestamp === 0
      ? String(Math.floor(record.receivedAt)) + ',"timestampSource":"receive"'
      : String(record.timestamp)
  return (
    head +
    '","timestamp":' +
    time +
    ',"receivedAt":' +
    receivedAt +
    ',"source":"' +
    source +
    '","data":' +
    record.data +
    "}"
  )
}

/**
 * Encodes a batch into one buffer. Text is written once for the whole batch; only a batch with characters outside
 * ASCII measures each record's bytes.
 */
export const encodeBatch = (records: ReadonlyArray<Decoded>, source: Source): ReadonlyArray<Envelope> => {
  let text = ""
  let formattedAt = -1
  let formatted = ""
  const ends = new Array<number>(records.length)
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!
    if (record.receivedAt !== formattedAt) {
      formattedAt = record.receivedAt
      formatted = formatReceivedAt(formattedAt)
    }
    text += encodeText(record, source, formatted) + "\n"
    ends[index] = text.length
  }
  const bytes = Buffer.from(text, "utf8")
  const ascii = bytes.length === text.length
  const envelopes = new Array<Envelope>(records.length)
  let start = 0
  let textStart = 0
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!
    const textEnd = ends[index]!
    const after = ascii ? textEnd : start + Buffer.byteLength(text.slice(textStart, textEnd), "utf8")
    envelopes[index] = {
      stream: record.stream,
      type: record.type,
      key: record.key,
      timestamp: record.timestamp === 0 ? Math.floor(record.receivedAt) : record.timestamp,
      receivedAt: record.receivedAt,
      source,
      bytes,
      start,
      end: after - 1,
    }
    start = after
    textStart = textEnd
  }
  return envelopes
}
