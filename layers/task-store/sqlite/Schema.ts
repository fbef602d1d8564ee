import type { DatabaseSync } from "node:sqlite"
import type { Failure } from "../../support/sqlite/Failure.ts"
import { openDatabase } from "../../support/sqlite/Open.ts"

/** The key of the configuration that says where the file is. */
export const setting = "tasks.path"

const tables = `
  CREATE TABLE tasks (
    task INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, project TEXT NOT NULL, origin TEXT NOT NULL,
    state TEXT NOT NULL, updatedAt INTEGER NOT NULL, nextRun INTEGER, words TEXT NOT NULL, body TEXT NOT NULL
  );
  CREATE TABLE versions (
    task INTEGER NOT NULL, revision INTEGER NOT NULL, savedAt INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (task, revision)
  ) WITHOUT ROWID;
  CREATE TABLE checkpoints (task INTEGER PRIMARY KEY, body TEXT NOT NULL);
  CREATE VIRTUAL TABLE search USING fts5 (
    words, content = '', contentless_delete = 1, prefix = '3', tokenize = "unicode61 remove_diacritics 0"
  );
`

/**
 * Opens the store, or begins it where there is none. It belongs to one process at a time: the table that stands before
 * it is in that process's memory, and the lock goes with the process, however that ends. What a commit has said is
 * there after a power cut too.
 */
export const openStore = (path: string): DatabaseSync | Failure =>
  openDatabase(path, {
    /** "MilT". */
    applicationId: 0x4d696c54,
    version: 1,
    tables,
    setting,
    pragmas:
      "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 4194304",
  })
