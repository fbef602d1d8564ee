import type { DatabaseSync } from "node:sqlite"
import type { GapState, HistoryBatch, StreamName } from "../../../services/ContinuityHistory.ts"
import { anchorOf, beganOf, endOf } from "../GapSpans.ts"
import { hourMillis, minuteMillis } from "../Window.ts"
import { inTransaction, numberOf } from "../../support/sqlite/Open.ts"

/** Writes batches. Statements are prepared once. */
export const makeWriting = (database: DatabaseSync, writer: string) => {
  const streams = new Map<string, number>()
  const findStream = database.prepare("SELECT stream FROM streams WHERE key = ?")
  const addStream = database.prepare("INSERT INTO streams (key, venue, symbol, dataType) VALUES (?, ?, ?, ?)")
  const addCount = (table: "minutes" | "hours") =>
    database.prepare(
      `INSERT INTO ${table} (start, stream, received, duplicates) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET received = received + excluded.received, duplicates = duplicates + excluded.duplicates`,
    )
  const addMinute = addCount("minutes")
  const addHour = addCount("hours")
  const putGap = database.prepare(
    `INSERT INTO gaps (stream, id, anchor, began, ends, cause, fromSequence, fromTime, toSequence, toTime,
       missing, missingNow, repaired, repair, repairedBy, revision)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id, anchor, stream) DO UPDATE SET
       ends = excluded.ends, toSequence = excluded.toSequence, toTime = excluded.toTime,
       missingNow = excluded.missingNow, repaired = excluded.repaired, repair = excluded.repair,
       repairedBy = excluded.repairedBy, revision = excluded.revision
     WHERE excluded.revision >= revision`,
  )
  const findGap = database.prepare("SELECT gap FROM gaps WHERE id = ? AND anchor = ? AND stream = ?")
  const putState = database.prepare(
    "INSERT OR REPLACE INTO gapStates (gap, revision, at, repair) VALUES (?, ?, ?, ?)",
  )
  const findBatch = database.prepare("SELECT batch FROM writers WHERE writer = ?")
  const putBatch = database.prepare("INSERT OR REPLACE INTO writers (writer, batch) VALUES (?, ?)")

  const streamOf = ({ dataType, key, symbol, venue }: StreamName): number => {
    const known = streams.get(key)
    if (known !== undefined) return known
    const found = findStream.get(key)?.["stream"]
    const stream =
      typeof found === "number" ? found : Number(addStream.run(key, venue, symbol, dataType).lastInsertRowid)
    streams.set(key, stream)
    return stream
  }

  const putGapState = (state: GapState): void => {
    const stream = streamOf(state.stream)
    const began = beganOf(state)
    const { from, to } = state
    putGap.run(
      stream,
      state.id,
      anchorOf(state),
      began,
      endOf(state, began),
      state.cause,
      from.sequence ?? null,
      from.timestamp ?? null,
      to.sequence ?? null,
      to.timestamp ?? null,
      state.missing ?? null,
      state.left ?? null,
      state.repaired,
      state.repair,
      state.repairedBy ?? null,
      state.revision,
    )
    const { gap } = findGap.get(state.id, anchorOf(state), stream) as { readonly gap: number }
    putState.run(gap, state.revision, state.at, state.repair)
  }

  const putAll = ({ counts, gaps, number }: HistoryBatch, minutesBegin: number): void => {
    for (const { duplicates, minute, received, stream } of counts) {
      if (minute >= minutesBegin) addMinute.run(minute / minuteMillis, streamOf(stream), received, duplicates)
      else addHour.run(Math.floor(minute / hourMillis), streamOf(stream), received, duplicates)
    }
    for (const state of gaps) putGapState(state)
    putBatch.run(writer, number)
  }

  return (batch: HistoryBatch): void => {
    const last = findBatch.get(writer)?.["batch"]
    if (typeof last === "number" && last >= batch.number) return
    const minutesBegin = minutesBeginOf(database)
    try {
      inTransaction(database, () => putAll(batch, minutesBegin))
    } catch (error) {
      // Those that were added are gone again.
      streams.clear()
      throw error
    }
  }
}

/** Everything before was merged into hours. */
export const minutesBeginOf = (database: DatabaseSync): number => {
  const newest = database.prepare("SELECT max(start) AS newest FROM hours").get()?.["newest"]
  return typeof newest === "number" ? (newest + 1) * hourMillis : 0
}

/** What the file holds, without what it could give back. */
export const bytesOf = (database: DatabaseSync): number =>
  (numberOf(database, "PRAGMA page_count") - numberOf(database, "PRAGMA freelist_count")) *
  numberOf(database, "PRAGMA page_size")
