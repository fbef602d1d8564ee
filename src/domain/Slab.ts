import type { Envelope } from "./Envelope.ts"

/** Room for some 200 records. */
export const slabBytes = 64 * 1024

/** Free slabs beyond so many (16 MiB) are left to the garbage collector. */
const maxFree = 256

const slabs = new WeakMap<Buffer, Slab>()
const free: Array<Slab> = []

/** Of each byte of a free slab, once somebody has asked for it: whoever still reads there finds that out. */
const marked = 0xdd
let marks = false

/**
 * Bytes that records are written to one behind the other, and that are used again once nobody looks at any of them. A
 * fresh one for each 64 KiB of records has V8 begin a full collection every 64 MiB.
 *
 * It counts who holds it: its writer, and each record until someone gives that back who was the last to look at it.
 * What is never given back (records that were dropped on their way) keeps the slab from being used again, no more: then
 * the garbage collector frees it, as it would any buffer.
 */
export class Slab {
  readonly bytes: Buffer
  readonly view: DataView
  private holders = 1

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size)
    this.view = new DataView(this.bytes.buffer)
    if (size === slabBytes) slabs.set(this.bytes, this)
  }

  /** One more record is in it. */
  hold(): void {
    this.holders++
  }

  /** So many of those that held it look at it no more. */
  release(holders: number): void {
    this.holders -= holders
    if (this.holders > 0) return
    if (this.holders < 0) throw new Error("records of a slab were given back twice")
    if (marks) this.bytes.fill(marked)
    if (free.length < maxFree && this.bytes.length === slabBytes) free.push(this)
  }

  /** From the free ones. */
  begin(): this {
    this.holders = 1
    return this
  }
}

/** One for a writer, with room for so many bytes. */
export const takeSlab = (bytes: number): Slab =>
  bytes > slabBytes ? new Slab(bytes) : (free.pop()?.begin() ?? new Slab(slabBytes))

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
