import { crc32 } from "node:zlib"
import { recordSchemaVersion } from "../../../src/domain/Envelope.ts"
import { formatVersion, frameKind, frameMark } from "./Frame.ts"

/** Longer frames are not drafted: few records are. */
export const maxDraftBytes = 2048

/** Behind the mark and the checksum. */
const checkedFrom = 8

interface Views {
  readonly whole: Uint8Array
  readonly checked: Uint8Array
}

/**
 * An envelope's frame is put together here, always in the same place, and then copied to where it goes: the views that
 * the checksum and the copy are given are made once for each length. Made for each frame they would be a quarter of all
 * that a record leaves to the garbage collector.
 */
export class Draft {
  readonly buffer = Buffer.alloc(maxDraftBytes)
  readonly view = new DataView(this.buffer.buffer, this.buffer.byteOffset, this.buffer.byteLength)
  private readonly views: Array<Views | undefined> = Array.from(
    { length: maxDraftBytes + 1 },
    () => undefined,
  )

  constructor() {
    // The rest of the head is 0, or different in each.
    this.view.setUint32(0, frameMark, true)
    this.view.setUint8(12, formatVersion)
    this.view.setUint8(13, frameKind.envelope)
    this.view.setUint16(20, recordSchemaVersion, true)
  }

  /** The frame of so many bytes, with its length and its checksum. Valid until the next. */
  sealed(length: number): Uint8Array {
    const views = this.views[length] ?? this.look(length)
    this.view.setUint32(8, length, true)
    this.view.setUint32(4, crc32(views.checked), true)
    return views.whole
  }

  private look(length: number): Views {
    const whole = this.buffer.subarray(0, length)
    const views = { whole, checked: whole.subarray(checkedFrom) }
    this.views[length] = views
    return views
  }
}
