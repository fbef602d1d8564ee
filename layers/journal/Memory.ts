import { Clock, Context, Effect, Exit, Layer, Random, Scheduler, type Scope } from "effect"
import { Journal } from "../../services/Journal.ts"
import { JournalCheckpoints } from "../../services/JournalCheckpoints.ts"
import { closed, MemoryJournal, type MemoryJournalOptions } from "./memory/MemoryJournal.ts"

export type { MemoryJournalOptions } from "./memory/MemoryJournal.ts"

/**
 * The journal without a disk: what sinks have not delivered stays in memory, at most `capacityBytes` of it, then
 * `append` waits. Accepted means appended. Without a cursor nothing is kept. What is in it ends with the process.
 */
export const make = (options: MemoryJournalOptions): Effect.Effect<Journal["Service"], never, Scope.Scope> =>
  Effect.map(open(options), serviceOf)

const open = Effect.fnUntraced(function* (options: MemoryJournalOptions) {
  const scheduler = yield* Scheduler.Scheduler
  const millis = yield* Clock.currentTimeMillis
  const random = yield* Random.nextInt
  const id = `memory-${millis.toString(36)}-${(random >>> 0).toString(36)}`
  const journal = new MemoryJournal(id, options, scheduler.makeDispatcher())
  yield* Effect.addFinalizer(() => Effect.sync(() => journal.close()))
  return journal
})

const serviceOf = (journal: MemoryJournal): Journal["Service"] =>
  Journal.of({
    identity: { id: journal.id, durable: false },
    append: (envelopes, onAccepted) => journal.append(envelopes, onAccepted),
    // What does not fit would be lost a moment later.
    admitAll: Effect.void,
    // Accepted is appended: there is nothing to wait for.
    sync: Effect.suspend(() => (journal.isClosed ? Effect.fail(closed) : Exit.void)),
    reader: (name, from) => journal.reader(name, from),
    forget: (name) => Effect.sync(() => journal.forget(name)),
    status: Effect.sync(() => journal.status()),
  })

/** No checkpoint outlives the process; who follows is told of everything accepted all the same. */
const checkpointsOf = (journal: MemoryJournal): JournalCheckpoints["Service"] =>
  JournalCheckpoints.of({
    lastCheckpoint: undefined,
    review: () => Effect.void,
    follow: (from, follower) => Effect.sync(() => journal.follow(from, follower)),
  })

export const layer = (options: MemoryJournalOptions): Layer.Layer<Journal | JournalCheckpoints> =>
  Layer.effectContext(
    Effect.map(open(options), (journal) =>
      Context.make(Journal, serviceOf(journal)).pipe(Context.add(JournalCheckpoints, checkpointsOf(journal))),
    ),
  )
