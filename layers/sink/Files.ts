import { type Duration, Effect, FileSystem } from "effect"
import type { Sink, SinkCursor } from "../../services/Sink.ts"
import { type OpenDirect, openDirect } from "../support/DirectFile.ts"
import { safeName } from "./files/FileNames.ts"
import { filesFailure } from "./files/FilesFailure.ts"
import { type FilesPlace, type FilesState, makeState } from "./files/FilesState.ts"
import { makeFilesWriter } from "./files/FilesWriter.ts"
import { cutBack } from "./files/Healing.ts"
import * as Marks from "./files/Marks.ts"
import { recover } from "./files/Recovery.ts"

export interface FilesOptions {
  /** The name of its cursor. */
  readonly name: string
  /** The folder of `<type>/<exchange>/<symbol>/<date>.jsonl`; made if need be. No other process may write in it. */
  readonly path: string
  /** How often the files' lengths are stored with the cursor; 1 second unless given. */
  readonly markInterval?: Duration.Input
  /** A batch that is not large begins no sooner after the one before, so that more gathers for it; 20 milliseconds unless given. */
  readonly leastPause?: Duration.Input
  /** 1024 unless given. */
  readonly maxOpenFiles?: number
  /** Bytes from where on what a batch adds to one file goes past the system's cache; 256 KiB unless given. */
  readonly largeChunk?: number
  /** For tests: how a file is opened for that. */
  readonly openDirect?: OpenDirect
}

/** Enough that files of one batch get many records each under load. */
const maxBatch = 8192

/**
 * JSON lines, one file a type, exchange, symbol and UTC day of `timestamp`, appended in order.
 *
 * The files' lengths and the position that they belong to are kept in `<path>/.millrace/<name>.json`. At start each
 * file is cut back to its length and the journal is read from the position: no torn line and no duplicate. When the
 * journal is another one (one in memory begins anew with each process), nothing will be sent again, so whole lines
 * stay and only torn ones are cut. After a failure within this process the same is done from what it remembers.
 */
export const make = Effect.fnUntraced(function* (
  options: FilesOptions,
): Effect.fn.Return<Sink, never, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const folder = options.path.replace(/(?<=.)\/+$/, "")
  const place: FilesPlace = {
    fs,
    folder,
    openDirect: options.openDirect ?? openDirect,
    failure: (error) => filesFailure(options.name, folder, error),
  }
  const markFolder = `${folder}/.millrace`
  const markPath = `${markFolder}/${safeName(options.name)}.json`
  let state: FilesState | undefined

  const firstTime = Effect.fnUntraced(function* (cursor: SinkCursor) {
    yield* fs.makeDirectory(markFolder, { recursive: true })
    const { position, lengths } = yield* recover(fs, folder, markPath, cursor)
    const mark: Marks.Mark = { journal: cursor.journal.id, position, lengths: new Map(lengths) }
    const marks = Marks.make(fs, markPath, mark, cursor.journal.durable)
    state = makeState(cursor.journal, marks, position, lengths)
    return position
  })

  /** Undoes what a failed batch wrote. */
  const again = Effect.fnUntraced(function* (known: FilesState) {
    for (const name of known.suspect) {
      yield* cutBack(fs, `${folder}/${name}`, known.lengths.get(name)!)
      known.suspect.delete(name)
    }
    return known.position
  })

  return {
    name: options.name,
    type: "files",
    maxBatch,
    recover: (cursor) =>
      Effect.suspend(() =>
        state !== undefined && !state.untrusted && state.journal.id === cursor.journal.id
          ? again(state)
          : firstTime(cursor),
      ).pipe(Effect.mapError(place.failure)),
    open: Effect.gen(function* () {
      const known = state
      if (known === undefined) return yield* Effect.die("the files sink was opened before it had recovered")
      // Shows at once whether anything can be written here.
      yield* known.marks.store(known.marks.current(), known.gone)
      return yield* makeFilesWriter(place, known, {
        maxOpenFiles: options.maxOpenFiles ?? 1024,
        markInterval: options.markInterval ?? "1 second",
        leastPause: options.leastPause ?? "20 millis",
        largeChunk: options.largeChunk,
      })
    }).pipe(Effect.mapError(place.failure)),
  }
})
