import { type Decoded, noSequence } from "../../domain/Decoded.ts"
import type { Envelope } from "../../domain/Envelope.ts"
import { WrittenRecord } from "../../domain/WrittenRecord.ts"

/**
 * Which events a stream without a chain had lately, so that the same one comes out once. Events are told apart by their
 * keys; of a key that is a number the number is kept, in an array of numbers alone: elsewhere each would be an object,
 * and best prices are most of what comes. Ids mostly ascend (an exchange's sequence, a time), which costs one comparison;
 * only one that does not is looked for.
 */
export interface Recent {
  /** `NaN` where it is a text. */
  newest: number
  newestText: string
  /** A ring of ids; `NaN` where one is a text. */
  readonly numbers: Array<number>
  /** Those that are texts, where they stand in the ring. */
  readonly texts: Array<string | undefined>
  next: number
  /** New ids in a row that did not ascend: when all that is remembered is of them, the exchange counts anew. */
  behind: number
}

/** Events back that a duplicate is known: seconds of a busy stream. */
export const remembered = 256

export const makeRecent = (): Recent => ({
  newest: Number.NaN,
  newestText: "",
  numbers: [],
  texts: [],
  next: 0,
  behind: 0,
})

const number = /^(?:0|[1-9]\d{0,14})$/

/** The newest of its keys; empty where there is none. */
export const newestKey = ({ newest, newestText }: Recent): string =>
  Number.isNaN(newest) ? newestText : String(newest)

const textAscends = (recent: Recent, text: string): boolean => {
  const newest = newestKey(recent)
  return newest.length === text.length ? text > newest : text.length > newest.length
}

const numberAscends = (recent: Recent, id: number): boolean =>
  Number.isNaN(recent.newest) ? textAscends(recent, String(id)) : id > recent.newest

/** Whether it becomes the newest one. */
const isNewest = (recent: Recent, isAhead: boolean): boolean => {
  recent.behind = isAhead ? 0 : recent.behind + 1
  return isAhead || recent.behind >= remembered
}

const putNumber = (recent: Recent, id: number, isAhead: boolean): void => {
  if (isNewest(recent, isAhead)) recent.newest = id
  recent.numbers[recent.next] = id
  if (recent.texts.length > 0) recent.texts[recent.next] = undefined
  recent.next = (recent.next + 1) % remembered
}

const putText = (recent: Recent, text: string, isAhead: boolean): void => {
  if (isNewest(recent, isAhead)) {
    recent.newest = Number.NaN
    recent.newestText = text
  }
  recent.numbers[recent.next] = Number.NaN
  recent.texts[recent.next] = text
  recent.next = (recent.next + 1) % remembered
}

/** Best prices that were written have their number at hand; of the others the key is read. */
const hasNumber = (record: Decoded | Envelope): record is WrittenRecord =>
  record instanceof WrittenRecord && record.type === "bbo" && record.last !== noSequence

/** Remembers a record. */
export const remember = (recent: Recent, record: Envelope): void => {
  if (hasNumber(record)) putNumber(recent, record.last, numberAscends(recent, record.last))
  else rememberKey(recent, record.key)
}

const rememberKey = (recent: Recent, key: string): void => {
  if (number.test(key)) putNumber(recent, Number(key), numberAscends(recent, Number(key)))
  else putText(recent, key, textAscends(recent, key))
}

/** Whether the record is new; it is remembered then. */
export const isNew = (recent: Recent, record: Decoded): boolean => {
  if (hasNumber(record)) return isNewNumber(recent, record.last)
  const { key } = record
  if (number.test(key)) return isNewNumber(recent, Number(key))
  const isAhead = textAscends(recent, key)
  if (!isAhead && recent.texts.includes(key)) return false
  putText(recent, key, isAhead)
  return true
}

const isNewNumber = (recent: Recent, id: number): boolean => {
  const isAhead = numberAscends(recent, id)
  if (!isAhead && recent.numbers.includes(id)) return false
  putNumber(recent, id, isAhead)
  return true
}

/** The newest `count` of its keys, oldest first. */
export const lastKeys = ({ next, numbers, texts }: Recent, count: number): ReadonlyArray<string> => {
  const keys = numbers.map((id, place) => (Number.isNaN(id) ? texts[place]! : String(id)))
  return [...keys.slice(next), ...keys.slice(0, next)].slice(-count)
}

/** As it was when these were its newest key and its last ones, oldest first. */
export const recentOf = (newest: string, keys: ReadonlyArray<string>): Recent => {
  const recent = makeRecent()
  for (const key of keys) rememberKey(recent, key)
  recent.newest = number.test(newest) ? Number(newest) : Number.NaN
  recent.newestText = newest
  recent.behind = 0
  return recent
}
