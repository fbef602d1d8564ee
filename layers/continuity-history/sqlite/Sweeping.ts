import type { DatabaseSync } from "node:sqlite"
import type { HistoryLimits } from "../../../services/ContinuityHistory.ts"
import { evictionStep, hourMillis, minuteMillis, minutesKeptMillis } from "../Window.ts"
import { inTransaction } from "../../support/sqlite/Open.ts"
import { bytesOf, minutesBeginOf } from "./Writing.ts"

/** Lets go of what is old, and of the oldest where there is too much. */
export const makeSweeping = (database: DatabaseSync, limits: HistoryLimits & { readonly writer: string }) => {
  const dropWriters = database.prepare("DELETE FROM writers WHERE writer <> ?")
  const merge = database.prepare(
    `INSERT INTO hours (start, stream, received, duplicates)
       SELECT start / 60, stream, sum(received), sum(duplicates) FROM minutes WHERE start < ? GROUP BY 1, 2
     ON CONFLICT DO UPDATE SET received = received + excluded.received, duplicates = duplicates + excluded.duplicates`,
  )
  const dropMinutes = database.prepare("DELETE FROM minutes WHERE start < ?")
  const dropHours = database.prepare("DELETE FROM hours WHERE start < ?")
  const dropStates = database.prepare(
    "DELETE FROM gapStates WHERE gap IN (SELECT gap FROM gaps WHERE ends <= ?1 OR began < ?2)",
  )
  const dropGaps = database.prepare("DELETE FROM gaps WHERE ends <= ?1 OR began < ?2")
  const dropStreams = database.prepare(
    `DELETE FROM streams WHERE stream NOT IN (SELECT stream FROM minutes)
       AND stream NOT IN (SELECT stream FROM hours) AND stream NOT IN (SELECT stream FROM gaps)`,
  )
  const since = database.prepare(
    `SELECT min(since) AS since FROM (
       SELECT min(start) * ${minuteMillis} AS since FROM minutes
       UNION ALL SELECT min(start) * ${hourMillis} FROM hours
       UNION ALL SELECT min(began) FROM gaps
     )`,
  )

  /** Everything that was over before `time`, and gaps that began before `begun`. */
  const forget = (time: number, begun: number): void => {
    dropMinutes.run(Math.floor(time / minuteMillis))
    dropHours.run(Math.floor(time / hourMillis))
    dropStates.run(time, begun)
    dropGaps.run(time, begun)
  }

  const sweep = (now: number): void => {
    const merged = Math.floor((now - minutesKeptMillis) / hourMillis) * hourMillis
    inTransaction(database, () => {
      if (merged > minutesBeginOf(database)) {
        merge.run(merged / minuteMillis)
        dropMinutes.run(merged / minuteMillis)
      }
      forget(now - limits.retentionMillis, -1)
      dropStreams.run()
      dropWriters.run(limits.writer)
    })
  }

  /** Where there is too much, a tenth of the time at once. */
  const fit = (now: number): void => {
    const oldest = since.get()?.["since"]
    if (typeof oldest !== "number") return
    for (let cut = oldest; bytesOf(database) > limits.maxBytes && cut <= now;) {
      cut += evictionStep(cut, now)
      inTransaction(database, () => forget(cut, cut))
    }
  }

  return {
    sweep: (now: number): number => {
      sweep(now)
      fit(now)
      database.exec("PRAGMA incremental_vacuum")
      return bytesOf(database)
    },
    /** After each batch: looks first, which costs nothing. */
    fit: (now: number): void => {
      if (bytesOf(database) > limits.maxBytes) fit(now)
    },
  }
}
