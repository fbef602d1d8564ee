import { type Decoded, noSequence } from "../../domain/Decoded.ts"
import type { Envelope } from "../../domain/Envelope.ts"
import { WrittenRecord } from "../../domain/WrittenRecord.ts"

/** What tells a stream's events apart: their key; where that is a number, the number, of which none is kept as text. */
type Id = number | string

/**
 * Which events a stream without a chain had lately, so that the same one comes out once. Ids mostly ascend (an exchange's
 * sequence, a time), which costs one comparison; only one that does not is looked for.
 */
export interface Recent {
  newest: Id
  readonly ids: Array<Id>
  next: number
  /** New ids in a row that did not ascend: when all that is remembered is of them, the exchange counts anew. */
  behind: number
}

/** Events back that a duplicate is known: seconds of a busy stream. */
export const remembered = 256

export const makeRecent = (): Recent => ({ newest: "", ids: [], next: 0, behind: 0 })

const number = /^(?:0|[1-9]\d{0,14})$/

const idOf = (key: string): Id => (number.test(key) ? Number(key) : key)

const ascends = (newest: Id, id: Id): boolean => {
  if (typeof newest === "number" && typeof id === "number") return id > newest
  const left = String(newest)
  const right = String(id)
  return left.length === right.length ? right > left : right.length > left.length
}

const put = (recent: Recent, id: Id, isAhead: boolean): void => {
  if (isAhead) {
    recent.newest = id
    recent.behind = 0
  } else if (++recent.behind >= remembered) recent.newest = id
  recent.ids[recent.next] = id
  recent.next = (recent.next + 1) % remembered
}

/** Best prices that were written have their number at hand; of the others the key is read. */
const idOfRecord = (record: Decoded | Envelope): Id =>
  record instanceof WrittenRecord && record.type === "bbo" && record.last !== noSequence
    ? record.last
    : idOf(record.key)

/** Remembers a record. */
export const remember = (recent: Recent, record: Envelope): void => {
  const id = idOfRecord(record)
  put(recent, id, ascends(recent.newest, id))
}

/** Whether the record is new; it is remembered then. */
export const isNew = (recent: Recent, record: Decoded): boolean => {
  const id = idOfRecord(record)
  const isAhead = ascends(recent.newest, id)
  if (!isAhead && recent.ids.includes(id)) return false
  put(recent, id, isAhead)
  return true
}

/** The newest `count` of its keys, oldest first. */
export const lastKeys = ({ ids, next }: Recent, count: number): ReadonlyArray<string> =>
  [...ids.slice(next), ...ids.slice(0, next)].slice(-count).map(String)

/** As it was when these were its newest key and its last ones, oldest first. */
export const recentOf = (newest: string, keys: ReadonlyArray<string>): Recent => ({
  newest: idOf(newest),
  ids: keys.map(idOf),
  next: keys.length % remembered,
  behind: 0,
})
