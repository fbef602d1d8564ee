import { Effect, FileSystem, Option, Stream } from "effect"

/** How often it is looked. Some file systems tell nobody of a change, and a file that is put in another's place is another file. */
const lookEvery = "1 second"

const stamp = Effect.fnUntraced(function* (file: string) {
  const files = yield* FileSystem.FileSystem
  return yield* files.stat(file).pipe(
    Effect.map(({ ino, mtime, size }) =>
      [Option.getOrElse(ino, () => 0), Option.getOrUndefined(mtime)?.getTime(), size].join(":"),
    ),
    Effect.orElseSucceed(() => "absent"),
  )
})

/** Once for each edit of any of the files, when they have stood still since the last look: who writes one may take a while. */
export const edits = (files: ReadonlyArray<string>): Stream.Stream<void, never, FileSystem.FileSystem> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const look = Effect.map(Effect.forEach(files, stamp), (stamps) => stamps.join(" "))
      let read = yield* look
      let seen = read
      return Stream.tick(lookEvery).pipe(
        Stream.mapEffect(() => look),
        Stream.filter((now) => {
          const still = now === seen
          seen = now
          if (!still || now === read) return false
          read = now
          return true
        }),
        Stream.map(() => undefined),
      )
    }),
  )
