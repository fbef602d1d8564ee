import { Effect, type FileSystem, Option, type PlatformError } from "effect"

const newline = 0x0a
const blockBytes = 65_536

/** The length of a file, or `undefined` when there is none. */
export const lengthOf = (
  fs: FileSystem.FileSystem,
  path: string,
): Effect.Effect<number | undefined, PlatformError.PlatformError> =>
  fs.stat(path).pipe(
    Effect.map((info): number | undefined => Number(info.size)),
    Effect.catchIf(
      (error) => error.reason._tag === "NotFound",
      () => Effect.succeed(undefined),
    ),
  )

/** The length of the file's whole lines. */
const wholeLines = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, path: string, length: number) {
  const file = yield* fs.open(path, { flag: "r" })
  let end = length
  while (end > 0) {
    // The very last byte alone tells in nearly every case.
    const size = Math.min(end === length ? 1 : blockBytes, end)
    const read = yield* readAt(file, end - size, size)
    const at = read.lastIndexOf(newline)
    if (at >= 0) return end - size + at + 1
    end -= size
  }
  return 0
}, Effect.scoped)

const readAt = Effect.fnUntraced(function* (file: FileSystem.File, position: number, size: number) {
  const parts: Array<Uint8Array> = []
  let got = 0
  while (got < size) {
    const at = BigInt(position + got)
    const part = Option.getOrUndefined(yield* file.readAlloc(size - got, { position: at }))
    if (part === undefined) break
    parts.push(part)
    got += part.length
  }
  return Buffer.concat(parts)
})

/** Cuts off what follows the last whole line. Gives the length that is left and how much was cut. */
export const cutTornLine = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, path: string) {
  const length = yield* lengthOf(fs, path)
  if (length === undefined || length === 0) return { length: 0, cut: 0 }
  const whole = yield* wholeLines(fs, path, length)
  if (whole < length) yield* fs.truncate(path, whole)
  return { length: whole, cut: length - whole }
})

/** Cuts a file back to a length. Gives how much was cut, negative when the file is shorter than it should be. */
export const cutBack = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, path: string, length: number) {
  const actual = (yield* lengthOf(fs, path)) ?? 0
  if (actual > length) yield* fs.truncate(path, length)
  return actual - length
})
