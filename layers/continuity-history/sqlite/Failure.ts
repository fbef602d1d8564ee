import type { Failure } from "./Protocol.ts"

/** SQLite's primary result codes. */
const codes: Readonly<Record<number, Failure>> = {
  5: { reason: "busy", detail: "another process holds it: stop that one, or set another `continuity.path`" },
  6: { reason: "busy", detail: "another process holds it: stop that one, or set another `continuity.path`" },
  8: {
    reason: "io",
    detail: "may not be written: give this user the right, or set another `continuity.path`",
  },
  10: {
    reason: "io",
    detail:
      "cannot be read or written: the system's log says what is wrong with the disk, or set another `continuity.path`",
  },
  11: {
    reason: "damaged",
    detail:
      "is damaged: move it away, with the files beside it that begin with its name, and a new one begins (`sqlite3 FILE .recover` may save what is in it)",
  },
  13: { reason: "full", detail: "the disk has no room: make some" },
  14: {
    reason: "io",
    detail: "cannot be opened: its folder is not there, or not this user's; set another `continuity.path`",
  },
  26: {
    reason: "damaged",
    detail:
      "is no SQLite database, or a damaged one: move it away, and a new one begins, or set another `continuity.path`",
  },
}

/** What went wrong, for a person: of SQLite's errors by their code. */
export const failureOf = (error: unknown): Failure => {
  const said = error instanceof Error ? error.message : String(error)
  const code =
    typeof error === "object" && error !== null && "errcode" in error && typeof error.errcode === "number"
      ? error.errcode & 0xff
      : undefined
  const known = code === undefined ? undefined : codes[code]
  return known === undefined
    ? { reason: "io", detail: `cannot be used: ${said}` }
    : { ...known, detail: `${known.detail} (${said})` }
}
