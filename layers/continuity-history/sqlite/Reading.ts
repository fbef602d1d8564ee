import type { DatabaseSync } from "node:sqlite"
import type {
  ContinuityQuery,
  ContinuityView,
  GapHistory,
  GapState,
  StreamName,
} from "../../../services/ContinuityHistory.ts"
import { endBy, historyOf } from "../GapSpans.ts"
import { type GapSpan, Tally } from "../Tally.ts"
import { hourMillis, minuteMillis, stepBounds, windowOf } from "../Window.ts"
import { minutesBeginOf } from "./Writing.ts"

/** A stream in a step: its number, sums, and the first and the last bucket that it has there. */
type CountRow = readonly [stream: number, received: number, duplicates: number, first: number, last: number]

interface GapRow {
  readonly gap: number
  readonly stream: number
  readonly id: string
  readonly began: number
  readonly ends: number
  readonly cause: GapState["cause"]
  readonly fromSequence: number | null
  readonly fromTime: number | null
  readonly toSequence: number | null
  readonly toTime: number | null
  readonly missing: number | null
  readonly missingNow: number | null
  readonly repaired: number
  readonly repair: GapState["repair"]
  readonly repairedBy: GapState["repairedBy"] | null
}

const spanOf = (row: GapRow, now: number): GapSpan => ({
  began: row.began,
  ends: endBy(row.ends, row.began, now),
  missing: row.missing ?? undefined,
  left: row.missingNow ?? undefined,
  repaired: row.repaired,
  repair: row.repair,
})

/** Answers questions about a window. */
export const makeReading = (database: DatabaseSync) => {
  const streamsOf = database.prepare(
    `SELECT stream, key, venue, symbol, dataType FROM streams
     WHERE (?1 IS NULL OR venue = ?1) AND (?2 IS NULL OR symbol = ?2) AND (?3 IS NULL OR dataType = ?3)`,
  )
  // Summed step by step: a million rows of a whole day would be sorted, or each made an object.
  const countsOf = (table: "minutes" | "hours") => {
    const statement = database.prepare(
      `SELECT stream, sum(received), sum(duplicates), min(start), max(start) FROM ${table}
       WHERE start >= ? AND start < ? GROUP BY stream`,
    )
    statement.setReturnArrays(true)
    return statement
  }
  const minutes = countsOf("minutes")
  const hours = countsOf("hours")
  const gapsOf = database.prepare(
    "SELECT * FROM gaps WHERE ends > ? AND began < ? ORDER BY began DESC, gap DESC",
  )
  const statesOf = database.prepare(
    "SELECT revision, at, repair FROM gapStates WHERE gap = ? ORDER BY revision",
  )
  const since = database.prepare(
    `SELECT min(since) AS since FROM (
       SELECT min(start) * ${minuteMillis} AS since FROM minutes
       UNION ALL SELECT min(start) * ${hourMillis} FROM hours
       UNION ALL SELECT min(began) FROM gaps
     )`,
  )

  return (query: ContinuityQuery, now: number): ContinuityView => {
    const window = windowOf(query.from, query.to, minutesBeginOf(database))
    const { from, to } = window
    const names = new Map<number, StreamName>()
    const filter = [query.venue ?? null, query.symbol ?? null, query.dataType ?? null]
    for (const row of streamsOf.iterate(...filter)) {
      const { stream, ...name } = row as unknown as StreamName & { readonly stream: number }
      names.set(stream, name)
    }
    const tallies = new Map<number, Tally>()
    const tallyOf = (stream: number): Tally | undefined => {
      let tally = tallies.get(stream)
      if (tally === undefined && names.has(stream)) tallies.set(stream, (tally = new Tally(window)))
      return tally
    }
    for (const [statement, length] of [
      [hours, hourMillis],
      [minutes, minuteMillis],
    ] as const)
      for (let step = 0; step < window.steps; step++) {
        const [start, end] = stepBounds(window, step)
        for (const row of statement.iterate(Math.ceil(start / length), Math.ceil(end / length))) {
          const [stream, received, duplicates, first, last] = row as unknown as CountRow
          tallyOf(stream)?.addCount(first * length, (last + 1 - first) * length, received, duplicates)
        }
      }
    const listed: Array<GapRow> = []
    let gapCount = 0
    for (const each of gapsOf.iterate(from, to)) {
      const row = each as unknown as GapRow
      const tally = tallyOf(row.stream)
      if (tally === undefined) continue
      tally.addGap(spanOf(row, now))
      if (++gapCount <= query.limit) listed.push(row)
    }
    const gaps = listed.map((row) =>
      historyOf(
        { ...row, stream: names.get(row.stream)!.key, left: row.missingNow },
        statesOf.all(row.gap).map((state) => ({ ...state })) as unknown as GapHistory["revisions"],
      ),
    )
    const streams = [...tallies].map(([stream, tally]) => tally.view(names.get(stream)!))
    const oldest = since.get()?.["since"]
    return {
      from,
      to,
      step: window.step,
      since: typeof oldest === "number" ? oldest : null,
      streams: streams.toSorted((left, right) => (left.key < right.key ? -1 : 1)),
      gaps,
      gapsLeftOut: gapCount - listed.length,
    }
  }
}
