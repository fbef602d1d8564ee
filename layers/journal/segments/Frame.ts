import { crc32 } from "node:zlib"
import { checksum } from "./Checksum.ts"

/**
 * The format on disk, little-endian. A segment is a sequence of frames and nothing else. Each begins with
 *
 * | at | bytes | what                                                                     |
 * | -- | ----- | ------------------------------------------------------------------------ |
 * | 0  | 4     | mark `D7 4D 52 4A`, which occurs in no UTF-8 text: where to look on after damage |
 * | 4  | 4     | checksum of all that follows in the frame: CRC-32, but see below         |
 * | 8  | 4     | length of the frame                                                      |
 * | 12 | 1     | format version                                                           |
 * | 13 | 1     | kind                                                                     |
 * | 14 | 2     | partition, 0                                                             |
 * | 16 | 4     | epoch, 0 until there is a fleet                                          |
 * | 20 | 2     | version of the record contract that payloads follow                     |
 * | 22 | 2     | 0                                                                        |
 * | 24 | 8     | position, a double                                                       |
 *
 * The first 32 bytes mean the same in every version, so that a later one is recognised and left alone. An envelope's
 * checksum is from version 2 on the lower half of its XXH64, which is to be had for a whole group of them at once.
 * Version 1 is read.
 */
export const formatVersion = 2

export const frameMark = 0x4a52_4dd7
const markBytes = Buffer.from([0xd7, 0x4d, 0x52, 0x4a])

/** What every frame begins with. */
export const headBytes = 32

/** Then, in an envelope: timestamp, receivedAt (doubles), reference to its definition (4), bytes of the key (4); key; payload and newline. */
export const envelopeBytes = headBytes + 24

/** In a definition: its reference (4); JSON. */
export const definitionBytes = headBytes + 4

export const frameKind = {
  envelope: 1,
  /** What envelopes refer to: stream, record type and source, as JSON. Stands before the first that needs it. */
  definition: 2,
  /** Opaque, of a follower of the journal; the position is the one it stands for. */
  checkpoint: 3,
  /** Opens a segment; the position is that of its first envelope. JSON: the journal's id and the segment's number. */
  header: 4,
  /** Everything before the position had been synced when this was written. */
  synced: 5,
  /** Closes a segment: all of it was synced when this was written. The position is the one after its last envelope. */
  footer: 6,
  /** Without meaning: up to the end of a block of the disk. */
  padding: 7,
} as const

/** The frame may be whole, but ends behind what was given. */
export const incomplete = -1

/** The length of the whole and valid frame at `at`, 0 when there is none, `incomplete` when `end` cuts it. */
export const frameAt = (bytes: Buffer, at: number, end: number): number => {
  if (end - at < headBytes) return startsLikeMark(bytes, at, end) ? incomplete : 0
  if (bytes.readUInt32LE(at) !== frameMark) return 0
  const length = bytes.readUInt32LE(at + 8)
  if (length < headBytes) return 0
  if (at + length > end) return incomplete
  return sumOf(bytes, at, length) === bytes.readUInt32LE(at + 4) ? length : 0
}

const sumOf = (bytes: Buffer, at: number, length: number): number =>
  kindAt(bytes, at) === frameKind.envelope && versionAt(bytes, at) > 1
    ? checksum(bytes, at + 8, at + length)
    : crc32(bytes.subarray(at + 8, at + length))

const startsLikeMark = (bytes: Buffer, at: number, end: number): boolean => {
  for (let index = 0; index < 4 && at + index < end; index++)
    if (bytes[at + index] !== markBytes[index]) return false
  return true
}

/** Where a frame may begin at or after `at`; `end` when nowhere. */
export const nextMark = (bytes: Buffer, at: number, end: number): number => {
  const found = bytes.indexOf(markBytes, at)
  if (found >= 0 && found < end) return found
  // A mark that the end cuts in two.
  for (let index = Math.max(at, end - 3); index < end; index++)
    if (startsLikeMark(bytes, index, end)) return index
  return end
}

export const versionAt = (bytes: Buffer, at: number): number => bytes[at + 12]!

export const kindAt = (bytes: Buffer, at: number): number => bytes[at + 13]!

export const positionAt = (bytes: Buffer, at: number): number => bytes.readDoubleLE(at + 24)
