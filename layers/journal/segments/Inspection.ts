import { Effect, type FileSystem } from "effect"
import type { JournalDamage, Position } from "../../../services/Journal.ts"
import type { Definitions } from "./Definitions.ts"
import { refused } from "./Failure.ts"
import { readAt } from "./Folder.ts"
import { formatVersion, frameAt, frameKind, headBytes, kindAt, positionAt, versionAt } from "./Frame.ts"
import { type Decoded, type Flaw, type Run, SegmentDecoder } from "./SegmentDecoder.ts"
import { makeSegment, type Segment } from "./SegmentList.ts"
import { scan } from "./SegmentScan.ts"
import type { FoundSegment } from "./Survey.ts"

/** A segment with everything that must be known to use it. */
export interface Inspected {
  readonly segment: Segment
  /** Valid envelopes behind what is known to have been synced: never accepted, and as good as new. */
  readonly uncertain: ReadonlyArray<Run>
  readonly damage: ReadonlyArray<JournalDamage>
  /** The file's length. */
  readonly length: number
  /** Whether it ends in a footer. */
  readonly closed: boolean
}

/** The position in the footer with which a file ends, if it does. */
const footerOf = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, path: string, length: number) {
  if (length < headBytes) return undefined
  const file = yield* fs.open(path, { flag: "r" })
  const bytes = yield* readAt(file, length - headBytes, headBytes)
  const isFooter = frameAt(bytes, 0, bytes.length) === headBytes && kindAt(bytes, 0) === frameKind.footer
  return isFooter && versionAt(bytes, 0) <= formatVersion ? positionAt(bytes, 0) : undefined
}, Effect.scoped)

export const flawed = (file: string, flaw: Flaw, what: string): JournalDamage => ({
  kind: "damaged",
  file,
  from: flaw.from,
  to: flaw.to,
  detail: `${flaw.bytes} bytes at ${flaw.offset} ${what}`,
})

/**
 * Finds out where a segment ends. One that was closed says so itself; any other is read through, as is every one when
 * `thorough`. `limit` is where the next segment begins, if there is one: everything before it had been accepted then,
 * and what comes after counts only if no later segment has it. `accepted` is what the cursors say was accepted, in this
 * segment.
 */
export const inspect = Effect.fnUntraced(function* (options: {
  readonly fs: FileSystem.FileSystem
  readonly folder: string
  readonly found: FoundSegment
  readonly limit: Position | undefined
  readonly accepted: Position
  readonly definitions: Definitions
  readonly thorough: boolean
  readonly onRuns?: (runs: ReadonlyArray<Run>) => Effect.Effect<void>
}) {
  const { fs, folder, found, limit, definitions } = options
  const path = `${folder}/${found.file}`
  const segment = makeSegment(found.number, found.first)
  const footer = yield* footerOf(fs, path, found.bytes)
  if (footer !== undefined && !options.thorough) {
    segment.end = Math.min(footer, limit ?? footer)
    segment.bytes = found.bytes
    return { segment, uncertain: [], damage: [], length: found.bytes, closed: true } satisfies Inspected
  }
  const decoder = new SegmentDecoder({
    first: found.first,
    table: segment.table,
    definitions,
    accepted: Math.max(limit ?? 0, options.accepted),
  })
  const flaws: Array<Flaw> = []
  let uncertain: Array<Run> = []
  const onPiece = ({ runs, flaws: more }: Decoded) => {
    flaws.push(...more)
    uncertain = [...uncertain, ...runs].filter((run) => run.first + run.envelopes.length > decoder.trusted)
    return options.onRuns?.(runs) ?? Effect.void
  }
  const length = yield* scan(fs, path, decoder, onPiece)
  if (decoder.later !== undefined)
    return yield* refused(
      `${path} was written by a later version of Millrace (format ${decoder.later}, this one reads ${formatVersion}): start that version again, or set another \`journal.path\`. Nothing was changed`,
    )
  segment.end = Math.max(found.first, Math.min(decoder.trusted, limit ?? decoder.trusted))
  // A footer with something behind it closes nothing.
  const closed = decoder.closed && decoder.validEnd === length
  segment.bytes = Math.min(decoder.trustedEnd, length)
  const damage = flaws.map((flaw): JournalDamage => {
    const described = flawed(found.file, flaw, "are damaged and skipped")
    if (flaw.from < decoder.trusted)
      return { ...described, to: Math.max(flaw.from, Math.min(flaw.to, decoder.trusted)) }
    return {
      ...flawed(found.file, flaw, "behind its last sync were not written whole"),
      kind: "torn",
      to: flaw.from,
    }
  })
  return {
    segment,
    uncertain: uncertain.map((run) => beyond(run, decoder.trusted)),
    damage,
    length,
    closed,
  } satisfies Inspected
})

const beyond = (run: Run, position: Position): Run =>
  run.first >= position ? run : { first: position, envelopes: run.envelopes.slice(position - run.first) }
