import { Effect, type FileSystem, Schema } from "effect"
import type { JournalDamage, Position } from "../../../services/Journal.ts"
import * as CursorFile from "./CursorFile.ts"
import { journalFailure, refused } from "./Failure.ts"
import { readAt } from "./Folder.ts"
import { formatVersion, frameAt, frameKind, headBytes, kindAt, positionAt, versionAt } from "./Frame.ts"
import { lockName } from "./Lock.ts"
import { parseSegmentName, segmentName } from "./SegmentName.ts"

/** A segment as it was found. */
export interface FoundSegment {
  readonly number: number
  readonly first: Position
  /** The file's name, which need not be the right one. */
  readonly file: string
  readonly bytes: number
}

/** What stands in a journal's folder. Nothing was changed. */
export interface Survey {
  /** `undefined`: the folder holds no journal yet, or nothing that says which. */
  readonly journal: string | undefined
  readonly segments: ReadonlyArray<FoundSegment>
  readonly cursors: CursorFile.Cursors | undefined
  readonly damage: ReadonlyArray<JournalDamage>
  /** Files that are none of the journal's. */
  readonly strays: ReadonlyArray<string>
}

const Header = Schema.fromJsonString(Schema.Struct({ journal: Schema.String, segment: Schema.Natural }))
const decodeHeader = Schema.decodeUnknownOption(Header)

interface HeaderOf {
  readonly journal: string
  readonly number: number
  readonly first: Position
}

const laterVersion = (path: string, version: number) =>
  refused(
    `${path} was written by a later version of Millrace (format ${version}, this one reads ${formatVersion}): start that version again, or set another \`journal.path\`. Nothing was changed`,
  )

const isOurs = (name: string): boolean =>
  name.startsWith(lockName) || name.startsWith("cursors.") || name.endsWith(".damaged")

const readHeader = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, path: string) {
  const file = yield* fs.open(path, { flag: "r" })
  const bytes = yield* readAt(file, 0, 4096)
  const size = Number((yield* file.stat).size)
  const length = frameAt(bytes, 0, bytes.length)
  if (length <= 0) return { size, header: undefined }
  if (versionAt(bytes, 0) > formatVersion) return yield* laterVersion(path, versionAt(bytes, 0))
  if (kindAt(bytes, 0) !== frameKind.header) return { size, header: undefined }
  const about = decodeHeader(bytes.toString("utf8", headBytes, length))
  if (about._tag === "None") return { size, header: undefined }
  const { journal, segment } = about.value
  const header: HeaderOf = { journal, number: segment, first: positionAt(bytes, 0) }
  return { size, header }
}, Effect.scoped)

/** Both cursor files: what counts, and what is wrong. */
const loadCursors = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, folder: string) {
  let best: CursorFile.Cursors | undefined
  const damaged: Array<string> = []
  for (const name of CursorFile.cursorFiles) {
    const loaded = yield* CursorFile.load(fs, folder, name)
    if (loaded.kind === "later") return yield* laterVersion(`${folder}/${name}`, loaded.version)
    if (loaded.kind === "damaged") damaged.push(name)
    if (loaded.kind === "whole" && loaded.cursors.generation > (best?.generation ?? -1)) best = loaded.cursors
  }
  return { best, damaged }
})

const cursorDamage = (
  damaged: ReadonlyArray<string>,
  best: CursorFile.Cursors | undefined,
): ReadonlyArray<JournalDamage> =>
  damaged.map((file) => ({
    kind: "cursors",
    file,
    from: 0,
    to: 0,
    detail:
      best === undefined
        ? "unreadable, and so is the other one: every sink begins at the first record held, and gets again what it had"
        : "unreadable: the other one counts; what sinks were given in the last moments before may be given again",
  }))

/** Looks at everything in a folder and changes nothing. Fails where it must not be touched. */
export const survey = Effect.fnUntraced(
  function* (fs: FileSystem.FileSystem, folder: string) {
    const names = (yield* fs.readDirectory(folder)).toSorted()
    const { best, damaged } = yield* loadCursors(fs, folder)
    const damage = Array.from(cursorDamage(damaged, best))
    const segments = new Map<number, FoundSegment>()
    const strays: Array<string> = []
    let journal = best?.journal
    for (const name of names) {
      if (isOurs(name)) continue
      const path = `${folder}/${name}`
      if ((yield* fs.stat(path)).type !== "File") {
        strays.push(name)
        continue
      }
      const named = parseSegmentName(name)
      const { header, size } = yield* readHeader(fs, path)
      const known = header ?? named
      if (known === undefined) {
        strays.push(name)
        continue
      }
      if (header !== undefined) {
        journal ??= header.journal
        if (header.journal !== journal)
          return yield* refused(
            `${path} belongs to another journal (${header.journal}; this one is ${journal}): move it out of the folder. Nothing was changed`,
          )
      }
      const found: FoundSegment = { number: known.number, first: known.first, file: name, bytes: size }
      const other = segments.get(found.number)
      const right = segmentName(found.number, found.first)
      // A copy: the one with the right name counts.
      if (other !== undefined && name !== right) strays.push(name)
      else {
        if (other !== undefined) strays.push(other.file)
        segments.set(found.number, found)
      }
    }
    const ordered = Array.from(segments.values()).toSorted((left, right) => left.number - right.number)
    return {
      journal,
      segments: inOrder(ordered, strays),
      cursors: best,
      damage,
      strays,
    } satisfies Survey
  },
  (effect, _fs, folder) =>
    Effect.catchTag(effect, "PlatformError", (error) => Effect.fail(journalFailure(folder, error, true))),
)

/** A file whose position contradicts its number was named by someone else: it is left alone. */
const inOrder = (
  ordered: ReadonlyArray<FoundSegment>,
  strays: Array<string>,
): ReadonlyArray<FoundSegment> => {
  const kept: Array<FoundSegment> = []
  for (const segment of ordered) {
    if (segment.first >= (kept.at(-1)?.first ?? 0)) kept.push(segment)
    else strays.push(segment.file)
  }
  return kept
}
