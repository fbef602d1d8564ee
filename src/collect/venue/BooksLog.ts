import { Clock, Effect } from "effect"
import type { BooksStatus } from "../../../services/Collection.ts"

/** So many books that await a snapshot at once are told of as one. */
const many = 10
const lookMillis = 1_000
/** How often it is said how far they are. */
const sayMillis = 10_000

export interface BooksLogOptions {
  readonly venue: string
  /** How far its books are; nothing where it has none. */
  readonly books: () => { readonly books?: BooksStatus }
}

/** Says that many books await a snapshot, every ten seconds how far they are, and when all of them are whole. */
export const tellBooks = ({ books: booksNow, venue }: BooksLogOptions): Effect.Effect<never> => {
  let saidAt: number | undefined
  const look = Effect.gen(function* () {
    const status = booksNow().books
    if (status === undefined) return
    const { failing, fetching, waiting, whole } = status
    const missing = waiting + fetching
    if (saidAt === undefined && missing < many) return
    const now = yield* Clock.currentTimeMillis
    if (missing === 0) {
      saidAt = undefined
      return yield* Effect.logInfo(
        `all books of ${venue} that awaited a snapshot have one: ${whole} are whole`,
        {
          venue,
        },
      )
    }
    if (saidAt !== undefined && now - saidAt < sayMillis) return
    saidAt = now
    const troubled = failing === 0 ? "" : `, ${failing} could not be had so far`
    yield* Effect.logInfo(
      `${missing} books of ${venue} await a snapshot, within its limits and in the order of the configuration: ${fetching} are asked for, ${waiting} wait, ${whole} are whole${troubled}`,
      { venue },
    )
  })
  return Effect.forever(Effect.andThen(look, Effect.sleep(lookMillis)))
}
