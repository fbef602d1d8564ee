import type { Decoded, Source } from "./Decoded.ts"
import type { Envelope } from "./Envelope.ts"
import { WrittenRecord } from "./WrittenRecord.ts"

/** The fraction of a millisecond in the text of so many microseconds: `.619`, `.62`, nothing for 0. */
export const fractions: ReadonlyArray<string> = Array.from({ length: 1000 }, (_, micros) =>
  micros === 0 ? "" : ("." + String(micros).padStart(3, "0")).replace(/0+$/, ""),
)

/** Milliseconds with exactly as many of three fraction digits as are not zero: `1723161254024.619`. */
export const formatReceivedAt = (receivedAt: number): string => {
  if (receivedAt < 0) return formatNegative(receivedAt)
  const whole = Math.floor(receivedAt)
  const micros = Math.round((receivedAt - whole) * 1000)
  return micros === 1000 ? String(whole + 1) : String(whole) + fractions[micros]!
}

/** Before the epoch, from a clock that was never set. */
const formatNegative = (receivedAt: number): string => {
  const text = formatReceivedAt(-receivedAt)
  return text === "0" ? text : "-" + text
}

/** Bytes that a record takes besides its stream's head, its key and its data, at most. */
const frameBytes = 160

/** A bound of the batch's bytes; 0 where a stream's names are not ASCII and bytes have to be measured. */
const asciiBound = (records: ReadonlyArray<Decoded>): number => {
  let bound = 0
  for (const { stream, key, data } of records) {
    if (!stream.ascii) return 0
    bound += stream.head.length + key.length + data.length + frameBytes
  }
  return bound
}

const textBound = (records: ReadonlyArray<Decoded>): number => {
  let bound = 0
  for (const { stream, key, data } of records)
    bound += stream.headBytes.length + Buffer.byteLength(key) + Buffer.byteLength(data) + frameBytes
  return bound
}

const isWritten = (record: Decoded): record is WrittenRecord => record instanceof WrittenRecord

/**
 * The envelopes of a batch, in its order. Those that their decoder wrote are taken as they are, with the source that it
 * was made for; the others are encoded here, as of `source`.
 */
export const encodeBatch = (records: ReadonlyArray<Decoded>, source: Source): ReadonlyArray<Envelope> => {
  if (records.every(isWritten)) return records
  const encoded = encodeAll(
    records.filter((record) => !isWritten(record)),
    source,
  )
  if (encoded.length === records.length) return encoded
  let next = 0
  return records.map((record) => (isWritten(record) ? record : encoded[next++]!))
}

/**
 * Encodes records into one buffer, field order as the contract has it. Each one's text is put together once and written
 * once; its characters are its bytes, except where a stream's names are not ASCII.
 */
const encodeAll = (records: ReadonlyArray<Decoded>, source: Source): ReadonlyArray<Envelope> => {
  const ascii = asciiBound(records)
  const bytes = Buffer.allocUnsafe(ascii > 0 ? ascii : textBound(records))
  const encoding = ascii > 0 ? "latin1" : "utf8"
  const afterTime = `,"source":"${source}","data":`
  const envelopes = new Array<Envelope>(records.length)
  let receivedAt = -1
  let receivedText = ""
  let receivedMillis = -1
  let receivedHead = ""
  let receiveTimeText = ""
  let timestamp = -1
  let timestampText = ""
  let end = 0
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!
    const { stream, type, key } = record
    if (record.receivedAt !== receivedAt) {
      receivedAt = record.receivedAt
      const whole = Math.floor(receivedAt)
      const micros = Math.round((receivedAt - whole) * 1000)
      if (whole !== receivedMillis) {
        receivedMillis = whole
        const text = String(whole)
        receivedHead = ',"receivedAt":' + text
        receiveTimeText = '","timestamp":' + text + ',"timestampSource":"receive"'
      }
      receivedText =
        micros === 1000 || whole < 0
          ? ',"receivedAt":' + formatReceivedAt(receivedAt) + afterTime
          : receivedHead + fractions[micros]! + afterTime
    }
    if (record.timestamp !== timestamp) {
      timestamp = record.timestamp
      timestampText = '","timestamp":' + String(timestamp)
    }
    const time = timestamp === 0 ? receiveTimeText : timestampText
    const gap = type === "gap"
    const head = gap ? stream.gapHead : stream.head
    const tail = gap && record.revision !== undefined ? `,"revision":${record.revision}}\n` : "}\n"
    const start = end
    end += bytes.write(head + key + time + receivedText + record.data + tail, start, encoding)
    envelopes[index] = {
      stream,
      type,
      key,
      timestamp: timestamp === 0 ? receivedMillis : timestamp,
      receivedAt,
      source,
      bytes,
      start,
      end: end - 1,
    }
  }
  return envelopes
}
