import { alignedMemory } from "../../support/DirectFile.ts"
import { checksum, exportsOn } from "./Checksum.ts"
import { frameKind, kindAt } from "./Frame.ts"
import { RecordRun, runBytes } from "./RecordRun.ts"

/** Where frames are laid. */
export interface FrameRoom {
  readonly buffer: Buffer
  readonly view: DataView
  /** Gives the envelopes among the frames from one place to another, one behind the other, their checksums. */
  readonly seal: (at: number, end: number) => void
  /** Lays the frames of whole runs in it, if it can. */
  readonly run: RecordRun | undefined
  /** Whether it begins where a block of memory does. */
  readonly aligned: boolean
}

const viewOf = (buffer: Buffer): DataView => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)

/** In any memory. */
export const frameRoom = (bytes: number): FrameRoom => {
  const buffer = Buffer.allocUnsafeSlow(bytes)
  const view = viewOf(buffer)
  const seal = (from: number, end: number) => {
    for (let at = from, next = from; at < end; at = next) {
      next = at + view.getUint32(at + 8, true)
      if (kindAt(buffer, at) === frameKind.envelope)
        view.setUint32(at + 4, checksum(buffer, at + 8, next), true)
    }
  }
  return { buffer, view, seal, run: undefined, aligned: false }
}

/** In WebAssembly's, where it can be had; so many bytes, a multiple of eight. */
export const largeFrameRoom = (bytes: number): FrameRoom => {
  const memory = alignedMemory(bytes + runBytes)
  if (memory === undefined) return frameRoom(bytes)
  const { seal, lay } = exportsOn(memory)
  const buffer = Buffer.from(memory.buffer, 0, bytes)
  return { buffer, view: viewOf(buffer), seal, run: new RecordRun(memory.buffer, bytes, lay), aligned: true }
}
