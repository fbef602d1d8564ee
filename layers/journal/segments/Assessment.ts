import { Effect, type FileSystem } from "effect"
import type { JournalDamage, Position } from "../../../services/Journal.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import type { Definitions } from "./Definitions.ts"
import { refused } from "./Failure.ts"
import { type Inspected, inspect } from "./Inspection.ts"
import type { Run } from "./SegmentDecoder.ts"
import { segmentName } from "./SegmentName.ts"
import { type FoundSegment, type Survey, survey } from "./Survey.ts"

/** What a folder's files amount to. Nothing was changed. */
export interface Assessment {
  readonly surveyed: Survey
  readonly inspected: ReadonlyArray<Inspected>
  /** Everything before it is accepted. */
  readonly accepted: Position
  /** Segments that end at or before it may have been removed. */
  readonly released: Position
  /** Envelopes from `accepted` on that an earlier process wrote, and perhaps did not live to accept. In order. */
  readonly uncertain: ReadonlyArray<Run>
  readonly damage: ReadonlyArray<JournalDamage>
}

/** What is missing between two segments, or before the first, beyond what may have been removed. */
const holes = (inspected: ReadonlyArray<Inspected>, released: Position): ReadonlyArray<JournalDamage> => {
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

/** `thorough`: every segment is read through; `onRuns` is given what it holds, before `limit`. */
export const assess = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string,
  definitions: Definitions,
  thorough?: (
    found: FoundSegment,
    limit: Position | undefined,
  ) => (runs: ReadonlyArray<Run>) => Effect.Effect<void>,
) {
  const surveyed = yield* survey(fs, folder)
  const { segments: found, cursors } = surveyed
  const damage = Array.from(surveyed.damage)
  const inspected: Array<Inspected> = []
  // The segment that the cursors' own word about what was accepted is about.
  const holder = found.findLast(({ number }) => number <= (cursors?.segment ?? 0))
  for (const [index, each] of found.entries()) {
    const limit = found[index + 1]?.first
    const inspection = yield* inspect({
      fs,
      folder,
      found: each,
      limit,
      accepted: each === holder ? (cursors?.accepted ?? 0) : 0,
      definitions,
      thorough: thorough !== undefined,
      ...(thorough === undefined ? {} : { onRuns: thorough(each, limit) }),
    })
    inspected.push(inspection)
    damage.push(...inspection.damage)
  }
  const released = cursors?.released ?? found[0]?.first ?? 0
  damage.push(...holes(inspected, released))
  const accepted = yield* acceptedEnd(folder, surveyed, inspected.at(-1)?.segment.end ?? 0)
  damage.push(...accepted.damage)
  const uncertain = beyond(inspected, accepted.accepted)
  damage.push(...unreadable(uncertain, accepted.accepted))
  return {
    surveyed,
    inspected,
    accepted: accepted.accepted,
    released,
    uncertain,
    damage,
  } satisfies Assessment
})
