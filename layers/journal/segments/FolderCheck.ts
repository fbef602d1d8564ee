import { Effect, type FileSystem, Option } from "effect"
import type { JournalError } from "../../../services/Journal.ts"
import { journalFailure, refused } from "./Failure.ts"

/** Makes the folder if there is none. One that is another user's, or may not be written, is refused. */
export const checkFolder = Effect.fnUntraced(
  function* (fs: FileSystem.FileSystem, folder: string, user: number | undefined) {
    yield* fs.makeDirectory(folder, { recursive: true })
    const info = yield* fs.stat(folder)
    if (info.type !== "Directory")
      return yield* refused(`${folder} is no folder: move it away, or set another \`journal.path\``)
    const owner = Option.getOrUndefined(info.uid)
    if (user !== undefined && owner !== undefined && owner !== user)
      return yield* refused(
        `${folder} belongs to another user (${owner}; this process runs as ${user}): run Millrace as that user, \`chown -R ${user} ${folder}\`, or set another \`journal.path\`. Nothing was changed`,
      )
  },
  (effect, _fs, folder): Effect.Effect<void, JournalError> =>
    Effect.catchTag(effect, "PlatformError", (error) => Effect.fail(journalFailure(folder, error, true))),
)
