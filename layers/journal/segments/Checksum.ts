import { checksumModule } from "./ChecksumModule.ts"
import { alignedMemory, type WebAssemblyMemory } from "../../support/DirectFile.ts"

/** What `Checksum.wat` offers on its memory. */
interface Exports {
  readonly hash: (at: number, end: number) => number
  readonly seal: (at: number, end: number) => void
}

/** The part of it that is used here: TypeScript has it among a browser's things alone. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: WebAssemblyMemory } },
  ) => { readonly exports: unknown }
}

const module = new WebAssembly.Module(Buffer.from(checksumModule, "base64"))
const on = (memory: WebAssemblyMemory): Exports =>
  new WebAssembly.Instance(module, { env: { memory } }).exports as Exports

/** Memory in which the frames of a group get their checksums all at once, and which begins where a block of it does. */
export interface SealingMemory {
  readonly buffer: Buffer
  /** Every envelope among the frames from `at` to `end`, one behind the other, gets its checksum. */
  readonly seal: (at: number, end: number) => void
}

/** `undefined` where none can be had. */
export const sealingMemory = (bytes: number): SealingMemory | undefined => {
  const memory = alignedMemory(bytes)
  return memory && { buffer: Buffer.from(memory.buffer), seal: on(memory).seal }
}

const usualBytes = 64 * 1024
let own: { readonly buffer: Buffer; readonly hash: Exports["hash"] } | undefined

/**
 * XXH64 with seed 0, its lower half, of `bytes` from `at` to `end`. It takes a quarter of the time of a CRC-32 by a call
 * out of JavaScript, and finds what a disk does as well.
 */
export const checksum = (bytes: Uint8Array, at: number, end: number): number => {
  if (own === undefined || own.buffer.length < end - at) {
    const memory = alignedMemory(Math.max(usualBytes, end - at))
    // Node itself does not start with so little room for addresses.
    if (memory === undefined) throw new RangeError(`no room for ${end - at} bytes of WebAssembly's memory`)
    own = { buffer: Buffer.from(memory.buffer), hash: on(memory).hash }
  }
  own.buffer.set(bytes.subarray(at, end))
  return own.hash(0, end - at) >>> 0
}
