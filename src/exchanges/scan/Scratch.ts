import type { Frame } from "../../domain/Frame.ts"
import type { RecordWriter } from "../../domain/RecordWriter.ts"
import { writeInteger } from "./Steps.ts"

/** A number of this length at most is written besides what stands in the frame; three of them, and the ends of words. */
const fixedBytes = 128

/**
 * Larger messages are for the guards: whole books, which come once, while room would be kept for each of them in a slab.
 */
export const maxScratchFrame = 8 * 1024

/**
 * Room before a frame that was laid: there a scan writes what its record has otherwise than the frame, as it will be
 * copied.
 */
export class Scratch {
  /** Where it is written next. */
  at = 0

  /** Lays the frame as `RecordWriter.lay` does, and gives where it begins. */
  lay(writer: RecordWriter, frame: Frame): number {
    // `[1,1],` becomes `["1","1"],`: less than twice as long, here and once more in the record.
    const room = 2 * frame.length + fixedBytes
    const from = writer.lay(frame, 2 * room)
    this.at = from - room
    return from
  }

  /** Writes a whole number; gives where it begins. It ends where the next begins. */
  integer(bytes: DataView, value: number): number {
    const from = this.at
    this.at = writeInteger(bytes, from, value)
    return from
  }

  /** Writes what stands there; gives where its copy begins. */
  copy(bytes: DataView, from: number, to: number): number {
    const { at } = this
    for (let index = from; index < to; index += 4)
      bytes.setInt32(at + index - from, bytes.getInt32(index, true), true)
    this.at = at + to - from
    return at
  }
}
