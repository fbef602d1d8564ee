import { Effect, Exit, type FileSystem, Option, type PlatformError, Scope } from "effect"

/** Syncs a folder, so that what was made, renamed or removed in it stays so. */
export const syncFolder = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, path: string) {
  const folder = yield* fs.open(path, { flag: "r" })
  yield* folder.sync
}, Effect.scoped)

/** Up to `size` bytes from `offset` on; fewer only at the end of the file. */
export const readAt = Effect.fnUntraced(function* (file: FileSystem.File, offset: number, size: number) {
  const first = Option.getOrUndefined(yield* file.readAlloc(size, { position: BigInt(offset) }))
  if (first === undefined) return Buffer.alloc(0)
  let bytes = bufferOf(first)
  while (bytes.length < size) {
    const at = BigInt(offset + bytes.length)
    const more = Option.getOrUndefined(yield* file.readAlloc(size - bytes.length, { position: at }))
    if (more === undefined) break
    bytes = Buffer.concat([bytes, more])
  }
  return bytes
})

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** An open file that is closed by hand. */
export interface OpenFile {
  readonly file: FileSystem.File
  readonly close: Effect.Effect<void>
}

/** A file that outlives the effect that opens it. */
export const openFile = (
  fs: FileSystem.FileSystem,
  path: string,
  flag: FileSystem.OpenFlag,
): Effect.Effect<OpenFile, PlatformError.PlatformError> =>
  Effect.uninterruptible(
    Effect.flatMap(Scope.make(), (scope) =>
      fs.open(path, { flag }).pipe(
        Effect.map((file): OpenFile => ({ file, close: Scope.close(scope, Exit.void) })),
        Scope.provide(scope),
        Effect.onError(() => Scope.close(scope, Exit.void)),
      ),
    ),
  )
