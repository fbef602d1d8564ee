/** Edit distance where a swap of neighbours counts as one, as in `exchagnes`. */
const distance = (from: string, to: string): number => {
  const rows: Array<Array<number>> = [Array.from({ length: to.length + 1 }, (_, index) => index)]
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const changed = rows[i - 1]![j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      const swapped =
        i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
          ? rows[i - 2]![j - 2]! + 1
          : Infinity
      row.push(Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, changed, swapped))
    }
    rows.push(row)
  }
  return rows[from.length]![to.length]!
}

/** Without case, `_` and `-`: how names of the environment are matched. */
export const plainName = (name: string): string => name.toLowerCase().replace(/[_-]/g, "")

/** The known name that was probably meant; `undefined` when none is near enough to be worth saying. */
export const nearestName = (name: string, known: Iterable<string>): string | undefined => {
  const wanted = plainName(name)
  const near = [...known]
    .map((each) => ({ each, away: distance(wanted, plainName(each)) }))
    .filter(
      ({ each, away }) =>
        away <= Math.max(1, Math.floor(Math.max(wanted.length, plainName(each).length) / 3)),
    )
    .sort((a, b) => a.away - b.away)
  return near[0]?.each
}

/** `; did you mean "max"?`, or nothing. */
export const didYouMean = (name: string, known: Iterable<string>): string => {
  const nearest = nearestName(name, known)
  return nearest === undefined ? "" : `; did you mean "${nearest}"?`
}
