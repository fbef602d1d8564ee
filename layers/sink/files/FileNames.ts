import { crc32 } from "node:zlib"
import type { RecordType } from "../../../src/domain/DataType.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import type { Stream } from "../../../src/domain/Stream.ts"

export const dayMillis = 86_400_000

/** Longer names are cut, with a checksum so that they stay apart: file systems take 255 bytes. */
const maxNameLength = 200

const safe = /^(?!\.)[A-Za-z0-9.-]+$/

/**
 * One name of a path, from any text: a byte outside `[A-Za-z0-9._-]` is written `_xHH`, and so are a leading dot and
 * an underscore that would read as such an escape. Different texts give different names.
 */
export const safeName = (text: string): string => {
  if (text.length <= maxNameLength && safe.test(text)) return text
  let name = ""
  const bytes = Buffer.from(text, "utf8")
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]!
    const char = String.fromCharCode(byte)
    const plain =
      char === "." ? index > 0 : char === "_" ? bytes[index + 1] !== 0x78 : /[A-Za-z0-9-]/.test(char)
    name += plain ? char : "_x" + byte.toString(16).toUpperCase().padStart(2, "0")
  }
  if (name === "") return "_x"
  if (name.length <= maxNameLength) return name
  return name.slice(0, maxNameLength) + "_xx" + crc32(bytes).toString(16).padStart(8, "0")
}

/** The day of an event, counted from the epoch; of the receive time where the event's is beyond what a date can hold. */
export const dayOf = (envelope: Envelope): number => {
  const { timestamp } = envelope
  const time = timestamp >= 0 && timestamp <= 8.64e15 ? timestamp : envelope.receivedAt
  return Math.floor(time / dayMillis)
}

/** `<type>/<exchange>/<symbol>/<date>.jsonl`, the date being the UTC day. */
export const recordFile = (stream: Stream, type: RecordType, day: number): string => {
  const { exchange, symbol } = stream.instrument
  const date = new Date(day * dayMillis).toISOString().split("T")[0]!
  return `${type}/${safeName(exchange)}/${safeName(symbol)}/${date}.jsonl`
}
