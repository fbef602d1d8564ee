import { Effect, type FileSystem, type PlatformError } from "effect"
import type { SinkCursor } from "../../../services/Sink.ts"
import { cutBack, cutTornLine } from "./Healing.ts"
import * as Marks from "./Marks.ts"

export interface Recovered {
  /** Everything before it is in the files, whole and once. */
  readonly position: number
  readonly lengths: Map<string, number>
}

const inParallel = { concurrency: 16 } as const

/**
 * Brings the files that an earlier process left to a known state. What it wrote after its last mark will be sent
 * again if the journal is the same: it is cut off. Otherwise it will not, and only torn lines are cut.
 */
export const recover = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string,
  markPath: string,
  cursor: SinkCursor,
) {
  const mark = yield* Marks.load(fs, markPath)
  if (mark === undefined) return { position: cursor.position, lengths: new Map() } satisfies Recovered
  if (mark === "unreadable") {
    yield* Effect.logWarning(
      `${markPath} cannot be read and is made anew; files are checked for torn lines as they are written to`,
    )
    return { position: cursor.position, lengths: new Map() } satisfies Recovered
  }
  if (mark.journal === cursor.journal.id && mark.position >= cursor.position) {
    const lengths = yield* cutToMark(fs, folder, mark)
    return { position: mark.position, lengths } satisfies Recovered
  }
  if (mark.journal === cursor.journal.id)
    yield* Effect.logWarning(
      `${markPath} says ${mark.position}, which is before the cursor at ${cursor.position}: it was put back to an older state, and records between the two may be doubled or missing`,
    )
  return { position: cursor.position, lengths: yield* cutTornLines(fs, folder, mark) } satisfies Recovered
})

const cutToMark = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, folder: string, mark: Marks.Mark) {
  const lengths = new Map(mark.lengths)
  let cut = 0
  const heal = Effect.fnUntraced(function* ([name, length]: readonly [string, number]) {
    const excess = yield* cutBack(fs, `${folder}/${name}`, length)
    if (excess > 0) cut += excess
    if (excess < 0) {
      const left = yield* cutTornLine(fs, `${folder}/${name}`)
      lengths.set(name, left.length)
      yield* Effect.logWarning(
        `${folder}/${name} is ${-excess} bytes shorter than it was left: it was changed or moved by someone else`,
      )
    }
  })
  yield* Effect.forEach(mark.lengths, heal, { ...inParallel, discard: true })
  if (cut > 0) yield* Effect.logInfo(`${folder}: cut ${cut} bytes that are sent again`)
  return lengths
})

const cutTornLines = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string,
  mark: Marks.Mark,
): Effect.fn.Return<Map<string, number>, PlatformError.PlatformError> {
  let cut = 0
  const healed = yield* Effect.forEach(
    mark.lengths.keys(),
    (name) =>
      Effect.map(cutTornLine(fs, `${folder}/${name}`), (left) => {
        cut += left.cut
        return [name, left.length] as const
      }),
    inParallel,
  )
  if (cut > 0) yield* Effect.logInfo(`${folder}: cut ${cut} bytes of torn lines`)
  return new Map(healed)
})
