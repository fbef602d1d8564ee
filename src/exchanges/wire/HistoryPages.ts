import type { History } from "../Venue.ts"
import { after, type Asking, inOrder, isReject, rowTime, select, weigh } from "./History.ts"

const paged = /^(back|forth):(\d+):(\d+)$/

/**
 * The venue gives pages from the newest rows back, and no row by its time: pages are turned back until one begins before
 * the window, and from there on they are read forth. `next` is a time, and while pages are turned `back:<page>:<time>`.
 */
export const byPage = (
  asking: Asking & {
    readonly path: (page: number, rows: number) => string
    /** How many pages there are. */
    readonly pages: (body: Buffer) => number
  },
): History => {
  const placeOf = (next: string) => {
    const match = paged.exec(next)
    return match === null
      ? { way: "back", page: 1, from: Number(next) }
      : { way: match[1]!, page: Number(match[2]), from: Number(match[3]) }
  }
  return {
    reach: "window",
    rows: asking.rows,
    rowsOf: asking.decode,
    begin: String,
    turn: (page, start) => `back:${page}:${start}`,
    request: ({ limit, next }) => ({
      path: asking.path(placeOf(next).page, limit),
      weight: weigh(asking, limit),
    }),
    read: (body, question) => {
      const rows = asking.decode(body, question.receivedAt)
      if (isReject(rows)) return rows
      const { from, page, way } = placeOf(question.next)
      const [oldest] = inOrder(rows)
      const isFarEnough = oldest === undefined || rowTime(oldest) <= from || page >= asking.pages(body)
      if (way === "back" && !isFarEnough)
        return { records: [], next: `back:${page + 1}:${from}`, done: false }
      const { records } = select(rows, from, question)
      const last = records.at(-1)
      const next = last === undefined ? from : after(last)
      return page === 1
        ? { records, next: String(next), done: true }
        : { records, next: `forth:${page - 1}:${next}`, done: false }
    },
  }
}

/**
 * One kind after the other: several questions whose answers make one stream. `next` has a place for each, with a point behind
 * those that are done.
 */
export const inParts = (kinds: ReadonlyMap<string, History>): History => {
  const parts = [...kinds.values()]
  const [first] = parts
  const split = (next: string) => {
    const at = next.split(";")
    const index = at.findIndex((each) => !each.endsWith("."))
    return { at, index: index < 0 ? parts.length - 1 : index }
  }
  const own = (text: string) => text.replace(/\.$/, "")
  return {
    reach: first!.reach,
    rows: first!.rows,
    kinds,
    ...(first!.keepsMillis === undefined ? {} : { keepsMillis: first!.keepsMillis }),
    begin: (start) => parts.map((part) => part.begin(start)).join(";"),
    request: (question) => {
      const { at, index } = split(question.next)
      return parts[index]!.request({ ...question, next: own(at[index]!) })
    },
    read: (body, question) => {
      const { at, index } = split(question.next)
      const page = parts[index]!.read(body, { ...question, next: own(at[index]!) })
      if ("reason" in page) return page
      const done = page.done && index === parts.length - 1
      const places = at.map((each, place) =>
        place === index ? (page.done ? `${page.next}.` : page.next) : each,
      )
      return { ...page, next: (done ? places.map(own) : places).join(";"), done }
    },
  }
}
