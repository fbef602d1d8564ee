import { Effect, Latch, Semaphore } from "effect"
import type { Rate } from "../exchanges/Venue.ts"
import { monotonicMillis } from "../runtime/Monotonic.ts"

/**
 * A venue's limit of so many in any window of so many milliseconds, shared by everything that spends from it.
 * Takers wait in order. The window slides: no burst at a window's edge can exceed the limit. That somebody sets the
 * machine's clock neither ends a window nor makes it longer.
 */
export interface Budget {
  /** Waits until `weight` fits, then spends it. More than the whole limit is spent as the whole limit. */
  readonly take: (weight: number) => Effect.Effect<void>
  /**
   * The same for a request, which the venue counts when it arrives, not when it left: one that was held up on its way
   * falls into a later window there. So its weight is spent until it is over, and from then on for a window.
   */
  readonly during: (weight: number) => <A, E, R>(request: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Nothing is granted for so long: the venue said so (`Retry-After`). */
  readonly block: (millis: number) => Effect.Effect<void>
  /** The venue's own count of what is used in its window, where it tells one that is higher than ours. */
  readonly reported: (used: number) => Effect.Effect<void>
  readonly used: Effect.Effect<number>
  readonly limit: number
}

/** What was spent within a window that slides. Times are monotonic milliseconds. */
export const makeSpending = (windowMillis: number) => {
  const spent: Array<{ readonly at: number; readonly weight: number }> = []
  return {
    /** Oldest first; those that are over are gone after `usedAt`. */
    spent: spent as ReadonlyArray<{ readonly at: number; readonly weight: number }>,
    add: (at: number, weight: number): void => void spent.push({ at, weight }),
    usedAt: (now: number): number => {
      while (spent.length > 0 && spent[0]!.at <= now - windowMillis) spent.shift()
      return spent.reduce((sum, entry) => sum + entry.weight, 0)
    },
  }
}

export const makeBudget = Effect.fnUntraced(function* (rate: Rate): Effect.fn.Return<Budget> {
  const turn = yield* Semaphore.make(1)
  /** Opens when something that was under way has ended. */
  const ended = Latch.makeUnsafe(false)
  const { add, spent, usedAt: endedAt } = makeSpending(rate.windowMillis)
  /** The weight of what is under way. */
  let underWay = 0
  let blockedUntil = 0

  const usedAt = (now: number): number => underWay + endedAt(now)

  /** How long until `weight` fits, 0 when it does; `undefined`: first something that is under way has to end. */
  const waitFor = (weight: number, now: number): number | undefined => {
    if (now < blockedUntil) return blockedUntil - now
    let excess = usedAt(now) + weight - rate.limit
    if (excess <= 0) return 0
    for (const entry of spent) {
      excess -= entry.weight
      if (excess <= 0) return entry.at + rate.windowMillis - now
    }
    return underWay > 0 ? undefined : rate.windowMillis
  }

  /** Spends it as soon as it fits. */
  const whenFits = (weight: number, spend: (now: number) => void) =>
    turn.withPermits(1)(
      Effect.gen(function* () {
        for (;;) {
          const now = yield* monotonicMillis
          const wait = waitFor(weight, now)
          if (wait === undefined) {
            ended.closeUnsafe()
            yield* ended.await
          } else if (wait > 0) yield* Effect.sleep(wait)
          else return spend(now)
        }
      }),
    )

  return {
    limit: rate.limit,
    take: (wanted) => {
      const weight = Math.min(wanted, rate.limit)
      return whenFits(weight, (now) => add(now, weight))
    },
    during: (wanted) => (request) =>
      Effect.suspend(() => {
        const weight = Math.min(wanted, rate.limit)
        let begun = false
        const begin = whenFits(weight, () => {
          underWay += weight
          begun = true
        })
        const end = Effect.map(monotonicMillis, (now) => {
          if (!begun) return
          underWay -= weight
          add(now, weight)
          ended.openUnsafe()
        })
        return Effect.ensuring(Effect.andThen(begin, request), end)
      }),
    block: (millis) =>
      Effect.map(monotonicMillis, (now) => {
        blockedUntil = Math.max(blockedUntil, now + millis)
      }),
    reported: (used) =>
      Effect.map(monotonicMillis, (now) => {
        const missing = used - usedAt(now)
        if (missing > 0) add(now, missing)
      }),
    used: Effect.map(monotonicMillis, usedAt),
  }
})
