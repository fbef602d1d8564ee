import type { PlatformError } from "effect"
import { JournalError } from "../../../services/Journal.ts"

/** The system's code of a failure (`ENOSPC`), where it gave one. */
const codeOf = (error: PlatformError.PlatformError): string => {
  const cause: unknown = error.reason.cause
  if (typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string")
    return cause.code
  return error.reason._tag
}

const full: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: free some space, then it goes on by itself",
  EDQUOT: "the quota of the disk is used up: free some space, then it goes on by itself",
}

const passing: Readonly<Record<string, string>> = {
  EIO: "the disk failed: look at the system's log; it goes on by itself once the disk answers",
  EMFILE: "too many files are open: raise the limit of open files (ulimit -n) of this process",
  ENFILE: "too many files are open on this machine: raise fs.file-max",
}

const forbidden = "it may not be written: give this user the right to, or set another `journal.path`"
const inTheWay = "a file stands where a folder must be: move it away, or set another `journal.path`"

const needsPerson: Readonly<Record<string, string>> = {
  EACCES: forbidden,
  EPERM: forbidden,
  PermissionDenied: forbidden,
  EROFS: "the disk is mounted read-only: mount it for writing, or set another `journal.path`",
  ENOTDIR: inTheWay,
  EEXIST: inTheWay,
}

/** What a failed file operation means, in words for the person who has to act. `opening`: it may be refused for good. */
export const journalFailure = (
  folder: string,
  error: PlatformError.PlatformError,
  opening = false,
): JournalError => {
  const code = codeOf(error)
  const at = error.reason._tag === "BadArgument" ? undefined : error.reason.pathOrDescriptor
  const where = typeof at === "string" ? at : folder
  const person = needsPerson[code]
  const reason = full[code] !== undefined ? "full" : opening && person !== undefined ? "refused" : "io"
  const what = full[code] ?? passing[code] ?? person ?? `${error.message}; it is tried again`
  return new JournalError({ reason, detail: `${where}: ${what} (${code})` })
}

export const refused = (detail: string): JournalError => new JournalError({ reason: "refused", detail })

export const closed = new JournalError({ reason: "closed", detail: "it has been closed" })
