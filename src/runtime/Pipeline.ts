/**
 * Actors linked by mailboxes, batches end to end. A stage takes all that waits, handles it, and hands the results on,
 * uninterruptibly: what was taken is handled, and what was made of it arrives. Asked to stop, it first empties its
 * mailbox. It does not promise this when `handle` fails: then what was in hand is logged, by number, and the error is
 * its supervisor's.
 *
 * ```ts
 * const decoder = Pipeline.stage({ name: "decoder", from: frames, to: records, handle: (batch) => Effect.sync(() => batch.map(decode)) })
 * Supervisor.supervise(self, { strategy: "rest_for_one" }, [{ id: "decoder", run: decoder, restart: "transient" }])
 * ```
 */
import { Cause, Clock, type Duration, Effect, Exit, Latch, Schema } from "effect"
import type { Self } from "./Actor.ts"
import type { Mailbox } from "./Mailbox.ts"

export interface StageOptions<A, B, E, R> {
  readonly name: string
  readonly from: Mailbox<A>
  /** Where the results go, each as one message. */
  readonly to?: Mailbox<B>
  /** Runs uninterruptibly: what may hang needs a timeout of its own. */
  readonly handle: (batch: ReadonlyArray<A>, self: Self) => Effect.Effect<ReadonlyArray<B>, E, R>
  /** When `from` has ended and is handled, `to` ends too: `true` unless given. Not so when others feed `to` as well. */
  readonly endsDownstream?: boolean
}

/** One actor's run: until its mailbox has ended and is handled. Interrupted, it ends its mailbox and handles what is left in it. */
export interface Stage<E = never, R = never> {
  (self: Self): Effect.Effect<void, E | DownstreamEnded, R>
  readonly stageName: string
  readonly mailbox: Pick<Mailbox<never>, "name" | "stats" | "end">
  /** Messages taken and not yet handled and handed on. */
  readonly inHand: () => number
  /** It has handled all that ever comes. */
  readonly finished: Effect.Effect<void>
}

/** The mailbox below no longer takes messages: it was ended before its source. */
export class DownstreamEnded extends Schema.TaggedError<DownstreamEnded>()("DownstreamEnded", {
  stage: Schema.String,
  mailbox: Schema.String,
  /** Results that could not be handed on. */
  refused: Schema.Finite,
}) {
  override get message(): string {
    return `stage ${this.stage}: mailbox ${this.mailbox} ended before its source; ${this.refused} messages could not be handed on. End the source first, or drain the pipeline`
  }
}

export const stage = <A, B = never, E = never, R = never>(options: StageOptions<A, B, E, R>): Stage<E, R> => {
  const { name, from, to, handle } = options
  const finished = Latch.makeUnsafe(false)
  let inHand = 0

  const handOn = Effect.fnUntraced(function* (results: ReadonlyArray<B>) {
    if (to === undefined) return
    let taken = 0
    for (const result of results) {
      if (to.offerUnsafe(result) !== "taken" && !(yield* to.offer(result)))
        return yield* new DownstreamEnded({ stage: name, mailbox: to.name, refused: results.length - taken })
      taken++
    }
  })

  const work = (batch: ReadonlyArray<A>, self: Self) =>
    Effect.suspend(() => {
      inHand = batch.length
      return Effect.map(Effect.flatMap(handle(batch, self), handOn), () => {
        inHand = 0
      })
    })

  const sayWhatIsLost = (cause: Cause.Cause<unknown>) =>
    Effect.suspend(() => {
      const { items } = from.stats()
      return Effect.logError(
        `stage ${name} failed with ${inHand} messages in hand, and ${items} waiting`,
        cause,
      )
    })

  const run = (self: Self): Effect.Effect<void, E | DownstreamEnded, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        finished.closeUnsafe()
        inHand = 0
        yield* self.owns(from)
        yield* self.ready
        let stopping = false
        while (true) {
          const taken = yield* Effect.exit(stopping ? from.takeAll : restore(from.takeAll))
          if (Exit.isSuccess(taken)) {
            yield* work(taken.value, self).pipe(Effect.tapCause(sayWhatIsLost))
          } else if (!stopping && Cause.hasInterrupts(taken.cause)) {
            // Asked to stop: nothing new, and what is there is handled.
            stopping = true
            yield* from.end
          } else {
            break
          }
        }
        // A stage that is stopped may be started again above the same mailbox: only the end of its source ends that too.
        if (!stopping && to !== undefined && options.endsDownstream !== false) yield* to.end
        finished.openUnsafe()
      }),
    )

  return Object.assign(run, {
    stageName: name,
    mailbox: from,
    inHand: () => inHand,
    finished: finished.await,
  })
}

export interface DrainOptions {
  /** From the source down. */
  readonly stages: ReadonlyArray<Pick<Stage, "stageName" | "mailbox" | "inHand" | "finished">>
  /** For all of them together. */
  readonly deadline: Duration.Input
}

/** What a drain did not get through. */
export interface Left {
  readonly stage: string
  readonly mailbox: string
  /** Waiting in the mailbox. */
  readonly items: number
  readonly bytes: number
  /** Offers that wait for room. */
  readonly waitingOffers: number
  /** Taken by the stage, and not handled yet. */
  readonly inHand: number
}

export interface DrainReport {
  /** Every stage has handled all there was. */
  readonly drained: boolean
  readonly millis: number
  /** The stages that have something left. */
  readonly left: ReadonlyArray<Left>
}

/**
 * Ends the mailbox of the first stage, waits until it has handled all, then goes on to the next. At the deadline it says
 * what is left, and changes nothing more: what is left stays where it is, and its stages go on.
 */
export const drain = Effect.fn("Pipeline.drain")(function* (options: DrainOptions) {
  const began = yield* Clock.currentTimeMillis
  const inOrder = Effect.forEach(
    options.stages,
    (stage) => Effect.andThen(stage.mailbox.end, stage.finished),
    {
      discard: true,
    },
  )
  const done = yield* Effect.timeoutOption(inOrder, options.deadline)
  const report: DrainReport = {
    drained: done._tag === "Some",
    millis: (yield* Clock.currentTimeMillis) - began,
    left: options.stages.flatMap((stage) => {
      const { name, items, bytes, waitingOffers } = stage.mailbox.stats()
      const inHand = stage.inHand()
      const nothing = items + waitingOffers + inHand === 0
      return nothing ? [] : [{ stage: stage.stageName, mailbox: name, items, bytes, waitingOffers, inHand }]
    }),
  }
  return report
})
