import { alignedMemory, type WebAssemblyMemory } from "../../support/DirectFile.ts"
import { checksumModule } from "./ChecksumModule.ts"

/** What `Checksum.wat` offers on its memory. */
export interface Exports {
  readonly hash: (at: number, end: number) => number
  readonly seal: (at: number, end: number) => void
  readonly lay: (
    row: number,
    rows: number,
    at: number,
    position: number,
    kind: number,
    schema: number,
  ) => number
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
/** All of it on a memory. */
export const exportsOn = (memory: WebAssemblyMemory): Exports =>
  new WebAssembly.Instance(module, { env: { memory } }).exports as Exports

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
    own = { buffer: Buffer.from(memory.buffer), hash: exportsOn(memory).hash }
  }
  own.buffer.set(bytes.subarray(at, end))
  return own.hash(0, end - at) >>> 0
}
