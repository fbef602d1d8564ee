import type { KlineInterval } from "../../domain/DataType.ts"
import type { Decoded, Reject } from "../../domain/Decoded.ts"
import { nextOpenTime, openTime } from "../../domain/KlineTime.ts"
import type { History, HistoryPage, HistoryQuestion } from "../Venue.ts"

/*
 * The ways in which venues tell their history: by time from the oldest row on, by stretches of time, by id, the newest
 * rows alone, and what is now. A venue says where to ask and how a row reads.
 */

export type Answer = ReadonlyArray<Decoded> | Reject

export interface Asking {
  /** Rows of one answer at most. */
  readonly rows: number
  readonly weight: number | ((limit: number) => number)
  readonly keepsMillis?: number
  /** The rows of an answer, in any order; open klines may be among them. */
  readonly decode: (body: Buffer, receivedAt: number) => Answer
}

export const isReject = (answer: Answer | Reject): answer is Reject => "reason" in answer

export const weigh = ({ weight }: Asking, limit: number): number =>
  typeof weight === "number" ? weight : weight(limit)

/** When a row is: a kline when it opens, everything else when it happened. */
export const rowTime = ({ first, timestamp, type }: Decoded): number => (type === "kline" ? first : timestamp)

/** Where the kline after this one begins. */
const klineEnd = ({ first, last, stream }: Decoded): number =>
  last >= 0 ? last + 1 : nextOpenTime(stream.dataType.interval!, first)

/** A kline that is still open at a moment changes; everything else is what it is. */
const isFinal = (row: Decoded, receivedAt: number): boolean =>
  row.type !== "kline" || klineEnd(row) <= receivedAt

export const inOrder = (rows: ReadonlyArray<Decoded>): ReadonlyArray<Decoded> =>
  rows.toSorted((left, right) => rowTime(left) - rowTime(right))

/** The rows from a time on, within the window, as far as they are final; and whether one is not. */
export const select = (
  rows: ReadonlyArray<Decoded>,
  from: number,
  { receivedAt, window }: HistoryQuestion,
) => {
  const wanted = inOrder(rows).filter((row) => rowTime(row) >= from && rowTime(row) < window.end)
  const open = wanted.find((row) => !isFinal(row, receivedAt))
  const records = open === undefined ? wanted : wanted.filter((row) => rowTime(row) < rowTime(open))
  return { records, open }
}

/** The row after this one begins here at the earliest. */
export const after = (row: Decoded): number => (row.type === "kline" ? klineEnd(row) : row.timestamp + 1)

/**
 * The venue gives the oldest rows from a time on. `path`: of so many rows from one moment to another, both included. An
 * answer that is not full is the end.
 */
export const byTime = (
  asking: Asking & { readonly path: (from: number, to: number, limit: number) => string },
): History => ({
  reach: "window",
  rows: asking.rows,
  rowsOf: asking.decode,
  ...(asking.keepsMillis === undefined ? {} : { keepsMillis: asking.keepsMillis }),
  begin: String,
  request: ({ limit, next, window }) => ({
    path: asking.path(Number(next), window.end - 1, limit),
    weight: weigh(asking, limit),
  }),
  read: (body, question): HistoryPage | Reject => {
    const rows = asking.decode(body, question.receivedAt)
    if (isReject(rows)) return rows
    const { open, records } = select(rows, Number(question.next), question)
    const last = records.at(-1)
    return {
      records,
      next: last === undefined ? question.next : String(after(last)),
      done: open !== undefined || rows.length < question.limit || last === undefined,
    }
  },
})

/**
 * The venue gives what lies between two moments, newest first, and no more than its rows: so many steps are asked for that
 * it can give all. `step`: rows are not closer to each other. An answer without rows is no end.
 */
export const byStretch = (
  asking: Asking & {
    readonly step: KlineInterval | number
    readonly path: (from: number, to: number, limit: number) => string
  },
): History => {
  const { step } = asking
  /** The last moment of so many rows from here on. */
  const through = (from: number, { limit, window }: Omit<HistoryQuestion, "receivedAt">): number => {
    let end = from
    if (typeof step === "number") end = from + limit * step
    else
      for (let count = 0, open = openTime(step, from); count < limit && open < window.end; count++)
        end = open = nextOpenTime(step, open)
    return Math.min(end, window.end) - 1
  }
  return {
    reach: "window",
    rows: asking.rows,
    rowsOf: asking.decode,
    ...(asking.keepsMillis === undefined ? {} : { keepsMillis: asking.keepsMillis }),
    begin: String,
    request: (question) => {
      const from = Number(question.next)
      return {
        path: asking.path(from, through(from, question), question.limit),
        weight: weigh(asking, question.limit),
      }
    },
    read: (body, question) => {
      const rows = asking.decode(body, question.receivedAt)
      if (isReject(rows)) return rows
      const from = Number(question.next)
      const to = through(from, question)
      const { open, records } = select(rows, from, question)
      const last = records.at(-1)
      const done = open !== undefined || to + 1 >= question.window.end
      // What comes later in the last stretch is a later window's.
      const next = done ? (last === undefined ? from : after(last)) : to + 1
      return { records, next: String(next), done }
    },
  }
}

/** Rows that are numbered go on by their number, since several may have one time. */
const numbered = /^#(\d+)$/

/** One answer with the venue's newest rows, whatever the window: what is older is not there any more. */
export const newestRows = (asking: Asking & { readonly path: (limit: number) => string }): History => ({
  reach: "newest",
  rows: asking.rows,
  begin: String,
  request: ({ limit }) => ({ path: asking.path(limit), weight: weigh(asking, limit) }),
  read: (body, question) => {
    const rows = asking.decode(body, question.receivedAt)
    if (isReject(rows)) return rows
    const { limit, next, window } = question
    const number = numbered.exec(next)
    const from = number === null ? Number(next) : window.start
    const sorted = inOrder(rows)
    const { records: within } = select(sorted, from, question)
    const records = number === null ? within : within.filter(({ first }) => first >= Number(number[1]))
    const last = records.at(-1)
    const [oldest] = sorted
    const begins =
      oldest === undefined ||
      sorted.length < limit ||
      (number === null ? rowTime(oldest) <= from : oldest.first <= Number(number[1]))
    const follows =
      last === undefined
        ? next
        : last.type === "trade" && last.last >= 0
          ? `#${last.last + 1}`
          : String(after(last))
    return {
      records,
      next: follows,
      done: true,
      ...(begins
        ? {}
        : {
            missing: `the venue gives its newest ${sorted.length} rows alone: what it had before ${iso(rowTime(oldest!))} could not be had`,
          }),
    }
  },
})

export const iso = (millis: number): string => new Date(millis).toISOString()

/** One answer with what is now. */
export const present = (
  asking: Pick<Asking, "decode" | "weight"> & {
    readonly rows?: number
    readonly path: (limit: number) => string
  },
): History => ({
  reach: "present",
  rows: asking.rows ?? 1,
  begin: () => "now",
  request: ({ limit }) => ({
    path: asking.path(limit),
    weight: typeof asking.weight === "number" ? asking.weight : asking.weight(limit),
  }),
  read: (body, { next, receivedAt }) => {
    const rows = asking.decode(body, receivedAt)
    return isReject(rows) ? rows : { records: rows, next, done: true }
  },
})
