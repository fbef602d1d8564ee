import type { PlatformError } from "effect"
import { SinkError } from "../../../services/Sink.ts"

/** The system's code of a failure (`ENOSPC`), where it gave one. */
const codeOf = (error: PlatformError.PlatformError): string => {
  const cause: unknown = error.reason.cause
  if (typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string")
    return cause.code
  return error.reason._tag
}

type Advice = readonly [reason: SinkError["reason"], advice: string]

const noSpace: Advice = ["unavailable", "the disk is full: free some space, then it goes on by itself"]
const forbidden: Advice = [
  "refused",
  "it may not be written: give this user the right to, or set another `path` for this sink",
]
const noFolder: Advice = [
  "refused",
  "a file stands where a folder must be: move it away, or set another `path` for this sink",
]
const tooMany: Advice = [
  "unavailable",
  "too many files are open: raise the limit of open files (ulimit -n) of this process",
]

const advice: Readonly<Record<string, Advice>> = {
  ENOSPC: noSpace,
  EDQUOT: ["unavailable", "the quota of the disk is used up: free some space, then it goes on by itself"],
  EACCES: forbidden,
  EPERM: forbidden,
  EROFS: [
    "refused",
    "the disk is mounted read-only: mount it for writing, or set another `path` for this sink",
  ],
  ENOTDIR: noFolder,
  EEXIST: noFolder,
  EISDIR: ["refused", "a folder stands where a file must be: move it away"],
  EMFILE: tooMany,
  ENFILE: tooMany,
  EIO: [
    "unavailable",
    "the disk failed: look at the system's log; it goes on by itself once the disk answers",
  ],
}

/** What a failed file operation means for its sink, in words for the person who has to act. */
export const filesFailure = (sink: string, folder: string, error: PlatformError.PlatformError): SinkError => {
  const code = codeOf(error)
  const [reason, what] = advice[code] ?? ["unavailable", `${error.message}; it is tried again`]
  const at = error.reason._tag === "BadArgument" ? undefined : error.reason.pathOrDescriptor
  return new SinkError({ sink, reason, detail: `${typeof at === "string" ? at : folder}: ${what} (${code})` })
}
