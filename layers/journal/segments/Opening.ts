import { Clock, Effect, type FileSystem, Random } from "effect"
import type { JournalDamage, Position } from "../../../services/Journal.ts"
import type { Checkpoint } from "../../../services/JournalCheckpoints.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import { lastCheckpoint } from "./Checkpoints.ts"
import * as CursorFile from "./CursorFile.ts"
import type { StoredCursor } from "./CursorTable.ts"
import type { Definitions } from "./Definitions.ts"
import { refused } from "./Failure.ts"
import { syncFolder } from "./Folder.ts"
import { FrameWriter } from "./FrameWriter.ts"
import { type Inspected, inspect } from "./Inspection.ts"
import type { Run } from "./SegmentDecoder.ts"
import type { Segment, SegmentList } from "./SegmentList.ts"
import { segmentName } from "./SegmentName.ts"
import { type Survey, survey } from "./Survey.ts"

/** A journal as it is found, ready to go on. */
export interface Opened {
  readonly journal: string
  readonly segments: ReadonlyArray<Segment>
  readonly nextNumber: number
  /** Everything before it is accepted. */
  readonly accepted: Position
  /** Envelopes from `accepted` on that an earlier process wrote, and perhaps did not live to accept. In order. */
  readonly uncertain: ReadonlyArray<Run>
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

/** What is missing between two segments, or before the first, beyond what may have been removed. */
export const holes = (
  inspected: ReadonlyArray<Inspected>,
  released: Position,
): ReadonlyArray<JournalDamage> => {
  const found: Array<JournalDamage> = []
  let end = 0
  let before: Inspected | undefined
  for (const each of inspected) {
    const { first, number } = each.segment
    const from = Math.max(end, released)
    if (first > from) {
      const gone = before === undefined || number > before.segment.number + 1
      found.push({
        kind: gone ? "missing" : "damaged",
        file: gone ? segmentName((before?.segment.number ?? number - 2) + 1, from) : before!.segment.file,
        from,
        to: first,
        detail: gone ? `no segment holds ${first - from} accepted records` : "its end is lost",
      })
    }
    end = Math.max(end, each.segment.end)
    before = each
  }
  return found
}

const newId = Effect.gen(function* () {
  const random = yield* Random.nextInt
  return `segments-${(yield* Clock.currentTimeMillis).toString(36)}-${(random >>> 0).toString(36)}`
})

/** Until where envelopes were accepted, as far as anything says; the difference to what is there is damage. */
const acceptedEnd = Effect.fnUntraced(function* (
  folder: string,
  { cursors, segments }: Survey,
  found: Position,
) {
  if (cursors === undefined) return { accepted: found, damage: [] }
  const end = Math.max(found, cursors.released)
  const beyond = cursors.cursors.filter(({ position }) => position > end)
  const said = Math.max(end, cursors.accepted)
  const newestIsThere = segments.some(({ number }) => number >= cursors.segment)
  const impossible = beyond.filter(({ position }) => position > cursors.accepted)
  if (beyond.length > 0 && (!newestIsThere || impossible.length > 0)) {
    const { name, position } = impossible[0] ?? beyond[0]!
    const missing = segmentName(cursors.segment, 0).slice(0, 10)
    return yield* refused(
      `${folder}: the cursor of "${name}" stands at ${position}, past the end of the journal at ${end}: ${newestIsThere ? "the cursors belong to another state of this folder" : `segment ${missing}-….journal is missing`}. Put back what was moved or restored, or, if it is gone for good, \`millrace journal cursors ${folder} --forget ${name}\`. Nothing was changed`,
    )
  }
  if (said === end) return { accepted: end, damage: [] }
  const last = segments.at(-1)
  const damage: JournalDamage = {
    kind: newestIsThere ? "damaged" : "missing",
    file: newestIsThere && last !== undefined ? last.file : segmentName(cursors.segment, end),
    from: end,
    to: said,
    detail: newestIsThere ? "its end is lost" : `no segment holds ${said - end} accepted records`,
  }
  return { accepted: said, damage: [damage] }
})

/** What segments hold at and past `position`, each position once: of several copies any is as good. */
const beyond = (inspected: ReadonlyArray<Inspected>, position: Position): ReadonlyArray<Run> => {
  const at = new Map<Position, Envelope>()
  for (const { uncertain } of inspected)
    for (const { first, envelopes } of uncertain)
      for (const [index, envelope] of envelopes.entries())
        if (first + index >= position) at.set(first + index, envelope)
  const runs: Array<Run> = []
  for (const each of Array.from(at.keys()).toSorted((left, right) => left - right)) {
    const run = runs.at(-1)
    if (run !== undefined && run.first + run.envelopes.length === each) run.envelopes.push(at.get(each)!)
    else runs.push({ first: each, envelopes: [at.get(each)!] })
  }
  return runs
}

const unreadable = (runs: ReadonlyArray<Run>, position: Position): ReadonlyArray<JournalDamage> => {
  let from = position
  return runs.flatMap(({ first, envelopes }): ReadonlyArray<JournalDamage> => {
    const before = from
    from = first + envelopes.length
    const detail = "they cannot be read, and whether they had been accepted is not known"
    return first === before ? [] : [{ kind: "damaged", file: "", from: before, to: first, detail }]
  })
}

/** Reads what the folder holds; puts names right, and nothing else until `heal`. */
export const open = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string,
  definitions: Definitions,
) {
  const surveyed = yield* survey(fs, folder)
  const { segments: found } = surveyed
  const journal = surveyed.journal ?? (yield* newId)
  const damage = Array.from(surveyed.damage)
  const inspected: Array<Inspected> = []
  // The segment that the cursors' own word about what was accepted is about.
  const holder = found.findLast(({ number }) => number <= (surveyed.cursors?.segment ?? 0))
  for (const [index, each] of found.entries()) {
    const limit = found[index + 1]?.first
    const accepted = each === holder ? (surveyed.cursors?.accepted ?? 0) : 0
    inspected.push(yield* inspect({ fs, folder, found: each, limit, accepted, definitions, thorough: false }))
  }
  for (const each of inspected) damage.push(...each.damage)
  const released = surveyed.cursors?.released ?? found[0]?.first ?? 0
  damage.push(...holes(inspected, released))
  const end = inspected.at(-1)?.segment.end ?? 0
  const accepted = yield* acceptedEnd(folder, surveyed, end)
  damage.push(...accepted.damage)
  const cursorsLost = surveyed.cursors === undefined && found.length > 0
  if (cursorsLost && surveyed.damage.length === 0)
    damage.push({
      kind: "cursors",
      file: CursorFile.cursorFiles[0],
      from: 0,
      to: 0,
      detail: "missing: every sink begins at the first record held, and may get again what it had",
    })
  const stored = { generation: surveyed.cursors?.generation ?? 0, released }
  damage.push(...(yield* putNamesRight(fs, folder, surveyed)))
  const uncertain = beyond(inspected, accepted.accepted)
  damage.push(...unreadable(uncertain, accepted.accepted))
  return {
    journal,
    segments: inspected.flatMap(({ segment }) => (segment.bytes > 0 ? [segment] : [])),
    nextNumber: Math.max(found.at(-1)?.number ?? 0, surveyed.cursors?.segment ?? 0) + 1,
    accepted: accepted.accepted,
    uncertain,
    cursors: surveyed.cursors?.cursors ?? [],
    cursorsLost,
    stored,
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
