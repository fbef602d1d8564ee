import { Effect, type FileSystem, type PlatformError, Schema, Semaphore } from "effect"

/** How long each file was when everything before a position of a journal had been written. */
export interface Mark {
  readonly journal: string
  readonly position: number
  readonly lengths: ReadonlyMap<string, number>
}

const Stored = Schema.fromJsonString(
  Schema.Struct({
    version: Schema.Literal(1),
    journal: Schema.String,
    position: Schema.Natural,
    /** By name, relative to the sink's folder. */
    files: Schema.Record(Schema.String, Schema.Natural),
  }),
)

const decode = Schema.decodeUnknownEffect(Stored)

/**
 * The mark on disk, replaced whole: written beside, synced, renamed. Its promise: a file that is not in it has not
 * been written to since. So a file joins, with the length it had, before it is first written to.
 */
export interface Marks {
  /** What stands on disk, as far as this process knows. */
  readonly current: () => Mark
  /** Replaces it. Files that joined since `mark` was taken stay; those of `gone` go. */
  readonly store: (mark: Mark, gone: ReadonlySet<string>) => Effect.Effect<void, PlatformError.PlatformError>
  /** Adds files, with the lengths that they had at the current mark. */
  readonly join: (files: ReadonlyMap<string, number>) => Effect.Effect<void, PlatformError.PlatformError>
}

/** What an earlier process left: `undefined` when there is nothing, `unreadable` when it cannot be understood. */
export const load = (
  fs: FileSystem.FileSystem,
  path: string,
): Effect.Effect<Mark | undefined | "unreadable", PlatformError.PlatformError> =>
  fs.readFileString(path).pipe(
    Effect.flatMap(decode),
    Effect.map(({ journal, position, files }): Mark => ({
      journal,
      position,
      lengths: new Map(Object.entries(files)),
    })),
    Effect.catchTag("SchemaError", () => Effect.succeed("unreadable" as const)),
    Effect.catchIf(
      (error) => error._tag === "PlatformError" && error.reason._tag === "NotFound",
      () => Effect.succeed(undefined),
    ),
  )

/** Syncs a folder, so that what was made or renamed in it stays. */
export const syncFolder = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, path: string) {
  const folder = yield* fs.open(path, { flag: "r" })
  yield* folder.sync
}, Effect.scoped)

/** `durable`: the folder is synced after each replacement. */
export const make = (fs: FileSystem.FileSystem, path: string, first: Mark, durable: boolean): Marks => {
  let current = first
  const oneAtATime = Semaphore.makeUnsafe(1)
  const folder = path.slice(0, path.lastIndexOf("/"))

  const write = Effect.fnUntraced(function* (mark: Mark) {
    const { journal, position, lengths } = mark
    const text = JSON.stringify({ version: 1, journal, position, files: Object.fromEntries(lengths) })
    // Always a new file: of one whose sync has failed, perhaps in an earlier process, a later sync may say nothing true.
    yield* fs.remove(`${path}.new`, { force: true })
    const file = yield* fs.open(`${path}.new`, { flag: "wx" })
    yield* file.writeAll(Buffer.from(text + "\n", "utf8"))
    yield* file.sync
    yield* fs.rename(`${path}.new`, path)
    if (durable) yield* syncFolder(fs, folder)
    current = mark
  }, Effect.scoped)

  const replace = (next: () => Mark) => oneAtATime.withPermits(1)(Effect.suspend(() => write(next())))

  return {
    current: () => current,
    store: (mark, gone) =>
      replace(() => {
        const joined = Array.from(current.lengths).filter(
          ([name]) => !mark.lengths.has(name) && !gone.has(name),
        )
        return joined.length === 0 ? mark : { ...mark, lengths: new Map([...mark.lengths, ...joined]) }
      }),
    join: (files) => replace(() => ({ ...current, lengths: new Map([...current.lengths, ...files]) })),
  }
}
