import { Effect, FileSystem, Path, Schema } from "effect"

/** Who runs what, as it is kept over restarts of the control plane. */
const Assigned = Schema.Struct({
  id: Schema.String,
  /** The number that nodes see. */
  number: Schema.Int,
  epoch: Schema.Int,
  owner: Schema.optionalKey(Schema.String),
})
export type Assigned = typeof Assigned.Type

const Kept = Schema.fromJsonString(
  Schema.Struct({ version: Schema.Literal(1), assigned: Schema.Array(Assigned) }),
)

/** The file cannot be read or written; `detail` says what to do. */
export class AssignmentStoreError extends Schema.TaggedError<AssignmentStoreError>()("AssignmentStoreError", {
  path: Schema.String,
  detail: Schema.String,
}) {
  override get message(): string {
    return `${this.path}: ${this.detail}`
  }
}

export interface AssignmentStore {
  readonly load: Effect.Effect<ReadonlyArray<Assigned>, AssignmentStoreError>
  /** On the disk, whole, when it comes back: a node hears of its task only after that. */
  readonly save: (assigned: ReadonlyArray<Assigned>) => Effect.Effect<void, AssignmentStoreError>
}

/** One file, replaced whole each time: written beside it, synced, and renamed. */
export const makeAssignmentStore = Effect.fnUntraced(function* (
  path: string,
): Effect.fn.Return<AssignmentStore, never, FileSystem.FileSystem | Path.Path> {
  const files = yield* FileSystem.FileSystem
  const { dirname } = yield* Path.Path
  const failed = (what: string) => (error: { readonly message: string }) =>
    new AssignmentStoreError({ path, detail: `${what}: ${error.message}` })

  const load = Effect.gen(function* () {
    if (!(yield* Effect.mapError(files.exists(path), failed("cannot be looked for")))) return []
    const text = yield* Effect.mapError(files.readFileString(path), failed("cannot be read"))
    const { assigned } = yield* Schema.decodeUnknownEffect(Kept)(text).pipe(
      Effect.mapError(
        () =>
          new AssignmentStoreError({
            path,
            detail:
              "is no list of assignments that this version knows: go on with the version that wrote it, or move it away while every node is stopped",
          }),
      ),
    )
    return assigned
  })

  const save = (assigned: ReadonlyArray<Assigned>) =>
    Effect.scoped(
      Effect.gen(function* () {
        yield* files.makeDirectory(dirname(path), { recursive: true })
        const beside = `${path}.new`
        const file = yield* files.open(beside, { flag: "w" })
        yield* file.writeAll(new TextEncoder().encode(JSON.stringify({ version: 1, assigned })))
        yield* file.sync
        yield* files.rename(beside, path)
        const folder = yield* files.open(dirname(path), { flag: "r" })
        yield* folder.sync
      }),
    ).pipe(Effect.mapError(failed("cannot be written")))

  return { load, save }
})
