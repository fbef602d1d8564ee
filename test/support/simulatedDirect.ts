import { Effect, type FileSystem, Option } from "effect"
import { openFile } from "../../layers/journal/segments/Folder.ts"
import { blockBytes, type DirectFile, type OpenDirect } from "../../layers/support/DirectFile.ts"
import type { Dice } from "./seed.ts"

/** Writes past the cache of a simulated disk, which takes whole blocks where they belong or, now and then, none. */
export const simulatedDirect =
  (fs: FileSystem.FileSystem, dice: Dice): OpenDirect =>
  (path) =>
    Effect.map(
      Effect.option(openFile(fs, path, "r+")),
      Option.match({
        onNone: () => undefined,
        onSome: ({ file, close }): DirectFile => ({
          write: Effect.fnUntraced(function* (bytes, position) {
            const size = Number((yield* file.stat).size)
            if (position % blockBytes !== 0 || bytes.length % blockBytes !== 0)
              return yield* Effect.die("not in blocks")
            if (position !== size - (size % blockBytes))
              return yield* Effect.die(`at ${position}, and ${size} bytes are written`)
            if (dice.chance(0.1)) return false
            // A simulated file only grows: what is written once more is the same.
            yield* file.writeAll(bytes.subarray(size - position))
            return true
          }),
          close,
        }),
      }),
    )
