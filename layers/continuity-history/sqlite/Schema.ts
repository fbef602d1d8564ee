import type { DatabaseSync } from "node:sqlite"
import type { Failure } from "../../support/sqlite/Failure.ts"
import { openDatabase } from "../../support/sqlite/Open.ts"

/** The key of the configuration that says where the file is. */
export const setting = "continuity.path"

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

/** Opens the history, or begins it where there is none. What cannot be used stays as it is; what fails is thrown. */
export const openHistory = (path: string): DatabaseSync | Failure =>
  openDatabase(path, {
    /** "Mill". */
    applicationId: 0x4d696c6c,
    version: 1,
    tables,
    setting,
    beginning: "PRAGMA auto_vacuum = INCREMENTAL",
    // A crash of the process loses nothing that was committed; a power cut may lose the last seconds, never the rest.
    pragmas: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4194304",
  })
