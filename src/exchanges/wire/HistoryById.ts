import type { Reject } from "../../domain/Decoded.ts"
import type { History, HistoryPage, HistoryQuestion } from "../Venue.ts"
import { type Asking, isReject, weigh } from "./History.ts"

const moment = /^at:(\d+)$/
const between = /^between:(\d+):(\d+):(\d+)$/

/** Venues that tell ids by time look no further than an hour. */
const findMillis = 3_600_000

/** How the first trade at or after a time is found: by asking for it, where the venue tells ids by time. */
interface ByTime {
  readonly kind: "time"
  readonly path: (time: number) => string
  readonly weight: number
  readonly id: (body: Buffer, receivedAt: number) => number | undefined | Reject
}

/** Or by asking for the trade in the middle, again and again: some thirty requests. */
interface ByHalves {
  readonly kind: "halves"
  /** The newest trade up to an id, or of all. */
  readonly path: (id: number | undefined) => string
  readonly weight: number
}

/**
 * Trades by id. `next` is an id; a window begins by finding the first one at or after its start: `at:<millis>`, and
 * `between:<low>:<high>:<millis>` while it is looked for by halves.
 */
export const byId = (
  asking: Asking & {
    /** Rows from an id on. */
    readonly path: (id: number, limit: number) => string
    readonly find: ByTime | ByHalves
  },
): History => {
  const { find } = asking

  const lookByTime = (
    by: ByTime,
    at: number,
    body: Buffer,
    question: HistoryQuestion,
  ): HistoryPage | Reject => {
    const id = by.id(body, question.receivedAt)
    if (typeof id === "object") return id
    if (id !== undefined) return { records: [], next: String(id), done: false }
    const later = Math.min(at + findMillis, question.window.end)
    return { records: [], next: `at:${later}`, done: later >= question.window.end }
  }

  /** The id that is looked for lies in `low … high`. */
  const halve = (low: number, high: number, at: number): HistoryPage => ({
    records: [],
    next: low >= high ? String(low) : `between:${low}:${high}:${at}`,
    done: false,
  })

  const lookByHalves = (at: number, body: Buffer, question: HistoryQuestion): HistoryPage | Reject => {
    const rows = asking.decode(body, question.receivedAt)
    if (isReject(rows)) return rows
    const row = rows.at(-1)
    const range = between.exec(question.next)
    if (range === null)
      return row === undefined ? { records: [], next: question.next, done: true } : halve(1, row.last + 1, at)
    const [low, high] = [Number(range[1]), Number(range[2])]
    const middle = Math.floor((low + high) / 2)
    return row !== undefined && row.timestamp >= at
      ? halve(low, Math.min(middle, row.first), at)
      : halve(middle + 1, high, at)
  }

  return {
    reach: "window",
    rows: asking.rows,
    begin: (start) => `at:${start}`,
    request: ({ limit, next }) => {
      const at = moment.exec(next)
      const range = between.exec(next)
      if (at === null && range === null)
        return { path: asking.path(Number(next), limit), weight: weigh(asking, limit) }
      if (find.kind === "time") return { path: find.path(Number(at![1])), weight: find.weight }
      const middle = range === null ? undefined : Math.floor((Number(range[1]) + Number(range[2])) / 2)
      return { path: find.path(middle), weight: find.weight }
    },
    read: (body, question) => {
      const { limit, next, receivedAt, window } = question
      const at = moment.exec(next)?.[1] ?? between.exec(next)?.[3]
      if (at !== undefined)
        return find.kind === "time"
          ? lookByTime(find, Number(at), body, question)
          : lookByHalves(Number(at), body, question)
      const rows = asking.decode(body, receivedAt)
      if (isReject(rows)) return rows
      const sorted = rows
        .toSorted((left, right) => left.first - right.first)
        .filter(({ first }) => first >= Number(next))
      const records = sorted.filter((row) => row.timestamp >= window.start && row.timestamp < window.end)
      const beyond = sorted.findIndex((row) => row.timestamp >= window.end)
      const last = beyond < 0 ? sorted.at(-1) : sorted[beyond - 1]
      return {
        records,
        next: last === undefined ? next : String(last.last + 1),
        done: beyond >= 0 || rows.length < limit || last === undefined,
      }
    },
  }
}
