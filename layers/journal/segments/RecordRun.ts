import { type Envelope, recordSchemaVersion } from "../../../src/domain/Envelope.ts"
import { slabBytes } from "../../../src/domain/Slab.ts"
import { WrittenRecord } from "../../../src/domain/WrittenRecord.ts"
import type { Position } from "../../../services/Journal.ts"
import type { Exports } from "./Checksum.ts"
import { formatVersion, frameKind } from "./Frame.ts"

const maxRecords = 1024
const rowBytes = 40

/** What it takes of a memory. */
export const runBytes = slabBytes + maxRecords * rowBytes

const noBytes = Buffer.alloc(0)

const kind = formatVersion | (frameKind.envelope << 8)

/**
 * Records that stand one behind the other in one slab, which is how they come from a decoder: their bytes are copied into
 * WebAssembly's memory all at once, and their frames are laid there. A call out of JavaScript for each would take longer
 * than the copies.
 */
export class RecordRun {
  private readonly bytes: Uint8Array
  private readonly integers: Int32Array
  private readonly doubles: Float64Array
  private readonly copied: number
  private readonly rows: number
  private readonly layRows: Exports["lay"]
  private row: number
  private readonly lastRow: number
  private slab: Buffer = noBytes
  private start = 0
  private end = 0
  /** What turns a place in the slab into one in the memory. */
  private shift = 0

  /** In `runBytes` of the memory from `at` on, a multiple of eight. */
  constructor(memory: ArrayBuffer, at: number, lay: Exports["lay"]) {
    this.bytes = new Uint8Array(memory)
    this.integers = new Int32Array(memory)
    this.doubles = new Float64Array(memory)
    this.copied = at
    this.rows = at + slabBytes
    this.row = this.rows
    this.lastRow = this.rows + maxRecords * rowBytes
    this.layRows = lay
  }

  /** A run that begins with this one, and has none yet; false where none can. */
  begin({ bytes, start }: Envelope): boolean {
    this.slab = bytes
    this.start = this.end = start
    this.shift = this.copied - start
    this.row = this.rows
    return bytes.length <= slabBytes
  }

  /** Whether it is the next one. */
  goesOn(next: Envelope): next is WrittenRecord {
    return (
      next.bytes === this.slab &&
      next.start >= this.end &&
      this.row < this.lastRow &&
      next instanceof WrittenRecord
    )
  }

  /** Bytes from its first record to its last, newlines included. */
  get length(): number {
    return this.end - this.start
  }

  add(record: WrittenRecord, reference: number): void {
    const { integers, row, shift } = this
    const at = row >> 2
    this.end = record.end + 1
    integers[at] = record.start + shift
    integers[at + 1] = this.end + shift
    integers[at + 2] = record.keyStart + shift
    integers[at + 3] = record.keyEnd + shift
    integers[at + 4] = reference
    this.doubles[(row >> 3) + 3] = record.timestamp
    this.doubles[(row >> 3) + 4] = record.receivedAt
    this.row = row + rowBytes
  }

  /** Lays the frames from `at` of the memory on, whole, the first at `position`. Gives where the last ends. */
  lay(at: number, position: Position): number {
    this.bytes.set(this.slab.subarray(this.start, this.end), this.copied)
    return this.layRows(this.rows, this.row, at, position, kind, recordSchemaVersion)
  }
}
