import { Effect, PlatformError } from "effect"
import { close, constants, open, write } from "node:fs"

/** What disks take past the system's cache begins and ends at a multiple of this, in the file and in memory. */
export const blockBytes = 4096

/** A file of which whole blocks are written past the system's cache. */
export interface DirectFile {
  /**
   * At `position`, out of memory of `alignedBuffer`, where each byte lies at the place in a block at which it will lie in
   * the file. Whole blocks go past the cache; the rest of the first one and of the last through it, meanwhile. False:
   * this disk does not take blocks so, and nothing of this counts as written.
   */
  readonly write: (bytes: Buffer, position: number) => Effect.Effect<boolean, PlatformError.PlatformError>
  readonly close: Effect.Effect<void>
}

/** Opens a file that is there; `undefined` where its disk, or this system, has no such thing. */
export type OpenDirect = (path: string) => Effect.Effect<DirectFile | undefined>

/** The part of it that is used here: TypeScript has it among a browser's things alone. */
declare const WebAssembly: {
  readonly Memory: new (of: { readonly initial: number }) => { readonly buffer: ArrayBuffer }
}

const wasmPage = 65_536

/** Memory that begins at a block's boundary, as WebAssembly's does; `undefined` where none can be had. */
export const alignedBuffer = (bytes: number): Buffer | undefined => {
  try {
    return Buffer.from(new WebAssembly.Memory({ initial: Math.ceil(bytes / wasmPage) }).buffer)
  } catch (error) {
    // It reserves gigabytes of addresses, of which this process may not have so many.
    if (error instanceof RangeError) return undefined
    throw error
  }
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

/** All of it; false when the disk does not take it so. */
const writeAll = Effect.fnUntraced(function* (
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

const openOnce = (path: string, flags: number) =>
  Effect.callback<number | undefined>((resume) => {
    open(path, flags, (error, descriptor) => resume(Effect.succeed(error === null ? descriptor : undefined)))
  })

const closeOnce = (descriptor: number) =>
  Effect.callback<void>((resume) => close(descriptor, () => resume(Effect.void)))

/**
 * O_DIRECT, which Node's promises and Effect's FileSystem have no name for. The kernel does not copy what is written,
 * takes no fresh pages for it, and has nothing left to write when it is synced: of a flood's journal, nine tenths of the
 * processor time of writing it.
 */
export const openDirect: OpenDirect = Effect.fnUntraced(function* (path) {
  if (constants.O_DIRECT === undefined) return undefined
  const direct = yield* openOnce(path, constants.O_WRONLY | constants.O_DIRECT)
  if (direct === undefined) return undefined
  const beside = yield* openOnce(path, constants.O_WRONLY)
  if (beside === undefined) return yield* Effect.as(closeOnce(direct), undefined)
  return {
    write: (bytes, position) => {
      const end = position + bytes.length
      const first = Math.min(end, Math.ceil(position / blockBytes) * blockBytes)
      const last = Math.max(first, Math.floor(end / blockBytes) * blockBytes)
      const part = (from: number, to: number) => bytes.subarray(from - position, to - position)
      return Effect.map(
        Effect.all(
          [
            writeAll(path, direct, part(first, last), first),
            writeAll(path, beside, part(position, first), position),
            writeAll(path, beside, part(last, end), last),
          ],
          { concurrency: "unbounded" },
        ),
        (taken) => taken.every((each) => each),
      )
    },
    close: Effect.andThen(closeOnce(direct), closeOnce(beside)),
  }
})
