import { Effect, type Scope } from "effect"
import { DatabaseSync } from "node:sqlite"
import type { JournalError } from "../../../services/Journal.ts"
import { refused } from "./Failure.ts"

/** Holds a folder for this process alone, until the scope closes or the process ends, however it ends. */
export type Lock = (folder: string) => Effect.Effect<void, JournalError, Scope.Scope>

/** Reading or closing this file by any other way in this process would let the lock go: POSIX has it so. */
export const lockName = "lock"

const busy = 5

const errorCode = (error: unknown): number | undefined =>
  typeof error === "object" && error !== null && "errcode" in error && typeof error.errcode === "number"
    ? error.errcode
    : undefined

const unlockable = (folder: string, error: unknown): JournalError => {
  const path = `${folder}/${lockName}`
  return errorCode(error) === busy
    ? refused(
        `${folder} is in use by another process (\`fuser ${path}\` names it): stop that one, or set another \`journal.path\``,
      )
    : refused(
        `${path} cannot be locked: ${error instanceof Error ? error.message : String(error)}. Give this user the right to write in the folder; if the file is damaged, remove it while no Millrace runs there`,
      )
}

/**
 * An exclusive transaction, never ended, on an empty SQLite database: a lock of the kernel (fcntl) on the file, which
 * Node alone has no call for. The kernel lets it go with the process, `kill -9` included; it holds between containers
 * that share the volume, which a socket of the abstract namespace would not; and there is no moment at which a file
 * that a dead process left has to be told from a living one's, as with a pid file or a socket in the folder.
 */
export const sqliteLock: Lock = Effect.fnUntraced(function* (folder) {
  const catchAll = (error: unknown) => unlockable(folder, error)
  const database = yield* Effect.acquireRelease(
    Effect.try({ try: () => new DatabaseSync(`${folder}/${lockName}`), catch: catchAll }),
    (open) => Effect.sync(() => open.close()),
  )
  // Nothing is ever written: no rollback journal may appear beside it.
  yield* Effect.try({
    try: () => database.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE"),
    catch: catchAll,
  })
})
