import { Cause, Effect, Exit, Option, Schedule } from "effect"
import { DeadLetters, type DeadLettersError, type LetterDraft } from "../../services/DeadLetters.ts"
import { catalog } from "../../services/MetricCatalog.ts"
import { Metrics } from "../../services/Metrics.ts"
import type { Self } from "../runtime/Actor.ts"
import * as Backoff from "../runtime/Backoff.ts"
import * as Mailbox from "../runtime/Mailbox.ts"
import * as RateLimitedLog from "../runtime/RateLimitedLog.ts"

/** The way into the store of dead letters. */
export interface Quarantine {
  /**
   * For those who must not wait: takes a copy of the bytes. What does not fit, because letters come faster than the
   * disk takes them, is counted as lost.
   */
  readonly add: (letter: LetterDraft) => void
  /** For those who must know: durable when it completes. */
  readonly put: (letters: ReadonlyArray<LetterDraft>) => Effect.Effect<void, DeadLettersError>
  /** The actor that writes what was added, as one batch each time. Interrupted, it first writes what waits. */
  readonly run: (self: Self) => Effect.Effect<void>
}

/** What waits for the disk at most. */
const capacity = { items: 16_384, bytes: 8 * 1024 * 1024 }

const sizeOf = ({ bytes, detail, cause = "" }: LetterDraft): number =>
  bytes.length + detail.length + cause.length

const retry = Backoff.reconnect({ first: "100 millis", max: "10 seconds" })

/** Once more, shortly, when there will be no later. */
const lastTries = Schedule.max([Schedule.jittered(Schedule.spaced("100 millis")), Schedule.recurs(2)])

type LostCause = "overflow" | "stopped"

export const makeQuarantine = Effect.gen(function* () {
  const store = yield* DeadLetters
  const { series } = yield* Metrics
  const log = RateLimitedLog.make()
  const held = series.gauge(catalog.deadLettersHeld, {})
  const size = series.gauge(catalog.deadLettersSize, {})
  const evicted = series.counter(catalog.deadLettersEvicted, {})
  let mailbox: Mailbox.Mailbox<LetterDraft> | undefined

  const lose = (cause: LostCause, count: number): void => {
    if (count > 0) series.counter(catalog.deadLettersLost, { cause }).add(count)
  }

  const look = Effect.map(store.status, (status) => {
    held.set(status.letters)
    size.set(status.bytes)
    evicted.add(status.evicted - evicted.value())
  })

  const put = Effect.fnUntraced(function* (letters: ReadonlyArray<LetterDraft>) {
    yield* store.put(letters)
    for (const { stage, reason } of letters) series.counter(catalog.deadLetters, { stage, reason }).add(1)
    yield* look
  })

  const trouble = (self: Self) => (error: DeadLettersError) =>
    Effect.andThen(
      self.degraded(error.message),
      log.log("Error", "unwritable", () => [
        `${error.message}; trying again, meanwhile ${capacity.bytes / 1024 / 1024} MiB of them wait in memory`,
      ]),
    )

  const giveUp = (letters: ReadonlyArray<LetterDraft>) => (error: DeadLettersError) =>
    Effect.suspend(() => {
      lose("stopped", letters.length)
      return Effect.logError(`${error.message}; ${letters.length} letters are lost with this process`)
    })

  /** As long as it takes. */
  const write = (self: Self, letters: ReadonlyArray<LetterDraft>, written: Effect.Effect<unknown>) =>
    Effect.uninterruptible(Effect.andThen(put(letters), written)).pipe(
      Effect.tapError(trouble(self)),
      Effect.retry(retry),
      Effect.orDie,
      Effect.andThen(self.ready),
    )

  /** When there will be no later. */
  const writeNow = (letters: ReadonlyArray<LetterDraft>) =>
    put(letters).pipe(Effect.retry(lastTries), Effect.catch(giveUp(letters)))

  const open = Effect.fnUntraced(function* (self: Self) {
    const from = yield* Mailbox.make<LetterDraft>({
      name: "letters",
      capacity,
      policy: "drop_newest",
      sizeOf,
      onDrop: () => lose("overflow", 1),
    })
    mailbox = from
    yield* self.owns(from)
    // Shows at once whether letters can be kept here.
    yield* look.pipe(Effect.andThen(self.ready), Effect.catch(trouble(self)))
    return from
  })

  const run = (self: Self): Effect.Effect<void> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const from = yield* open(self)
        let inHand: ReadonlyArray<LetterDraft> = []
        // An interruption may come after the disk has them: then they are not written again.
        const written = Effect.sync(() => (inHand = []))
        for (;;) {
          const taken = yield* Effect.exit(restore(from.takeAll))
          if (Exit.isFailure(taken)) break
          inHand = taken.value
          const outcome = yield* Effect.exit(restore(write(self, inHand, written)))
          if (Exit.isSuccess(outcome)) continue
          if (!Cause.hasInterrupts(outcome.cause)) return yield* outcome
          break
        }
        // Asked to stop: nothing new, and what is there is written.
        yield* from.end
        const rest = yield* Effect.option(from.takeAll)
        const left = Option.isSome(rest) ? [...inHand, ...rest.value] : inHand
        if (left.length > 0) yield* writeNow(left)
      }),
    )

  const quarantine: Quarantine = {
    add: (letter) => {
      const taken = mailbox?.offerUnsafe({ ...letter, bytes: Buffer.from(letter.bytes) })
      if (taken !== "taken") lose("stopped", 1)
    },
    put: (letters) => Effect.uninterruptible(put(letters)),
    run,
  }
  return quarantine
})
