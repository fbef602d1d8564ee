import { Effect, type FileSystem, type PlatformError } from "effect"
import { decodeLine, sequenceOf } from "./LetterLine.ts"

/** One file of letters. Its name says what it holds: `<sequence of its first letter>-<when that was put>.jsonl`. */
export interface LetterFile {
  readonly name: string
  readonly first: number
  /** Clock milliseconds. */
  readonly begunAt: number
  bytes: number
  letters: number
}

export const nameOf = (first: number, begunAt: number): string =>
  `${String(first).padStart(15, "0")}-${begunAt}.jsonl`

export type NamedFile = Pick<LetterFile, "name" | "first" | "begunAt">

const parseName = (name: string): ReadonlyArray<NamedFile> => {
  const parts = /^(\d{15})-(\d+)\.jsonl$/.exec(name)
  return parts === null ? [] : [{ name, first: Number(parts[1]), begunAt: Number(parts[2]) }]
}

const isAbsent = (error: PlatformError.PlatformError): boolean => error.reason._tag === "NotFound"

/** The files of a folder, oldest first; none where there is no folder. */
export const filesIn = (
  fs: FileSystem.FileSystem,
  folder: string,
): Effect.Effect<ReadonlyArray<NamedFile>, PlatformError.PlatformError> =>
  fs.readDirectory(folder).pipe(
    Effect.map((names) => names.flatMap(parseName)),
    Effect.map((files) => files.sort((a, b) => a.first - b.first || a.begunAt - b.begunAt)),
    Effect.catchIf(isAbsent, () => Effect.succeed([])),
  )

/** What a file holds. */
export interface Contents {
  readonly lines: ReadonlyArray<string>
  /** Bytes of its whole lines. */
  readonly whole: number
  /** Whether something follows them: the start of a line that a crash tore. */
  readonly torn: boolean
}

/** Reads a file. One that was removed meanwhile is empty. */
export const contentsOf = (
  fs: FileSystem.FileSystem,
  path: string,
): Effect.Effect<Contents, PlatformError.PlatformError> =>
  fs.readFile(path).pipe(
    Effect.map((read) => {
      const bytes = Buffer.from(read.buffer, read.byteOffset, read.length)
      const whole = bytes.lastIndexOf(0x0a) + 1
      const lines = whole === 0 ? [] : bytes.toString("utf8", 0, whole - 1).split("\n")
      return { lines, whole, torn: whole < bytes.length }
    }),
    Effect.catchIf(isAbsent, () => Effect.succeed({ lines: [], whole: 0, torn: false })),
  )

/** The sequence number after those of a file; by count where its lines are damaged. */
export const sequenceAfter = (file: NamedFile, lines: ReadonlyArray<string>): number => {
  let next = file.first + lines.length
  for (const line of lines) {
    const sequence = sequenceOf(line)
    if (sequence !== undefined && sequence >= next && decodeLine(line) !== undefined) next = sequence + 1
  }
  return next
}
