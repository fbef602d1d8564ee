import type { DatabaseSync } from "node:sqlite"
import type { ListQuery, VersionRow } from "./Protocol.ts"

/** Each word as a phrase of its own, the beginning of a word of the task. They hold letters and digits only. */
const matchOf = (words: ReadonlyArray<string>): string => words.map((word) => `"${word}"*`).join(" ")

export const makeReading = (database: DatabaseSync) => {
  const byId = database.prepare("SELECT body FROM tasks WHERE id = ?")
  const columns = `(?1 IS NULL OR project = ?1) AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR origin = ?3)`
  const all = database.prepare(`SELECT body FROM tasks WHERE ${columns} ORDER BY id LIMIT ?4 OFFSET ?5`)
  const found = database.prepare(
    `SELECT body FROM tasks WHERE task IN (SELECT rowid FROM search WHERE search MATCH ?6) AND ${columns}
     ORDER BY id LIMIT ?4 OFFSET ?5`,
  )
  for (const statement of [all, found]) statement.setReturnArrays(true)
  const versions = database.prepare(
    `SELECT revision, savedAt, versions.body FROM versions JOIN tasks USING (task) WHERE id = ?
     ORDER BY revision DESC`,
  )
  const checkpoint = database.prepare(
    "SELECT checkpoints.body FROM checkpoints JOIN tasks USING (task) WHERE id = ?",
  )
  const textOf = (row: Record<string, unknown> | undefined): string | undefined => {
    const body = row?.["body"]
    return typeof body === "string" ? body : undefined
  }

  return {
    get: (id: string) => textOf(byId.get(id)),
    list: ({ limit = -1, offset = 0, origin, project, state, words }: ListQuery): string => {
      const values = [project ?? null, state ?? null, origin ?? null, limit, offset] as const
      const rows = words === undefined ? all.iterate(...values) : found.iterate(...values, matchOf(words))
      let text = "["
      for (const row of rows) text += `${text === "[" ? "" : ","}${String((row as unknown as [string])[0])}`
      return `${text}]`
    },
    versions: (id: string): ReadonlyArray<VersionRow> =>
      versions.all(id).map((row) => ({ ...row })) as unknown as ReadonlyArray<VersionRow>,
    checkpoint: (id: string) => textOf(checkpoint.get(id)),
  }
}
