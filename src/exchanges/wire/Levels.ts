import { compareDecimals, isPlainDecimal } from "../../domain/DecimalText.ts"
import { aDecimal, mismatch } from "./Fields.ts"

/** Which end of the book is best: bids come highest first, asks lowest first. */
export type Side = "bids" | "asks"

type Level = readonly [price: string, quantity: string, ...rest: ReadonlyArray<unknown>]

const isLevel = (value: unknown): value is Level =>
  Array.isArray(value) && isPlainDecimal(value[0]) && isPlainDecimal(value[1])

const join = (levels: ReadonlyArray<Level>): string => {
  let text = "["
  for (let index = 0; index < levels.length; index++) {
    const level = levels[index]!
    text += (index === 0 ? '["' : ',["') + level[0] + '","' + level[1] + '"]'
  }
  return text + "]"
}

/**
 * `[["price","quantity"],…]` as text, best first whatever the order on the wire, every digit kept; what an exchange
 * adds behind the quantity is left out. `undefined` when one of them is no level.
 */
export const levelsText = (value: unknown, side: Side): string | undefined => {
  if (!Array.isArray(value)) return undefined
  const sign = side === "bids" ? -1 : 1
  let ordered = true
  for (let index = 0; index < value.length; index++) {
    if (!isLevel(value[index])) return undefined
    if (index > 0 && ordered) ordered = sign * compareDecimals(value[index - 1][0], value[index][0]) <= 0
  }
  const levels: ReadonlyArray<Level> = value
  return join(ordered ? levels : levels.toSorted((left, right) => sign * compareDecimals(left[0], right[0])))
}

/** Which level is wrong, for a person. */
export const describeLevels = (field: string, value: unknown): string => {
  if (!Array.isArray(value)) return mismatch(field, "a list of [price, quantity]", value)
  const index = value.findIndex((level) => !isLevel(level))
  const level: unknown = value[index]
  if (!Array.isArray(level)) return mismatch(`${field}[${index}]`, "[price, quantity]", level)
  const at = isPlainDecimal(level[0]) ? 1 : 0
  return mismatch(`${field}[${index}][${at}]`, aDecimal, level[at])
}
