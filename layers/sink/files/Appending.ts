import { Effect, Exit } from "effect"
import type { Position } from "../../../services/Journal.ts"
import type { SinkError } from "../../../services/Sink.ts"
import type { FilesPlace, FilesState } from "./FilesState.ts"
import { cutBack, cutTornLine } from "./Healing.ts"
import { OpenFiles } from "./OpenFiles.ts"
import type { StagedFile } from "./Staging.ts"

/** Writes in flight at once, to different files. */
const parallelWrites = 32

/** A file that was not written to for so long is closed and leaves the mark. */
const idleMillis = 3_600_000

export interface Appending {
  /** Adds a batch to its files, one piece each. Only then, and only if all of it was written, the state moves on. */
  readonly append: (
    files: ReadonlyArray<StagedFile>,
    next: Position,
    nowMillis: number,
  ) => Effect.Effect<void, SinkError>
  readonly close: Effect.Effect<void>
  /** Cuts off what a failed batch wrote; where that fails, the next recovery does it. Only once all is closed. */
  readonly undo: Effect.Effect<void>
}

export const makeAppending = (place: FilesPlace, state: FilesState, maxOpenFiles: number): Appending => {
  const { fs, folder, openDirect, failure } = place
  let pruneAt = 0

  const openFiles = new OpenFiles({
    fs,
    folder,
    openDirect,
    capacity: maxOpenFiles,
    onOpen: (name, length) =>
      Effect.suspend(() => {
        const expected = state.lengths.get(name)
        if (expected === length) return Effect.void
        state.lengths.set(name, length)
        return Effect.logWarning(
          `${folder}/${name} is ${length} bytes long instead of ${expected}: someone else writes to it or moved it away`,
        )
      }),
  })

  /** Files that the mark does not have yet join it before they are written to, whole lines only. */
  const prepare = Effect.fnUntraced(function* (files: ReadonlyArray<StagedFile>) {
    const unknown = files.filter((file) => !state.lengths.has(file.name))
    if (unknown.length > 0) {
      const healed = yield* Effect.forEach(unknown, ({ name }) => cutTornLine(fs, `${folder}/${name}`), {
        concurrency: parallelWrites,
      })
      let cut = 0
      unknown.forEach(({ name }, index) => {
        state.lengths.set(name, healed[index]!.length)
        cut += healed[index]!.cut
      })
      if (cut > 0) yield* Effect.logInfo(`${folder}: cut ${cut} bytes of torn lines`)
    }
    const marked = state.marks.current().lengths
    const joining = new Map<string, number>()
    for (const { name } of files) {
      if (marked.has(name)) continue
      state.gone.delete(name)
      joining.set(name, state.lengths.get(name)!)
    }
    if (joining.size > 0) yield* state.marks.join(joining)
  })

  const writeAll = Effect.fnUntraced(function* (files: ReadonlyArray<StagedFile>) {
    for (let first = 0; first < files.length; first += openFiles.capacity) {
      const some = files.slice(first, first + openFiles.capacity)
      const opened = yield* openFiles.acquire(some.map((file) => file.name))
      for (const { name } of some) state.suspect.add(name)
      // Every write is waited for, whatever became of the others: none may land after the files were cut back.
      const exits = yield* Effect.forEach(
        some,
        (file, index) => Effect.exit(opened[index]!.append(file, state.lengths.get(file.name)!)),
        { concurrency: parallelWrites },
      )
      for (const exit of exits) if (Exit.isFailure(exit)) return yield* exit
    }
  })

  const prune = (nowMillis: number): Effect.Effect<void> => {
    if (nowMillis < pruneAt) return Effect.void
    pruneAt = nowMillis + idleMillis / 60
    const idle: Array<string> = []
    for (const name of state.lengths.keys()) {
      const touched = state.touched.get(name)
      if (touched === undefined) state.touched.set(name, nowMillis)
      else if (nowMillis - touched > idleMillis && !state.dirty.has(name)) idle.push(name)
    }
    for (const name of idle) {
      state.lengths.delete(name)
      state.touched.delete(name)
      state.gone.add(name)
    }
    return openFiles.close(idle)
  }

  const moveOn = (files: ReadonlyArray<StagedFile>, next: Position, nowMillis: number): void => {
    for (const { name, chunk } of files) {
      state.lengths.set(name, state.lengths.get(name)! + chunk.length)
      state.touched.set(name, nowMillis)
      if (state.journal.durable) state.dirty.add(name)
    }
    state.suspect.clear()
    state.position = next
  }

  return {
    append: Effect.fnUntraced(
      function* (files, next, nowMillis) {
        yield* prune(nowMillis)
        yield* prepare(files)
        yield* writeAll(files)
        moveOn(files, next, nowMillis)
      },
      Effect.mapError(failure),
      Effect.uninterruptible,
    ),
    close: Effect.suspend(() => openFiles.closeAll()),
    undo: Effect.suspend(() =>
      Effect.forEach(
        state.suspect,
        (name) => Effect.ignore(cutBack(fs, `${folder}/${name}`, state.lengths.get(name)!)),
        { discard: true },
      ),
    ),
  }
}
