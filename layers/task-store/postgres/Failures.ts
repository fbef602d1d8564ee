import { TaskStoreError } from "../../../services/TaskStore.ts"

const advice: Readonly<Record<string, readonly [reason: TaskStoreError["reason"], words: string]>> = {
  "53100": ["full", "the disk of the server has no room: make some"],
  "53200": ["io", "the server has no memory: give it more"],
  "53300": ["io", "the server has too many connections: allow more, or close some"],
  "3D000": ["unreadable", "there is no such database: make it (`createdb`), or set another `tasks.url`"],
  "28000": ["io", "the server lets this user not in: set another user in `tasks.url`, or give it the right"],
  "28P01": ["io", "the password is wrong: set the right one in `tasks.url`"],
  "42501": ["io", "this user may not make or change tables there: give it the right"],
  "42P01": ["unreadable", "its tables are not those of Millrace: set another database in `tasks.url`"],
  "42703": ["unreadable", "its tables are not those of Millrace: set another database in `tasks.url`"],
  ECONNREFUSED: ["io", "no server answers: start it, or set another `tasks.url`"],
  ENOTFOUND: ["io", "its host is not known: set another `tasks.url`"],
}

/** What went wrong, for a person; `where` is the server without the password. */
export const failureOf =
  (where: string) =>
  (cause: unknown): TaskStoreError => {
    const said = cause instanceof Error ? cause.message : String(cause)
    const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : ""
    const [reason, words] = advice[code] ?? (["io", "cannot be used"] as const)
    return new TaskStoreError({ reason, detail: `${where}: ${words} (${said})` })
  }
