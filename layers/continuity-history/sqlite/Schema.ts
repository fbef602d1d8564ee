import { DatabaseSync } from "node:sqlite"
import type { Failure } from "./Protocol.ts"

/** "Mill" in ASCII: whose file it is. */
const applicationId = 0x4d696c6c
const version = 1

const tables = `
  CREATE TABLE streams (
    stream INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
    venue TEXT NOT NULL, symbol TEXT NOT NULL, dataType TEXT NOT NULL
  );
  CREATE TABLE minutes (
    start INTEGER NOT NULL, stream INTEGER NOT NULL, received INTEGER NOT NULL, duplicates INTEGER NOT NULL,
    PRIMARY KEY (start, stream)
  ) WITHOUT ROWID;
  CREATE TABLE hours (
    start INTEGER NOT NULL, stream INTEGER NOT NULL, received INTEGER NOT NULL, duplicates INTEGER NOT NULL,
    PRIMARY KEY (start, stream)
  ) WITHOUT ROWID;
  CREATE TABLE gaps (
    gap INTEGER PRIMARY KEY, stream INTEGER NOT NULL, id TEXT NOT NULL, anchor INTEGER NOT NULL,
    began INTEGER NOT NULL, ends INTEGER NOT NULL, cause TEXT NOT NULL,
    fromSequence INTEGER, fromTime INTEGER, toSequence INTEGER, toTime INTEGER,
    missing INTEGER, missingNow INTEGER, repaired INTEGER NOT NULL,
    repair TEXT NOT NULL, repairedBy TEXT, revision INTEGER NOT NULL,
    UNIQUE (id, anchor, stream)
  );
  CREATE INDEX gapsByEnd ON gaps (ends);
  CREATE TABLE gapStates (
    gap INTEGER NOT NULL, revision INTEGER NOT NULL, at REAL NOT NULL, repair TEXT NOT NULL,
    PRIMARY KEY (gap, revision)
  ) WITHOUT ROWID;
  CREATE TABLE writers (writer TEXT PRIMARY KEY, batch INTEGER NOT NULL) WITHOUT ROWID;
`

export const numberOf = (database: DatabaseSync, sql: string): number => {
  const [value] = Object.values(database.prepare(sql).get() ?? {})
  return typeof value === "number" ? value : 0
}

/** Why what stands in the file is not for this version of Millrace to touch; `undefined` when it is. */
const refusal = (database: DatabaseSync): Failure | undefined => {
  if (numberOf(database, "PRAGMA application_id") !== applicationId)
    return {
      reason: "damaged",
      detail:
        "is a database of another program: set another `continuity.path`, or move it away, and a new one begins",
    }
  const found = numberOf(database, "PRAGMA user_version")
  if (found <= version) return undefined
  return {
    reason: "later_version",
    detail: `was written by a later version of Millrace (layout ${found}; this one knows ${version}): start that version, set another \`continuity.path\`, or move it away, and a new one begins`,
  }
}

const prepare = (database: DatabaseSync): Failure | undefined => {
  database.exec("PRAGMA busy_timeout = 2000")
  const empty = numberOf(database, "SELECT count(*) FROM sqlite_schema") === 0
  const refused = empty ? undefined : refusal(database)
  if (refused !== undefined) return refused
  if (empty) database.exec("PRAGMA auto_vacuum = INCREMENTAL")
  // A crash of the process loses nothing that was committed; a power cut may lose the last seconds, never the rest.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4194304")
  if (empty)
    database.exec(
      `BEGIN IMMEDIATE; ${tables} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version}; COMMIT`,
    )
  return undefined
}

/** Opens the history, or begins it where there is none. What cannot be used stays as it is; what fails is thrown. */
export const openDatabase = (path: string): DatabaseSync | Failure => {
  const database = new DatabaseSync(path)
  let refused: Failure | undefined
  try {
    refused = prepare(database)
  } catch (error) {
    database.close()
    throw error
  }
  if (refused === undefined) return database
  database.close()
  return refused
}
