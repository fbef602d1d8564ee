import { Effect, type FileSystem, type PlatformError, Schema } from "effect"
import { crc32 } from "node:zlib"
import { syncFolder } from "./Folder.ts"

/** Where the cursors stood, and what else must be known before the segments are read. */
export const Cursors = Schema.Struct({
  version: Schema.Literal(1),
  /** The id of the journal. */
  journal: Schema.String,
  /** Goes up with each store: of the two files the higher one counts. */
  generation: Schema.Natural,
  /** So many envelopes had been accepted, at least. */
  accepted: Schema.Natural,
  /** The number of the segment that was then the newest. */
  segment: Schema.Natural,
  /** Segments that end at or before it may have been removed. */
  released: Schema.Natural,
  cursors: Schema.Array(
    Schema.Struct({ name: Schema.String, position: Schema.Natural, began: Schema.Natural }),
  ),
})
export type Cursors = typeof Cursors.Type

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Cursors))
const decodeVersion = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ version: Schema.Natural })),
)

export const cursorFiles = ["cursors.0", "cursors.1"] as const

/** What stands in one of the two files. */
export type Loaded =
  | { readonly kind: "absent" }
  | { readonly kind: "damaged" }
  | { readonly kind: "later"; readonly version: number }
  | { readonly kind: "whole"; readonly cursors: Cursors }

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, "0")

/** One line of JSON, one with its checksum: readable, and a flipped bit shows. */
const textOf = (cursors: Cursors): string => {
  const line = JSON.stringify(cursors)
  return `${line}\n${checksum(line)}\n`
}

const parse = (text: string): Loaded => {
  const [line = "", sum] = text.split("\n")
  if (sum !== checksum(line)) return { kind: "damaged" }
  const cursors = decode(line)
  if (cursors._tag === "Some") return { kind: "whole", cursors: cursors.value }
  const later = decodeVersion(line)
  return later._tag === "Some" && later.value.version > 1
    ? { kind: "later", version: later.value.version }
    : { kind: "damaged" }
}

/** What an earlier process left. */
export const load = (
  fs: FileSystem.FileSystem,
  folder: string,
  name: string,
): Effect.Effect<Loaded, PlatformError.PlatformError> =>
  fs.readFileString(`${folder}/${name}`).pipe(
    Effect.map(parse),
    Effect.catchIf(
      (error) => error.reason._tag === "NotFound",
      () => Effect.succeed<Loaded>({ kind: "absent" }),
    ),
  )

/**
 * Replaces the older of the two files, whole: written beside, synced, renamed, folder synced. The other one is what
 * counts if this one is ever damaged.
 */
export const store = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string,
  cursors: Cursors,
) {
  const path = `${folder}/${cursorFiles[cursors.generation % 2]}`
  // Always a new file: of one whose sync has failed, perhaps in an earlier process, a later sync may say nothing true.
  yield* fs.remove(`${path}.new`, { force: true })
  const file = yield* fs.open(`${path}.new`, { flag: "wx" })
  yield* file.writeAll(Buffer.from(textOf(cursors)))
  yield* file.sync
  yield* fs.rename(`${path}.new`, path)
  yield* syncFolder(fs, folder)
}, Effect.scoped)
