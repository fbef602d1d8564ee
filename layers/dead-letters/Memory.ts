import { Clock, Effect, Layer, Option } from "effect"
import {
  DeadLetters,
  type DeadLettersLimits,
  isPast,
  type Letter,
  type LetterDraft,
  matches,
} from "../../services/DeadLetters.ts"

/** Besides its bytes and texts, a letter takes about so much. */
const overhead = 400

const sizeOf = ({ bytes, detail, cause = "" }: LetterDraft): number =>
  overhead + bytes.length + 2 * (detail.length + cause.length)

/** Letters in memory, gone with the process: for embedding and tests. */
export const layer = (limits: DeadLettersLimits): Layer.Layer<DeadLetters> =>
  Layer.sync(DeadLetters, () => {
    let letters: Array<Letter> = []
    let bytes = 0
    let next = 1
    let evicted = 0

    const evict = (now: number): void => {
      let left = letters.length
      let gone = 0
      for (const letter of letters) {
        const expired = letter.at < now - limits.retentionMillis
        if (!expired && bytes <= limits.maxBytes && left <= limits.maxLetters) break
        bytes -= sizeOf(letter)
        left--
        gone++
      }
      evicted += gone
      if (gone > 0) letters = letters.slice(gone)
    }

    /** What is there now. */
    const held = Effect.map(Clock.currentTimeMillis, (now) => {
      evict(now)
      return letters
    })

    return DeadLetters.of({
      put: (drafts) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          for (const draft of drafts) {
            letters.push({ ...draft, bytes: Buffer.from(draft.bytes), sequence: next++, at: now })
            bytes += sizeOf(draft)
          }
          evict(now)
        }),
      list: (query) =>
        Effect.map(held, (all) => {
          const ordered = query.order === "newest" ? all.toReversed() : all
          const found = ordered.filter((letter) => isPast(query, letter.sequence) && matches(query, letter))
          const page = found.slice(0, query.limit)
          const last = page.at(-1)
          return found.length > page.length && last !== undefined
            ? { letters: page, next: last.sequence, damaged: 0 }
            : { letters: page, damaged: 0 }
        }),
      get: (sequence) =>
        Effect.map(held, (all) => Option.fromUndefinedOr(all.find((letter) => letter.sequence === sequence))),
      status: Effect.map(held, (all) => ({ letters: all.length, bytes, evicted })),
    })
  })
