import { Effect, Latch, Random } from "effect"
import { monotonicMillis } from "../runtime/Monotonic.ts"
import type { Stream } from "../domain/Stream.ts"
import type { Self } from "../runtime/Actor.ts"
import type { BooksProgress } from "./Snapshots.ts"

/** A book that is not whole so long after it was asked for is asked for again, twice as long after that. */
const againMillis = 10_000
const longestMillis = 120_000
/** A snapshot that does not fit is no reason to ask for the next one at once. */
const pauseMillis = 1_000
/** Books that break together are asked for together. */
const gatherMillis = 20

export interface ResyncsOptions {
  readonly venue: string
  /** Streams in the order of their importance: that of the configuration. */
  readonly table: ReadonlyMap<Stream, unknown>
  /** Whether its book is whole. */
  readonly isJoined: (stream: Stream) => boolean
  /** Asks for their snapshots on the connections that carry them, within the venue's limits. */
  readonly ask: (streams: ReadonlyArray<Stream>) => void
}

/** Brings books their snapshots where they come by the stream itself: asks, and asks again until they are whole. */
export interface Resyncs {
  /** Asks for one: `soon` when the chain broke, later when what came does not fit, or cannot be read. */
  readonly request: (stream: Stream, soon: boolean) => void
  /** Those that could not be had so far, and why. */
  readonly failing: ReadonlyMap<Stream, { readonly why: string }>
  readonly progress: () => BooksProgress
  readonly run: (self: Self) => Effect.Effect<never>
}

interface Waiting {
  /** Clock milliseconds; `"soon"`: as soon as those that break with it are known; `"later"`: after a pause. */
  dueAt: number | "soon" | "later"
  /** It is due after a pause already: asking once more does not make the pause longer. */
  isPausing: boolean
  /** How often it was asked for in vain: since it was whole, as far as is known. */
  tries: number
  /** How often in all. */
  asks: number
}

export const makeResyncs = ({ venue, table, isJoined, ask }: ResyncsOptions): Resyncs => {
  const waiting = new Map<Stream, Waiting>()
  const failing = new Map<Stream, { readonly why: string }>()
  const wake = Latch.makeUnsafe(false)

  const forget = () => {
    for (const stream of waiting.keys())
      if (!table.has(stream) || isJoined(stream)) {
        waiting.delete(stream)
        failing.delete(stream)
      }
  }

  const retry = (each: Waiting, stream: Stream, now: number, random: number) => {
    each.isPausing = false
    each.asks++
    each.tries++
    const delay = Math.min(longestMillis, againMillis * 2 ** (each.tries - 1))
    each.dueAt = now + delay * (0.8 + 0.4 * random)
    if (each.tries > 1)
      failing.set(stream, {
        why: `its snapshot was asked for ${each.tries} times and does not come or does not fit`,
      })
  }

  /** Asks for what is due, and says when to look again. */
  const round = Effect.gen(function* () {
    const now = yield* monotonicMillis
    const random = yield* Random.next
    forget()
    const due: Array<Stream> = []
    let next = Number.POSITIVE_INFINITY
    for (const stream of table.keys()) {
      const each = waiting.get(stream)
      if (each === undefined) continue
      if (each.dueAt === "later") each.dueAt = now + pauseMillis * (1 + random)
      if (each.dueAt === "soon" || each.dueAt <= now) {
        due.push(stream)
        retry(each, stream, now, random)
      }
      next = Math.min(next, each.dueAt as number)
    }
    if (due.length > 0) ask(due)
    return next - now
  })

  return {
    failing,
    progress: () => {
      const progress = { waiting: 0, fetching: 0 }
      for (const [stream, { tries }] of waiting)
        if (table.has(stream) && !isJoined(stream)) progress[tries === 0 ? "waiting" : "fetching"]++
      return progress
    },
    request: (stream, soon) => {
      const known = waiting.get(stream)
      if (known === undefined) {
        const dueAt = soon ? "soon" : "later"
        waiting.set(stream, { dueAt, isPausing: !soon, tries: 0, asks: 0 })
      } else {
        // Only one that was whole breaks: what was asked for had come.
        if (soon) {
          known.tries = 0
          failing.delete(stream)
        }
        // A book that never holds is not asked for in a storm.
        if (soon && known.asks <= 2) known.dueAt = "soon"
        else if (!known.isPausing) {
          known.dueAt = "later"
          known.isPausing = true
        }
      }
      wake.openUnsafe()
    },
    run: Effect.fnUntraced(function* (self) {
      yield* self.ready
      for (;;) {
        wake.closeUnsafe()
        const wait = yield* round
        const count = waiting.size
        if (failing.size > 0) yield* self.degraded(`${count} books of ${venue} await a snapshot`)
        else yield* self.ready
        // A book that became whole in time is only noticed then.
        yield* wait === Number.POSITIVE_INFINITY
          ? wake.await
          : Effect.timeoutOption(wake.await, Math.max(1, wait))
        yield* Effect.sleep(gatherMillis)
      }
    }),
  }
}
