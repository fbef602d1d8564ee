/** Why a database cannot do what it was asked, and for a person what to do. */
export interface Failure {
  readonly reason: "busy" | "damaged" | "full" | "io" | "later_version" | "stopped"
  readonly detail: string
}

/** SQLite's primary result codes. `setting` is the key of the configuration that says where the file is. */
const known = (code: number, setting: string): Failure | undefined => {
  switch (code) {
    case 5:
    case 6:
      return {
        reason: "busy",
        detail: `another process holds it: stop that one, or set another \`${setting}\``,
      }
    case 8:
      return {
        reason: "io",
        detail: `may not be written: give this user the right, or set another \`${setting}\``,
      }
    case 10:
      return {
        reason: "io",
        detail: `cannot be read or written: the system's log says what is wrong with the disk, or set another \`${setting}\``,
      }
    case 11:
      return {
        reason: "damaged",
        detail:
          "is damaged: move it away, with the files beside it that begin with its name, and a new one begins (`sqlite3 FILE .recover` may save what is in it)",
      }
    case 13:
      return { reason: "full", detail: "the disk has no room: make some" }
    case 14:
      return {
        reason: "io",
        detail: `cannot be opened: its folder is not there, or not this user's; set another \`${setting}\``,
      }
    case 26:
      return {
        reason: "damaged",
        detail: `is no SQLite database, or a damaged one: move it away, and a new one begins, or set another \`${setting}\``,
      }
    default:
      return undefined
  }
}

/** What went wrong, for a person: of SQLite's errors by their code. */
export const failureOf =
  (setting: string) =>
  (error: unknown): Failure => {
    const said = error instanceof Error ? error.message : String(error)
    const code =
      typeof error === "object" && error !== null && "errcode" in error && typeof error.errcode === "number"
        ? error.errcode & 0xff
        : undefined
    const failure = code === undefined ? undefined : known(code, setting)
    return failure === undefined
      ? { reason: "io", detail: `cannot be used: ${said}` }
      : { ...failure, detail: `${failure.detail} (${said})` }
  }
