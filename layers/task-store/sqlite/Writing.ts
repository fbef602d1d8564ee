import type { DatabaseSync } from "node:sqlite"
import { versionsKept } from "../../../services/TaskStore.ts"
import { inTransaction, numberOf } from "../../support/sqlite/Open.ts"
import type { TaskRow } from "../TaskRow.ts"

/** Taking away needs pages too, for a moment: those who are full can still be emptied. */
const spareBytes = 4 * 1024 * 1024

export const makeWriting = (database: DatabaseSync, maxBytes: number) => {
  const find = database.prepare("SELECT task, words FROM tasks WHERE id = ?")
  const put = database.prepare(
    `INSERT INTO tasks (id, project, origin, state, updatedAt, nextRun, words, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET project = excluded.project, origin = excluded.origin, state = excluded.state,
       updatedAt = excluded.updatedAt, nextRun = excluded.nextRun, words = excluded.words, body = excluded.body`,
  )
  const putVersion = database.prepare(
    "INSERT OR IGNORE INTO versions (task, revision, savedAt, body) VALUES (?, ?, ?, ?)",
  )
  const dropOld = database.prepare("DELETE FROM versions WHERE task = ? AND revision <= ?")
  const index = database.prepare("INSERT OR REPLACE INTO search (rowid, words) VALUES (?, ?)")
  const putCheckpoint = database.prepare(
    "INSERT OR REPLACE INTO checkpoints (task, body) SELECT task, ? FROM tasks WHERE id = ?",
  )
  const dropCheckpoint = database.prepare(
    "DELETE FROM checkpoints WHERE task = (SELECT task FROM tasks WHERE id = ?)",
  )
  const drops = [
    "tasks WHERE task",
    "versions WHERE task",
    "checkpoints WHERE task",
    "search WHERE rowid",
  ].map((from) => database.prepare(`DELETE FROM ${from} = ?`))
  const expired = database.prepare(
    `SELECT task FROM tasks WHERE origin = 'api' AND state NOT IN ('pending', 'running')
       AND nextRun IS NULL AND updatedAt < ?`,
  )

  const pageSize = numberOf(database, "PRAGMA page_size")
  const bound = (bytes: number): void =>
    database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(bytes / pageSize))}`)
  bound(maxBytes)

  const save = ({ body, id, nextRun, origin, project, revision, state, updatedAt, words }: TaskRow): void => {
    const known = find.get(id)
    const { lastInsertRowid } = put.run(id, project, origin, state, updatedAt, nextRun, words, body)
    const task = known === undefined ? Number(lastInsertRowid) : Number(known["task"])
    if (known?.["words"] !== words) index.run(task, words)
    const { changes } = putVersion.run(task, revision, updatedAt, body)
    if (changes > 0) dropOld.run(task, revision - versionsKept)
  }

  const drop = (tasks: ReadonlyArray<number>): number => {
    bound(maxBytes + spareBytes)
    try {
      inTransaction(database, () => {
        for (const task of tasks) for (const each of drops) each.run(task)
      })
    } finally {
      bound(maxBytes)
    }
    return tasks.length
  }

  return {
    save: (rows: ReadonlyArray<TaskRow>): undefined =>
      inTransaction(database, () => rows.forEach(save)) as undefined,
    remove: (ids: ReadonlyArray<string>): undefined => {
      drop(ids.map((id) => find.get(id)?.["task"]).filter((task) => typeof task === "number"))
    },
    sweep: (before: number): number => drop(expired.all(before).map(({ task }) => Number(task))),
    saveCheckpoint: (id: string, body: string): undefined => void putCheckpoint.run(body, id),
    removeCheckpoint: (id: string): undefined => void dropCheckpoint.run(id),
  }
}
