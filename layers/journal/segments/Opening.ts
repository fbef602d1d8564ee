import { Clock, Effect, type FileSystem, Random } from "effect"
import type { JournalDamage, Position } from "../../../services/Journal.ts"
import type { Checkpoint } from "../../../services/JournalCheckpoints.ts"
import { assess } from "./Assessment.ts"
import { lastCheckpoint } from "./Checkpoints.ts"
import * as CursorFile from "./CursorFile.ts"
import type { StoredCursor } from "./CursorTable.ts"
import type { Definitions } from "./Definitions.ts"
import { syncFolder } from "./Folder.ts"
import { FrameWriter } from "./FrameWriter.ts"
import type { Inspected } from "./Inspection.ts"
import type { Run } from "./SegmentDecoder.ts"
import type { Segment, SegmentList } from "./SegmentList.ts"
import { segmentName } from "./SegmentName.ts"
import type { Survey } from "./Survey.ts"

/** A journal as it is found, ready to go on. */
export interface Opened {
  readonly journal: string
  readonly segments: ReadonlyArray<Segment>
  readonly nextNumber: number
  /** Everything before it is accepted. */
  readonly accepted: Position
  /** Envelopes from `accepted` on that an earlier process wrote, and perhaps did not live to accept. In order. */
  readonly uncertain: ReadonlyArray<Run>
  /** Where those stand, until they are accepted. */
  readonly uncertainIn: ReadonlySet<Segment>
  readonly cursors: ReadonlyArray<StoredCursor>
  /** The cursors are lost: a sink begins at the first record held, whatever it asks for. */
  readonly cursorsLost: boolean
  readonly stored: Pick<CursorFile.Cursors, "generation" | "released">
  readonly checkpoint: Checkpoint | undefined
  readonly damage: ReadonlyArray<JournalDamage>
  /** Files in the folder that are none of the journal's. */
  readonly strays: ReadonlyArray<string>
  /** Cuts off what does not count and closes what was left open. Only once `uncertain` is accepted. */
  readonly heal: (segments: SegmentList) => Effect.Effect<void>
}

const newId = Effect.gen(function* () {
  const random = yield* Random.nextInt
  return `segments-${(yield* Clock.currentTimeMillis).toString(36)}-${(random >>> 0).toString(36)}`
})

/** Reads what the folder holds; puts names right, and nothing else until `heal`. */
export const open = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string,
  definitions: Definitions,
) {
  const { accepted, inspected, released, surveyed, uncertain, ...assessed } = yield* assess(
    fs,
    folder,
    definitions,
  )
  const found = surveyed.segments
  const damage = Array.from(assessed.damage)
  const cursorsLost = surveyed.cursors === undefined && found.length > 0
  if (cursorsLost && surveyed.damage.length === 0)
    damage.push({
      kind: "cursors",
      file: CursorFile.cursorFiles[0],
      from: 0,
      to: 0,
      detail: "missing: every sink begins at the first record held, and may get again what it had",
    })
  damage.push(...(yield* putNamesRight(fs, folder, surveyed)))
  return {
    journal: surveyed.journal ?? (yield* newId),
    segments: inspected.flatMap(({ segment }) => (segment.bytes > 0 ? [segment] : [])),
    nextNumber: Math.max(found.at(-1)?.number ?? 0, surveyed.cursors?.segment ?? 0) + 1,
    accepted,
    uncertain,
    uncertainIn: new Set(
      inspected.flatMap(({ length, segment }) => (length > segment.bytes ? [segment] : [])),
    ),
    cursors: surveyed.cursors?.cursors ?? [],
    cursorsLost,
    stored: { generation: surveyed.cursors?.generation ?? 0, released },
    checkpoint: yield* lastCheckpoint(
      fs,
      inspected.map(({ segment }) => `${folder}/${segment.file}`),
    ),
    damage,
    strays: surveyed.strays,
    heal: (list) =>
      Effect.forEach(inspected, (each) => healSegment(fs, folder, each, definitions, list), {
        discard: true,
      }),
  } satisfies Opened
})

/** A file under another name gets its own back; in two steps, since two may have each other's. */
const putNamesRight = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string,
  { segments, strays }: Survey,
) {
  const damage: Array<JournalDamage> = []
  const renamed = segments.flatMap(({ file, first, number }) => {
    const right = segmentName(number, first)
    return file === right ? [] : [{ file, first, right }]
  })
  for (const { file, right } of renamed) {
    if (strays.includes(right)) yield* fs.rename(`${folder}/${right}`, `${folder}/${right}.stray`)
    yield* fs.rename(`${folder}/${file}`, `${folder}/${right}.aside`)
  }
  for (const { file, first, right } of renamed) {
    yield* fs.rename(`${folder}/${right}.aside`, `${folder}/${right}`)
    damage.push({ kind: "renamed", file, from: first, to: first, detail: `put back as ${right}` })
  }
  if (damage.length > 0) yield* syncFolder(fs, folder)
  return damage
})

/** Without it nothing is lost: what cannot be healed now is seen again the next time. */
const healSegment = (
  fs: FileSystem.FileSystem,
  folder: string,
  { closed, length, segment }: Inspected,
  definitions: Definitions,
  list: SegmentList,
): Effect.Effect<void> => {
  const path = `${folder}/${segment.file}`
  if (segment.bytes === 0) return length === 0 ? Effect.ignore(fs.remove(path)) : setAside(fs, path)
  if (closed) return Effect.void
  return Effect.gen(function* () {
    if (length > segment.bytes) yield* fs.truncate(path, segment.bytes)
    const file = yield* fs.open(path, { flag: "a" })
    const frames = new FrameWriter(definitions)
    frames.footer(segment.end)
    yield* file.writeAll(frames.bytes)
    yield* file.sync
    list.grow(segment, frames.length, segment.end)
  }).pipe(Effect.scoped, Effect.ignore)
}

/** Nothing in it can be read, and nothing of it is needed: kept for a person to look at. */
const setAside = (fs: FileSystem.FileSystem, path: string): Effect.Effect<void> =>
  Effect.ignore(fs.rename(path, `${path}.damaged`))
