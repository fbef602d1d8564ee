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

/** The known names that were probably meant, the nearest first; none where none is near enough to be worth saying. */
export const nearestNames = (name: string, known: Iterable<string>, count: number): ReadonlyArray<string> => {
  const wanted = plainName(name)
  return [...known]
    .flatMap((each) => {
      const plain = plainName(each)
      const most = Math.max(1, Math.floor(Math.max(wanted.length, plain.length) / 3))
      // Their lengths alone tell most of a long list apart.
      if (Math.abs(wanted.length - plain.length) > most) return []
      const away = distance(wanted, plain)
      return away <= most ? [{ each, away }] : []
    })
    .sort((a, b) => a.away - b.away)
    .slice(0, count)
    .map(({ each }) => each)
}

/** The known name that was probably meant; `undefined` when none is near enough to be worth saying. */
export const nearestName = (name: string, known: Iterable<string>): string | undefined =>
  nearestNames(name, known, 1)[0]

/** `; did you mean "max"?`, or nothing. */
export const didYouMean = (name: string, known: Iterable<string>): string => {
  const nearest = nearestName(name, known)
  return nearest === undefined ? "" : `; did you mean "${nearest}"?`
}
