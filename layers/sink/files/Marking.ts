import { Deferred, type Duration, Effect, Exit, type Scope, Semaphore } from "effect"
import type { Position } from "../../../services/Journal.ts"
import type { SinkError } from "../../../services/Sink.ts"
import type { FilesPlace, FilesState } from "./FilesState.ts"
import { type Mark, syncFolder } from "./Marks.ts"

const parallelSyncs = 16

export interface Marking {
  /** Why marks can no longer be made: the writer is of no use then. */
  readonly failed: () => SinkError | undefined
  /** The position of the mark on disk, once it is past `after`. */
  readonly settled: (after: Position) => Effect.Effect<Position, SinkError>
  /** Marks what is written so far. */
  readonly mark: Effect.Effect<void, SinkError>
}

/** Each folder on the way from `folder` to the files, deepest first. */
const foldersOf = (folder: string, names: Iterable<string>): ReadonlyArray<string> => {
  const folders = new Set<string>()
  for (const name of names) {
    for (let at = name.lastIndexOf("/"); at > 0; at = name.lastIndexOf("/", at - 1))
      folders.add(`${folder}/${name.slice(0, at)}`)
  }
  return [...Array.from(folders).toSorted((left, right) => right.length - left.length), folder]
}

/** Marks each `interval` how far the files are, until its scope closes. Where the journal is durable the files are synced first. */
export const makeMarking = Effect.fnUntraced(function* (
  place: FilesPlace,
  state: FilesState,
  interval: Duration.Input,
): Effect.fn.Return<Marking, never, Scope.Scope> {
  const { fs, folder, failure } = place
  let failed: SinkError | undefined
  let marked = Deferred.makeUnsafe<void>()

  const syncFile = Effect.fnUntraced(function* (name: string) {
    const file = yield* fs.open(`${folder}/${name}`, { flag: "r+" })
    yield* file.sync
  }, Effect.scoped)

  /** Files whose folders are synced. */
  const synced = new Set<string>()

  const syncDirty = Effect.suspend(() => {
    const { dirty } = state
    state.dirty = new Set()
    const fresh = Array.from(dirty).filter((name) => !synced.has(name))
    return Effect.forEach(dirty, syncFile, { concurrency: parallelSyncs, discard: true }).pipe(
      Effect.andThen(
        fresh.length === 0
          ? Effect.void
          : Effect.forEach(foldersOf(folder, fresh), (each) => syncFolder(fs, each), { discard: true }),
      ),
      Effect.map(() => {
        for (const name of fresh) synced.add(name)
        for (const name of synced) if (!state.lengths.has(name)) synced.delete(name)
      }),
      Effect.onExit((exit) =>
        Exit.isSuccess(exit)
          ? Effect.void
          : Effect.sync(() => {
              for (const name of dirty) state.dirty.add(name)
            }),
      ),
    )
  })

  const wake = (): void => {
    const before = marked
    marked = Deferred.makeUnsafe()
    Deferred.doneUnsafe(before, Exit.void)
  }

  const mark = Effect.gen(function* () {
    if (state.position === state.marks.current().position && state.gone.size === 0) return
    const next: Mark = {
      journal: state.journal.id,
      position: state.position,
      lengths: new Map(state.lengths),
    }
    const gone = new Set(state.gone)
    if (state.journal.durable) yield* syncDirty
    yield* state.marks.store(next, state.gone)
    for (const name of gone) state.gone.delete(name)
    wake()
  }).pipe(
    Effect.mapError(failure),
    Effect.tapError((error) =>
      Effect.sync(() => {
        failed = error
        state.untrusted = state.journal.durable
        wake()
      }),
    ),
    Effect.uninterruptible,
    // A mark must not overtake the syncs of the one before.
    Semaphore.makeUnsafe(1).withPermits(1),
  )

  const settled = (after: Position): Effect.Effect<Position, SinkError> =>
    Effect.suspend(() => {
      if (failed !== undefined) return Effect.fail(failed)
      const { position } = state.marks.current()
      return position > after
        ? Effect.succeed(position)
        : Effect.andThen(Deferred.await(marked), settled(after))
    })

  yield* Effect.sleep(interval).pipe(
    Effect.andThen(mark),
    Effect.forever,
    // Whoever writes next, or waits to be settled, is told by `failed`.
    Effect.ignore,
    Effect.forkScoped,
  )
  return { failed: () => failed, settled, mark }
})
