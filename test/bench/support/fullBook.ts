import { compareDecimals } from "../../../src/domain/DecimalText.ts"

type Level = readonly [price: string, quantity: string]

/** Digits behind the point. */
const places = (text: string): number => (text.includes(".") ? text.length - text.indexOf(".") - 1 : 0)

const textOf = (units: bigint, decimals: number): string => {
  if (decimals === 0) return String(units)
  const digits = String(units).padStart(decimals + 1, "0")
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

const unitsOf = (text: string, decimals: number): bigint =>
  BigInt(text.replace(".", "") + "0".repeat(decimals - places(text)))

/** The median distance of neighbouring prices; at least a unit. */
const stepOf = (sorted: ReadonlyArray<bigint>): bigint => {
  const steps = sorted.slice(1).map((price, index) => price - sorted[index]!)
  return steps.toSorted((left, right) => Number(left - right))[steps.length >> 1] ?? 1n
}

/** So many levels: every price that the updates change, and where those are too few, more beyond them. */
const fill = (levels: ReadonlyArray<Level>, count: number, sign: 1 | -1): ReadonlyArray<Level> => {
  if (levels.length === 0) return []
  const prices = levels.map(([price]) => price)
  const room = BigInt(2 * count)
  const lowest = prices.toSorted(compareDecimals)[0]!
  let decimals = Math.max(...prices.map(places))
  // Prices of few digits leave no room for so many below them.
  while (unitsOf(lowest, decimals) < room) decimals++
  const byUnits = new Map<bigint, Level>()
  for (const [price, quantity] of levels)
    byUnits.set(unitsOf(price, decimals), [price, /^[0.]+$/.test(quantity) ? "1" : quantity])
  const sorted = [...byUnits.keys()].toSorted((left, right) => Number(left - right))
  const most = sorted[0]! / room
  const step = stepOf(sorted) < most ? stepOf(sorted) : most
  let next = sign > 0 ? sorted.at(-1)! : sorted[0]!
  while (byUnits.size < count) {
    next += BigInt(sign) * step
    byUnits.set(next, [textOf(next, decimals), "1"])
  }
  const all = [...byUnits.values()].toSorted(([left], [right]) => sign * compareDecimals(left, right))
  return all.slice(0, count)
}

/** A whole book, best first, into which the updates reach as they do into the venue's own. */
export const fillUp = (deltas: ReadonlyArray<string>, count: number) => {
  const read = deltas.map(
    (data) =>
      JSON.parse(data) as { readonly bids: ReadonlyArray<Level>; readonly asks: ReadonlyArray<Level> },
  )
  return {
    bids: fill(
      read.flatMap(({ bids }) => bids),
      count,
      -1,
    ),
    asks: fill(
      read.flatMap(({ asks }) => asks),
      count,
      1,
    ),
  }
}
