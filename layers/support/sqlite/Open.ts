import { DatabaseSync } from "node:sqlite"
import type { Failure } from "./Failure.ts"

export interface DatabaseLayout {
  /** Whose file it is: four letters in ASCII. */
  readonly applicationId: number
  readonly version: number
  /** Makes the tables of this version. */
  readonly tables: string
  /** The key of the configuration that says where the file is. */
  readonly setting: string
  /** Settings of the connection, and of a file that begins. */
  readonly pragmas: string
  /** Settings that count only before a file has its first table. */
  readonly beginning?: string
}

export const numberOf = (database: DatabaseSync, sql: string): number => {
  const [value] = Object.values(database.prepare(sql).get() ?? {})
  return typeof value === "number" ? value : 0
}

/** Why what stands in the file is not for this version of Millrace to touch; `undefined` when it is. */
const refusal = (database: DatabaseSync, layout: DatabaseLayout): Failure | undefined => {
  const { applicationId, setting, version } = layout
  if (numberOf(database, "PRAGMA application_id") !== applicationId)
    return {
      reason: "damaged",
      detail: `is a database of another program: set another \`${setting}\`, or move it away, and a new one begins`,
    }
  const found = numberOf(database, "PRAGMA user_version")
  if (found <= version) return undefined
  return {
    reason: "later_version",
    detail: `was written by a later version of Millrace (layout ${found}; this one knows ${version}): start that version, set another \`${setting}\`, or move it away, and a new one begins`,
  }
}

const prepare = (database: DatabaseSync, layout: DatabaseLayout): Failure | undefined => {
  database.exec("PRAGMA busy_timeout = 2000")
  const empty = numberOf(database, "SELECT count(*) FROM sqlite_schema") === 0
  const refused = empty ? undefined : refusal(database, layout)
  if (refused !== undefined) return refused
  if (empty) database.exec(layout.beginning ?? "")
  database.exec(layout.pragmas)
  if (empty)
    database.exec(
      `BEGIN IMMEDIATE; ${layout.tables} PRAGMA application_id = ${layout.applicationId}; PRAGMA user_version = ${layout.version}; COMMIT`,
    )
  return undefined
}

/** Opens a database, or begins it where there is none. What cannot be used stays as it is; what fails is thrown. */
export const openDatabase = (path: string, layout: DatabaseLayout): DatabaseSync | Failure => {
  const database = new DatabaseSync(path)
  let refused: Failure | undefined
  try {
    refused = prepare(database, layout)
  } catch (error) {
    database.close()
    throw error
  }
  if (refused === undefined) return database
  database.close()
  return refused
}

/** All of it or nothing. */
export const inTransaction = <A>(database: DatabaseSync, change: () => A): A => {
  database.exec("BEGIN IMMEDIATE")
  try {
    const result = change()
    database.exec("COMMIT")
    return result
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK")
    throw error
  }
}
