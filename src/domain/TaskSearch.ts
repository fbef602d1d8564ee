import type { Task } from "./Task.ts"

/** More of a word says nothing more, and databases have limits. */
const longestWord = 64

/** A cut may go through a character. */
const halfAtTheEnd = /[\uD800-\uDBFF]$/

/** Words in lower case: letters and digits, whatever stands between them. `BTC-USDT` is two. */
export const searchWords = (text: string): ReadonlyArray<string> =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")
    .map((word) => word.slice(0, longestWord).replace(halfAtTheEnd, ""))

/** What a search of tasks looks through, each word once. */
export const wordsOf = ({ spec, lastError }: Task): ReadonlyArray<string> => [
  ...new Set(
    searchWords(
      [
        spec.id,
        spec.projectId,
        spec.dataset,
        spec.dataType,
        spec.source,
        ...spec.symbols,
        lastError ?? "",
      ].join(" "),
    ),
  ),
]

/** Whether each word that is looked for begins one of these. */
export const wordsMatch = (words: ReadonlyArray<string>, wanted: ReadonlyArray<string>): boolean =>
  wanted.every((each) => words.some((word) => word.startsWith(each)))
