import { Clock, Effect, FileSystem, Layer, Option, type PlatformError, Semaphore } from "effect"
import {
  DeadLetters,
  DeadLettersError,
  type DeadLettersLimits,
  isPast,
  type Letter,
  type LetterQuery,
  matches,
} from "../../services/DeadLetters.ts"
import { contentsOf, filesIn, type NamedFile } from "./files/LetterFiles.ts"
import { decodeLine, sequenceOf } from "./files/LetterLine.ts"
import { LetterWriter } from "./files/LetterWriter.ts"

export interface FilesOptions extends DeadLettersLimits {
  /** The folder; made with the first letter. One process may write to it, any number may read. */
  readonly path: string
}

/** The files that may hold letters past a query's cursor, in its order. */
const candidates = (files: ReadonlyArray<NamedFile>, { order, cursor }: LetterQuery) => {
  const reached = files.filter((file, index) => {
    if (cursor === undefined) return true
    if (order === "newest") return file.first < cursor
    const after = files[index + 1]
    return after === undefined || after.first > cursor + 1
  })
  return order === "newest" ? reached.reverse() : reached
}

/**
 * JSON lines, one a letter, its bytes as base64: `<folder>/<first sequence>-<begun>.jsonl`. Appended to and synced
 * batch by batch; the oldest files go. Opening a folder after a crash cuts off a torn line before anything is written
 * behind it; a damaged line is skipped by every reader, and counted, and hides no other.
 */
export const layer = (options: FilesOptions): Layer.Layer<DeadLetters, never, FileSystem.FileSystem> =>
  Layer.effect(
    DeadLetters,
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = options.path.replace(/(?<=.)\/+$/, "")
      const turn = yield* Semaphore.make(1)
      let writer: LetterWriter | undefined

      const failed = (what: string) =>
        Effect.mapError(
          ({ message }: PlatformError.PlatformError) =>
            new DeadLettersError({ path: folder, detail: `cannot ${what}: ${message}` }),
        )

      /** A folder that cannot be read now may be later: it is opened by whoever comes first. */
      const opened = Effect.suspend(() => {
        if (writer !== undefined) return Effect.succeed(writer)
        const made = new LetterWriter(fs, folder, options)
        return Effect.map(made.open(), () => (writer = made))
      })

      const put: DeadLetters["Service"]["put"] = Effect.fnUntraced(
        function* (letters) {
          if (letters.length === 0) return
          const into = yield* opened
          yield* into.put(letters, yield* Clock.currentTimeMillis)
        },
        failed("write them; make room, or set another `deadLetters.path`"),
        turn.withPermits(1),
        Effect.uninterruptible,
      )

      const list: DeadLetters["Service"]["list"] = Effect.fnUntraced(function* (query) {
        const oldest = (yield* Clock.currentTimeMillis) - options.retentionMillis
        const found: Array<Letter> = []
        let damaged = 0
        for (const file of candidates(yield* filesIn(fs, folder), query)) {
          const { lines, torn } = yield* contentsOf(fs, `${folder}/${file.name}`)
          if (torn) damaged++
          for (const line of query.order === "newest" ? lines.toReversed() : lines) {
            const sequence = sequenceOf(line)
            if (sequence !== undefined && !isPast(query, sequence)) continue
            const letter = decodeLine(line)
            if (letter === undefined) {
              damaged++
              continue
            }
            if (letter.at < oldest || !matches(query, letter)) continue
            const last = found.at(-1)
            if (found.length === query.limit && last !== undefined)
              return { letters: found, next: last.sequence, damaged }
            found.push(letter)
          }
        }
        return { letters: found, damaged }
      }, failed("read them; is it a folder that this user may read? `deadLetters.path` names another"))

      return DeadLetters.of({
        put,
        list,
        get: (sequence) =>
          Effect.map(list({ order: "oldest", cursor: sequence - 1, limit: 1 }), ({ letters: [letter] }) =>
            letter?.sequence === sequence ? Option.some(letter) : Option.none(),
          ),
        status: opened.pipe(
          failed("read them; is it a folder that this user may read? `deadLetters.path` names another"),
          turn.withPermits(1),
          Effect.map(({ letters, bytes, evicted }) => ({ letters, bytes, evicted })),
        ),
      })
    }),
  )
