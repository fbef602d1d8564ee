import { type Cause, Context, Effect, Layer, Stream } from "effect"
import { Journal } from "../../services/Journal.ts"
import { matches, Tap, type TapBatch, type TapFilter } from "../../services/Tap.ts"
import type { Envelope } from "../domain/Envelope.ts"
import { kept } from "../domain/WrittenRecord.ts"
import * as Mailbox from "../runtime/Mailbox.ts"

/** What one listener may keep waiting. */
const capacity = { items: 256, bytes: 4 * 1024 * 1024 }

interface Listener {
  readonly filter: TapFilter
  readonly mailbox: Mailbox.Mailbox<ReadonlyArray<Envelope>>
  /** Dropped since its last batch. */
  dropped: number
}

const sizeOf = (envelopes: ReadonlyArray<Envelope>): number =>
  envelopes.reduce((sum, envelope) => sum + envelope.end - envelope.start, 0)

/** The journal with a window in its side: what it has accepted, listeners see too. Nobody listening costs nothing. */
export const layer: Layer.Layer<Journal | Tap, never, Journal> = Layer.effectContext(
  Effect.gen(function* () {
    const journal = yield* Journal
    const listeners = new Set<Listener>()

    const show = (envelopes: ReadonlyArray<Envelope>) => {
      for (const { filter, mailbox } of listeners) {
        const wanted = envelopes.filter((envelope) => matches(filter, envelope))
        if (wanted.length > 0) mailbox.offerUnsafe(kept(wanted))
      }
    }

    const open = Effect.fnUntraced(function* (filter: TapFilter) {
      const mailbox = yield* Mailbox.make<ReadonlyArray<Envelope>>({
        name: "tap",
        capacity,
        policy: "drop_oldest",
        sizeOf,
        onDrop: (envelopes) => {
          listener.dropped += envelopes.length
        },
      })
      const listener: Listener = { filter, mailbox, dropped: 0 }
      listeners.add(listener)
      return listener
    })

    const next = (listener: Listener): Effect.Effect<TapBatch, Cause.Done> =>
      Effect.map(listener.mailbox.takeAll, (batches) => {
        const { dropped } = listener
        listener.dropped = 0
        return { envelopes: batches.flat(), dropped }
      })

    const tapped = Journal.of({
      ...journal,
      append: (envelopes, onAccepted) =>
        listeners.size === 0
          ? journal.append(envelopes, onAccepted)
          : journal.append(envelopes, (accepted) => {
              onAccepted?.(accepted)
              show(accepted)
            }),
    })
    const tap = Tap.of({
      listen: (filter) =>
        Stream.unwrap(
          Effect.map(
            Effect.acquireRelease(open(filter), (listener) => Effect.sync(() => listeners.delete(listener))),
            (listener) => Stream.fromEffectRepeat(next(listener)),
          ),
        ),
    })
    return Context.make(Journal, tapped).pipe(Context.add(Tap, tap))
  }),
)
