import type { KafkaBatch, KafkaRecord } from "../../../services/KafkaTransport.ts"
import { crc32c } from "./Crc32c.ts"

/**
 * Kafka's record batch, version 2 (Kafka's documentation, "Implementation", "Message format"). kafkajs writes one
 * through a growing buffer per record, header and number, which costs several times what the rest of a send does.
 */

/** Everything of a batch before its records. */
export const batchHeaderBytes = 61

/** In a batch's attributes. */
const transactionalFlag = 0x10

/** Bytes of a variable-length zigzag integer that is not negative. */
const sizeOfLength = (value: number): number =>
  value < 64 ? 1 : value < 8192 ? 2 : value < 1_048_576 ? 3 : value < 134_217_728 ? 4 : 5

const writeLength = (into: Buffer, at: number, value: number): number => {
  let rest = value * 2
  while (rest > 127) {
    into[at++] = (rest & 127) | 128
    rest = Math.floor(rest / 128)
  }
  into[at++] = rest
  return at
}

/** Longer texts are written by Node itself, whose call costs as much as so many steps of a loop. */
const shortText = 64

/** A text with its length before it. */
const writeText = (into: Buffer, at: number, text: string): number => {
  const length = text.length
  if (length < shortText) {
    into[at] = length * 2
    let index = 0
    for (; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code > 127) break
      into[at + 1 + index] = code
    }
    if (index === length) return at + 1 + length
  }
  const bytes = Buffer.byteLength(text)
  const start = writeLength(into, at, bytes)
  return start + into.write(text, start, bytes, "utf8")
}

const writeBytes = (into: Buffer, at: number, bytes: Buffer): number => {
  const start = writeLength(into, at, bytes.length)
  into.set(bytes, start)
  return start + bytes.length
}

/** No record is larger than this. */
const boundOf = (record: KafkaRecord): number => {
  let bound = 32 + record.key.length + record.value.length
  for (const name in record.headers) bound += 10 + 3 * (name.length + record.headers[name]!.length)
  return bound
}

/** No batch's records are larger than this. */
export const recordsBound = (batch: KafkaBatch): number => {
  let bound = 0
  for (const record of batch.records) bound += boundOf(record)
  return bound
}

const headerCount = (headers: Readonly<Record<string, string>>): number => {
  let count = 0
  for (const _name in headers) count++
  return count
}

/** Writes a batch's records, uncompressed, and returns where they end. They carry no times of their own: the batch's is theirs. */
export const writeRecords = (into: Buffer, start: number, batch: KafkaBatch): number => {
  let at = start
  const { records } = batch
  for (let offset = 0; offset < records.length; offset++) {
    const record = records[offset]!
    const guess = sizeOfLength(boundOf(record))
    const body = at + guess
    into[body] = 0 // attributes
    into[body + 1] = 0 // time after the batch's
    let end = writeLength(into, body + 2, offset)
    end = writeBytes(into, end, record.key)
    end = writeBytes(into, end, record.value)
    const { headers } = record
    end = writeLength(into, end, headerCount(headers))
    for (const name in headers) {
      end = writeText(into, end, name)
      end = writeText(into, end, headers[name]!)
    }
    const length = end - body
    const size = sizeOfLength(length)
    if (size !== guess) into.copyWithin(at + size, body, end)
    writeLength(into, at, length)
    at = at + size + length
  }
  return at
}

/** Where a batch stands in its producer's sequence: what lets a broker know it again. */
export interface Stamp {
  readonly producerId: bigint
  readonly epoch: number
  readonly firstSequence: number
}

/** Writes the batch around its records (`body`: compressed by `codec`, 0 for not at all) and returns where it ends. */
export const writeBatch = (
  into: Buffer,
  start: number,
  options: {
    readonly body: Buffer
    readonly codec: number
    readonly count: number
    readonly timestamp: number
    readonly stamp: Stamp
    readonly transactional: boolean
  },
): number => {
  const { body, codec, count, timestamp, stamp, transactional } = options
  const end = start + batchHeaderBytes + body.length
  const time = BigInt(timestamp)
  into.writeBigInt64BE(0n, start) // first offset: the broker's to say
  into.writeInt32BE(end - start - 12, start + 8)
  into.writeInt32BE(-1, start + 12) // leader epoch
  into[start + 16] = 2 // version of the format
  into.writeInt16BE(transactional ? codec | transactionalFlag : codec, start + 21)
  into.writeInt32BE(count - 1, start + 23)
  into.writeBigInt64BE(time, start + 27)
  into.writeBigInt64BE(time, start + 35)
  into.writeBigInt64BE(stamp.producerId, start + 43)
  into.writeInt16BE(stamp.epoch, start + 51)
  into.writeInt32BE(stamp.firstSequence, start + 53)
  into.writeInt32BE(count, start + 57)
  into.set(body, start + batchHeaderBytes)
  into.writeUInt32BE(crc32c(into, start + 21, end), start + 17)
  return end
}
