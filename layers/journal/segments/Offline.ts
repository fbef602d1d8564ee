import { Effect, FileSystem, PlatformError, type Scope } from "effect"
import type { JournalDamage, JournalError, Position } from "../../../services/Journal.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import { assess } from "./Assessment.ts"
import * as CursorFile from "./CursorFile.ts"
import { Definitions } from "./Definitions.ts"
import { journalFailure, refused } from "./Failure.ts"
import { checkFolder } from "./FolderCheck.ts"
import { sqliteLock } from "./Lock.ts"
import type { Run } from "./SegmentDecoder.ts"
import { type FoundSegment, survey } from "./Survey.ts"

/** A journal that no process holds, read by a person. */
export interface Examined {
  readonly journal: string
  readonly accepted: Position
  readonly segments: ReadonlyArray<{
    readonly file: string
    readonly first: Position
    readonly end: Position
    readonly bytes: number
    readonly closed: boolean
  }>
  readonly cursors: CursorFile.Cursors["cursors"]
  /** Written, and not known to be accepted: they go on with the next start. */
  readonly uncertain: number
  readonly damage: ReadonlyArray<JournalDamage>
  /** Files that are none of the journal's. */
  readonly strays: ReadonlyArray<string>
}

/** Holds the folder, if there is a journal in it, until the scope closes. */
const hold = Effect.fnUntraced(function* (
  folder: string,
): Effect.fn.Return<void, JournalError, FileSystem.FileSystem | Scope.Scope> {
  const fs = yield* FileSystem.FileSystem
  const there = yield* Effect.orElseSucceed(fs.exists(folder), () => false)
  if (!there) return yield* refused(`${folder}: there is no such folder`)
  yield* checkFolder(fs, folder, process.getuid?.())
  const { cursors, segments } = yield* survey(fs, folder)
  if (cursors === undefined && segments.length === 0)
    return yield* refused(
      `${folder} holds no journal (\`journal.path\` in the configuration says where it is)`,
    )
  yield* sqliteLock(folder)
})

const orRefused = <A, E, R>(folder: string, effect: Effect.Effect<A, E | PlatformError.PlatformError, R>) =>
  Effect.mapError(effect, (error) =>
    error instanceof PlatformError.PlatformError ? journalFailure(folder, error, true) : error,
  )

/** Reads all of it, changes nothing, and says what is wrong. `onEnvelopes` is given what it holds, in order and once. */
export const examine = Effect.fnUntraced(function* (
  folder: string,
  onEnvelopes: (envelopes: ReadonlyArray<Envelope>) => Effect.Effect<void> = () => Effect.void,
) {
  yield* hold(folder)
  const fs = yield* FileSystem.FileSystem
  let next: Position = 0
  const onRuns = (found: FoundSegment, limit: Position | undefined) => (runs: ReadonlyArray<Run>) => {
    const given: Array<Envelope> = []
    for (const { first, envelopes } of runs)
      for (const [index, envelope] of envelopes.entries()) {
        const position = first + index
        if (position < Math.max(next, found.first) || (limit !== undefined && position >= limit)) continue
        next = position + 1
        given.push(envelope)
      }
    return given.length === 0 ? Effect.void : onEnvelopes(given)
  }
  const assessed = yield* orRefused(folder, assess(fs, folder, new Definitions(), onRuns))
  const { accepted, damage, inspected, surveyed, uncertain } = assessed
  return {
    journal: surveyed.journal ?? "of unknown id",
    accepted,
    segments: inspected.map(({ closed, length, segment }) => ({
      file: segment.file,
      first: segment.first,
      end: segment.end,
      bytes: length,
      closed,
    })),
    cursors: surveyed.cursors?.cursors ?? [],
    uncertain: uncertain.reduce((sum, { envelopes }) => sum + envelopes.length, 0),
    damage,
    strays: surveyed.strays,
  } satisfies Examined
}, Effect.scoped)

/** The cursors as they are stored, and how far the journal goes as far as they know. */
export const storedCursors = Effect.fnUntraced(function* (folder: string) {
  yield* hold(folder)
  const fs = yield* FileSystem.FileSystem
  const { cursors } = yield* survey(fs, folder)
  if (cursors === undefined)
    return yield* refused(
      `${folder}: the cursors cannot be read; \`millrace journal check ${folder}\` says more`,
    )
  return cursors
}, Effect.scoped)

/** Drops a cursor whose sink is gone for good. What other cursors and the retention do not hold goes with the next start. */
export const forgetCursor = Effect.fnUntraced(function* (folder: string, name: string) {
  yield* hold(folder)
  const fs = yield* FileSystem.FileSystem
  const { cursors } = yield* survey(fs, folder)
  const names = cursors?.cursors.map((cursor) => cursor.name) ?? []
  if (cursors === undefined || !names.includes(name))
    return yield* refused(
      `${folder} has no cursor "${name}"; it has ${names.length === 0 ? "none" : names.join(", ")}`,
    )
  const left = cursors.cursors.filter((cursor) => cursor.name !== name)
  const next = { ...cursors, generation: cursors.generation + 1, cursors: left }
  yield* orRefused(folder, CursorFile.store(fs, folder, next))
}, Effect.scoped)
