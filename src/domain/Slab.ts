import type { Envelope } from "./Envelope.ts"
import type { WrittenRecord } from "./WrittenRecord.ts"

/** Room for some 200 records. */
export const slabBytes = 64 * 1024

/** Free slabs beyond so many (32 MiB, and 20 of records) are left to the garbage collector. */
const maxFree = 512

/** Every so many slabs that are taken, one of so many that stayed free all the while is left to it too. */
const windowTakes = 512
/**
 * Few at a time: a flood takes so many slabs in a tenth of a second, and what it has made anew soon after, with its
 * records, only full collections find.
 */
const trimShare = 16

const slabs = new WeakMap<Buffer, Slab>()
const free: Array<Slab> = []
/** In this window. */
let takes = 0
let leastFree = 0

/** Of each byte of a free slab, once somebody has asked for it: whoever still looks at it, or at its records, finds that out. */
const marked = 0xdd
let marks = false

/**
 * Bytes that records are written to one behind the other, and the records' objects: both are used again once nobody
 * looks at any of them. Fresh bytes for each 64 KiB of records have V8 begin a full collection every 64 MiB, and fresh
 * objects are a third of what it has to do otherwise.
 *
 * It counts who holds it: its writer, and each record until someone gives that back who was the last to look at it.
 * What is never given back (records that were dropped on their way) keeps the slab from being used again, no more: then
 * the garbage collector frees it, as it would any buffer.
 */
export class Slab {
  readonly bytes: Buffer
  readonly view: DataView
  private holders = 1
  /** Of its bytes, those in use first. An object that lives for milliseconds costs more than one that lives for ever. */
  private readonly records: Array<WrittenRecord> = []
  private used = 0

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size)
    this.view = new DataView(this.bytes.buffer)
    if (size === slabBytes) slabs.set(this.bytes, this)
  }

  /** One more record is in it. */
  hold(): void {
    this.holders++
  }

  /** A record that nobody looks at any more, to become the next one; `undefined` when there is none, then `keep` it. */
  spare(): WrittenRecord | undefined {
    return this.used < this.records.length ? this.records[this.used++] : undefined
  }

  keep(record: WrittenRecord): WrittenRecord {
    this.records.push(record)
    this.used++
    return record
  }

  /** So many of those that held it look at it no more. */
  release(holders: number): void {
    this.holders -= holders
    if (this.holders > 0) return
    if (this.holders < 0) throw new Error("records of a slab were given back twice")
    if (marks) this.spoil()
    if (free.length < maxFree && this.bytes.length === slabBytes) free.push(this)
  }

  private spoil(): void {
    this.bytes.fill(marked)
    const none = Number.NaN
    for (const record of this.records)
      record.become(record.stream, record.source, none, none, none, none, none, 0, 0, 0)
  }

  /** From the free ones. */
  begin(): this {
    this.holders = 1
    this.used = 0
    return this
  }
}

/** What a flood has left free is not kept for ever. */
const trim = (): void => {
  leastFree = Math.min(leastFree, free.length)
  if (++takes < windowTakes) return
  free.splice(0, Math.floor(leastFree / trimShare))
  takes = 0
  leastFree = free.length
}

/** One for a writer, with room for so many bytes. */
export const takeSlab = (bytes: number): Slab => {
  if (bytes > slabBytes) return new Slab(bytes)
  trim()
  return free.pop()?.begin() ?? new Slab(slabBytes)
}

/** Nobody looks at these any more: their bytes may be written anew. Once for each envelope. */
export const giveBack = (envelopes: ReadonlyArray<Envelope>): void => {
  let bytes: Buffer | undefined
  let count = 0
  for (const envelope of envelopes) {
    if (envelope.bytes === bytes) {
      count++
      continue
    }
    if (bytes !== undefined) slabs.get(bytes)?.release(count)
    ;({ bytes } = envelope)
    count = 1
  }
  if (bytes !== undefined) slabs.get(bytes)?.release(count)
}

/** Whether these bytes are written anew some day. */
export const isReused = (bytes: Buffer): boolean => slabs.has(bytes)

/** For tests: from now on what is given back is overwritten at once. */
export const overwriteFree = (): void => {
  marks = true
}
