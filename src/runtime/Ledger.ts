/**
 * Which sequence numbers of one stream have come: everything up to the highest one, except the ranges that are
 * missing. Memory is bounded by the number of ranges; beyond it the oldest are given up, and said to be. Knows nothing
 * of what the numbers mean.
 *
 * ```ts
 * const ledger = Ledger.make()
 * Ledger.observe(ledger, 5, 5) // { fresh: [{ first: 5, last: 5 }], gap: undefined }: the first one begins the ledger
 * Ledger.observe(ledger, 8, 8) // { fresh: [{ first: 8, last: 8 }], gap: { first: 6, last: 7 } }
 * Ledger.observe(ledger, 7, 7) // fresh again: it fills a part of the gap
 * Ledger.observe(ledger, 8, 8) // { fresh: [], gap: undefined }: a duplicate
 * ```
 */

/** Inclusive at both ends. */
export interface Range {
  readonly first: number
  readonly last: number
}

export interface Ledger {
  /** The highest number that has come; `undefined` before the first. */
  highest: number | undefined
  /** Ascending, apart from each other, none above `highest`. */
  readonly missing: Array<Range>
  readonly maxRanges: number
}

export interface Observation {
  /** The parts of what was observed that had not come before, ascending. Empty: a duplicate. */
  readonly fresh: ReadonlyArray<Range>
  /** What is missing between the highest number so far and this observation. */
  readonly gap: Range | undefined
  /** Missing ranges that were filled, wholly or in part, by this observation. */
  readonly filled: ReadonlyArray<Range>
  /** Missing ranges that were given up to bound the memory. */
  readonly forgotten: ReadonlyArray<Range>
}

/** Ranges that a stream may miss at once. */
export const defaultMaxRanges = 1024

export const make = (maxRanges: number = defaultMaxRanges): Ledger => ({
  highest: undefined,
  missing: [],
  maxRanges,
})

const none: ReadonlyArray<Range> = []

/** How many numbers a range holds. */
export const sizeOf = (range: Range): number => range.last - range.first + 1

/** What two ranges have in common. */
export const overlap = (left: Range, right: Range): Range | undefined => {
  const first = Math.max(left.first, right.first)
  const last = Math.min(left.last, right.last)
  return first > last ? undefined : { first, last }
}

/** `range` without `others`, ascending. */
export const without = (range: Range, others: ReadonlyArray<Range>): ReadonlyArray<Range> => {
  const parts: Array<Range> = []
  let { first } = range
  for (const other of others.toSorted((left, right) => left.first - right.first)) {
    if (other.last < first || other.first > range.last) continue
    if (first < other.first) parts.push({ first, last: other.first - 1 })
    first = other.last + 1
  }
  if (first <= range.last) parts.push({ first, last: range.last })
  return parts
}

const next = (range: Range): Observation => ({
  fresh: [range],
  gap: undefined,
  filled: none,
  forgotten: none,
})

/** Takes `first … last` out of what is missing; gives what was in it. */
const fill = (ledger: Ledger, first: number, last: number): ReadonlyArray<Range> => {
  const filled: Array<Range> = []
  const { missing } = ledger
  let index = missing.length
  while (index > 0 && missing[index - 1]!.last >= first) index--
  while (index < missing.length && missing[index]!.first <= last) {
    const range = missing[index]!
    const hit = { first: Math.max(first, range.first), last: Math.min(last, range.last) }
    filled.push(hit)
    const rest: Array<Range> = []
    if (range.first < hit.first) rest.push({ first: range.first, last: hit.first - 1 })
    if (hit.last < range.last) rest.push({ first: hit.last + 1, last: range.last })
    missing.splice(index, 1, ...rest)
    index += rest.length
  }
  return filled
}

/** Notes that `first … last` came. */
export const observe = (ledger: Ledger, first: number, last: number): Observation => {
  const { highest } = ledger
  if (highest === undefined || first === highest + 1) {
    ledger.highest = last
    return next({ first, last })
  }
  if (last <= highest) {
    const filled = fill(ledger, first, last)
    return { fresh: filled, gap: undefined, filled, forgotten: none }
  }
  ledger.highest = last
  if (first <= highest) {
    const filled = fill(ledger, first, highest)
    return { fresh: [...filled, { first: highest + 1, last }], gap: undefined, filled, forgotten: none }
  }
  return { fresh: [{ first, last }], ...miss(ledger, highest + 1, first - 1), filled: none }
}

const miss = (ledger: Ledger, first: number, last: number): Pick<Observation, "gap" | "forgotten"> => {
  const gap = { first, last }
  ledger.missing.push(gap)
  const forgotten = ledger.missing.splice(0, Math.max(0, ledger.missing.length - ledger.maxRanges))
  return { gap, forgotten }
}

/** Notes that everything before `next` should have come by now; `next` itself is still to come. */
export const expect = (ledger: Ledger, next: number): Observation => {
  const { highest } = ledger
  if (highest !== undefined && next <= highest + 1)
    return { fresh: none, gap: undefined, filled: none, forgotten: none }
  ledger.highest = next - 1
  if (highest === undefined) return { fresh: none, gap: undefined, filled: none, forgotten: none }
  return { fresh: none, ...miss(ledger, highest + 1, next - 1), filled: none }
}

/** Notes that `range` is missing, of which nothing was so far; what is above the highest number raises it. */
export const lose = (ledger: Ledger, range: Range): void => {
  const { missing } = ledger
  let index = missing.length
  while (index > 0 && missing[index - 1]!.first > range.last) index--
  missing.splice(index, 0, range)
  ledger.highest = Math.max(ledger.highest ?? range.last, range.last)
}

/** What came is lost after all: it is missing until it comes once more. Only what did come, nothing above `highest`. */
export const takeBack = (ledger: Ledger, { first, last }: Range): ReadonlyArray<Range> => {
  fill(ledger, first, last)
  const { missing } = ledger
  let index = missing.length
  while (index > 0 && missing[index - 1]!.first > last) index--
  const before = missing[index - 1]
  const after = missing[index]
  const joinsBefore = before !== undefined && before.last + 1 === first
  const joinsAfter = after !== undefined && last + 1 === after.first
  const range = {
    first: joinsBefore ? before.first : first,
    last: joinsAfter ? after.last : last,
  }
  missing.splice(joinsBefore ? index - 1 : index, Number(joinsBefore) + Number(joinsAfter), range)
  return missing.splice(0, Math.max(0, missing.length - ledger.maxRanges))
}

/** The missing parts of `range`, ascending. */
export const missingWithin = ({ missing }: Ledger, { first, last }: Range): ReadonlyArray<Range> =>
  missing.flatMap((each) => overlap(each, { first, last }) ?? [])

/** Nothing of `range` will ever come: it is no longer waited for. */
export const abandon = (ledger: Ledger, range: Range): ReadonlyArray<Range> =>
  fill(ledger, range.first, range.last)

/** The numbers begin anew (the peer's counter was reset): what was missing stays missing for good and is given back. */
export const restart = (ledger: Ledger): ReadonlyArray<Range> => {
  ledger.highest = undefined
  return ledger.missing.splice(0)
}
