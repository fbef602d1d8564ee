import type { SimulatedDisk } from "./simulatedDisk.ts"

/** A frame of a segment file, found without the code that is tested. */
export interface FrameOf {
  readonly offset: number
  readonly length: number
  readonly kind: number
  readonly position: number
}

export const envelopeFrame = 1
export const footerFrame = 6

/** Every frame of an undamaged segment. */
export const framesOf = (bytes: Buffer): ReadonlyArray<FrameOf> => {
  const frames: Array<FrameOf> = []
  for (let offset = 0; offset < bytes.length;) {
    const length = bytes.readUInt32LE(offset + 8)
    frames.push({ offset, length, kind: bytes[offset + 13]!, position: bytes.readDoubleLE(offset + 24) })
    offset += length
  }
  return frames
}

/** The segments of a journal in a simulated folder, oldest first. */
export const segmentFiles = (disk: SimulatedDisk, folder = "/journal"): ReadonlyArray<string> =>
  Array.from(disk.files().keys())
    .filter((path) => path.startsWith(`${folder}/`) && path.endsWith(".journal"))
    .toSorted()

export const bytesOf = (disk: SimulatedDisk, path: string): Buffer => {
  let found: Buffer = Buffer.alloc(0)
  disk.tamper(path, (bytes) => (found = bytes))
  return found
}
