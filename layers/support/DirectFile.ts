import { Effect, PlatformError } from "effect"
import { close, constants, open, write } from "node:fs"

/** What disks take past the system's cache begins and ends at a multiple of this, in the file and in memory. */
export const blockBytes = 4096

/** What is smaller goes better through the system's cache: what it costs there is not its bytes. */
export const largeBytes = 256 * 1024

/** A file that is written past the system's cache. */
export interface DirectFile {
  /**
   * Whole blocks from a block's boundary on, out of memory of `alignedBuffer`. False: this disk does not take them so,
   * and nothing was written.
   */
  readonly write: (bytes: Buffer, position: number) => Effect.Effect<boolean, PlatformError.PlatformError>
  readonly close: Effect.Effect<void>
}

/** Opens a file that is there; `undefined` where its disk, or this system, has no such thing. */
export type OpenDirect = (path: string) => Effect.Effect<DirectFile | undefined>

export interface WebAssemblyMemory {
  readonly buffer: ArrayBuffer
}

/** The part of it that is used here: TypeScript has it among a browser's things alone. */
declare const WebAssembly: {
  readonly Memory: new (of: { readonly initial: number }) => WebAssemblyMemory
}

const wasmPage = 65_536

/** Memory that begins at a block's boundary, as WebAssembly's does; `undefined` where none can be had. */
export const alignedMemory = (bytes: number): WebAssemblyMemory | undefined => {
  try {
    return new WebAssembly.Memory({ initial: Math.ceil(bytes / wasmPage) })
  } catch (error) {
    // It reserves gigabytes of addresses, of which this process may not have so many.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

export const alignedBuffer = (bytes: number): Buffer | undefined => {
  const memory = alignedMemory(bytes)
  return memory && Buffer.from(memory.buffer)
}

/** What a disk answers that does not take blocks so, or not these. */
const unable = "EINVAL"

const failure = (path: string, error: NodeJS.ErrnoException): PlatformError.PlatformError =>
  PlatformError.systemError({
    _tag: "Unknown",
    module: "FileSystem",
    method: "write",
    pathOrDescriptor: path,
    ...(error.syscall === undefined ? {} : { syscall: error.syscall }),
    cause: error,
  })

const nothingWritten = (path: string): PlatformError.PlatformError =>
  PlatformError.systemError({
    _tag: "WriteZero",
    module: "FileSystem",
    method: "write",
    pathOrDescriptor: path,
  })

const writeOnce = (path: string, descriptor: number, bytes: Buffer, position: number) =>
  Effect.callback<number, PlatformError.PlatformError>((resume) => {
    write(descriptor, bytes, 0, bytes.length, position, (error, written) => {
      if (error === null) resume(Effect.succeed(written))
      else if (error.code === unable) resume(Effect.succeed(-1))
      else resume(Effect.fail(failure(path, error)))
    })
  })

const writeBlocks = Effect.fnUntraced(function* (
  path: string,
  descriptor: number,
  bytes: Buffer,
  position: number,
) {
  let at = 0
  while (at < bytes.length) {
    const written = yield* writeOnce(path, descriptor, bytes.subarray(at), position + at)
    if (written < 0 && at === 0) return false
    // A part of a block is what a full disk takes last.
    if (written <= 0) return yield* nothingWritten(path)
    at += written
  }
  return true
})

/**
 * O_DIRECT, which Node's promises and Effect's FileSystem have no name for. The kernel does not copy what is written,
 * takes no fresh pages for it, and has nothing left to write when it is synced: of a flood's journal, nine tenths of the
 * processor time of writing it.
 */
export const openDirect: OpenDirect = (path) =>
  constants.O_DIRECT === undefined
    ? Effect.succeed(undefined)
    : Effect.callback<DirectFile | undefined>((resume) => {
        open(path, constants.O_WRONLY | constants.O_DIRECT, (error, descriptor) => {
          if (error !== null) return resume(Effect.succeed(undefined))
          resume(
            Effect.succeed({
              write: (bytes, position) => writeBlocks(path, descriptor, bytes, position),
              close: Effect.callback<void>((closed) => close(descriptor, () => closed(Effect.void))),
            }),
          )
        })
      })
