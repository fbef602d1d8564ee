import { Clock, Duration, Effect, Fiber, Latch, type Scope } from "effect"
import type { SinkAccount } from "../../../services/Collection.ts"
import { Journal, type JournalError, type JournalReader, type Position } from "../../../services/Journal.ts"
import { Metrics } from "../../../services/Metrics.ts"
import type { LetterDraft } from "../../../services/DeadLetters.ts"
import { type Sink, SinkError } from "../../../services/Sink.ts"
import { payloadOf } from "../../domain/Envelope.ts"
import type { Self } from "../../runtime/Actor.ts"
import * as Backoff from "../../runtime/Backoff.ts"
import type { MailboxStats } from "../../runtime/Mailbox.ts"
import * as RateLimitedLog from "../../runtime/RateLimitedLog.ts"
import { ample } from "../MemoryBudget.ts"
import type { Quarantine } from "../Quarantine.ts"
import { Progress } from "./Progress.ts"
import { SinkLedger } from "./SinkLedger.ts"
import { makeSession, type Refused } from "./SinkSession.ts"

export interface SinkDriverOptions {
  /** Where a cursor begins that the journal does not know; `latest` unless given. */
  readonly from?: "earliest" | "latest"
  /** How long a stop waits until everything accepted is delivered; 10 seconds unless given. */
  readonly drainDeadline?: Duration.Input
  /** Between attempts to open a sink that fails: 1 second doubling to 30 seconds, jittered, unless given. */
  readonly backoff?: Backoff.BackoffOptions
  /** Batches and payload bytes that the sink may have taken and not delivered; 4096 and 32 MiB unless given. */
  readonly outstanding?: { readonly items?: number; readonly bytes: number }
  /** Where records go that the sink refuses one by one; without one they are only said and counted. */
  readonly quarantine?: Pick<Quarantine, "put">
}

export const defaultDrainDeadline = Duration.seconds(10)

/** The actor of one sink. */
export interface SinkDriver {
  readonly sink: Sink
  /**
   * Keeps a writer open and feeds it from the cursor. What a peer or a disk does to it makes it `degraded`, and it
   * tries again for ever. Interrupted, it first delivers what was accepted until then, within the drain deadline, and
   * says how much it had to leave.
   */
  readonly run: (self: Self) => Effect.Effect<never, JournalError, Scope.Scope>
  readonly account: Effect.Effect<SinkAccount>
  /** Completes when everything before `position` is done with. */
  readonly reached: (position: Position) => Effect.Effect<void>
}

/** Payload bytes in one batch, where the sink may hold several. */
const maxBatchBytes = 4 * 1024 * 1024
const maxOutstandingItems = 4096
const defaultBackoff: Backoff.BackoffOptions = { first: "1 second", max: "30 seconds" }

/** With deliveries under way and none completed for so long, something is said. */
const stallMillis = 30_000

/** How often a writer is asked whether anything gets through. */
const troubleMillis = 1_000

/** A stop does not wait for a long delay between attempts. */
const stoppingMillis = 200

/**
 * Reader, batcher and producer are one actor: what one of them has taken and another not delivered must be read again
 * from the cursor, so none of them can be restarted alone.
 */
export const makeSinkDriver = Effect.fnUntraced(function* (
  sink: Sink,
  options: SinkDriverOptions = {},
): Effect.fn.Return<SinkDriver, never, Journal | Metrics> {
  const { items = maxOutstandingItems, bytes } = options.outstanding ?? { bytes: ample.sink }
  const journal = yield* Journal
  const metrics = (yield* Metrics).sink(sink.name)
  const ledger = new SinkLedger(sink.name, sink.type)
  const progress = new Progress(ledger)
  const log = RateLimitedLog.make()
  const stopping = Latch.makeUnsafe(false)
  const freshWaits = Backoff.waits(Backoff.reconnect(options.backoff ?? defaultBackoff))
  let waits = yield* freshWaits
  let begun = false

  const begin = Effect.fnUntraced(function* (reader: JournalReader) {
    if (begun) return
    begun = true
    const { cursors } = yield* journal.status
    const cursor = cursors.find((each) => each.name === sink.name)
    ledger.begin(cursor?.began ?? reader.start, reader.start)
  })

  /** It works: what was said before no longer holds, and the next failure begins with a short delay. */
  const works = Effect.fnUntraced(function* (self: Self) {
    if (ledger.lastError !== undefined) {
      yield* Effect.logInfo(`sink ${sink.name} delivers again`)
      waits = yield* freshWaits
    }
    ledger.lastError = undefined
    ledger.state = "open"
    yield* self.ready
  })

  const trouble = Effect.fnUntraced(function* (self: Self, refused: boolean, message: string) {
    ledger.lastError = message
    ledger.state = "unavailable"
    const { accepted } = yield* journal.status
    yield* log.log(refused ? "Error" : "Warn", refused ? "refused" : "unavailable", () => [
      message,
      { sink: sink.name, waiting: accepted - ledger.position },
    ])
    yield* self.degraded(message)
  })

  /** Where the next writer goes on. A sink that claims to hold more than there ever was is not believed: twice is better than never. */
  const recover = Effect.fnUntraced(function* (position: Position) {
    if (sink.recover === undefined) return position
    const from = yield* sink.recover({ journal: journal.identity, position })
    const { accepted } = yield* journal.status
    if (from <= accepted) return from
    yield* Effect.logError(
      `sink ${sink.name} says that it holds ${from} records, but the journal has only ${accepted}: it is damaged or was put back. Records from ${position} on are sent again`,
    )
    return position
  })

  const letterOf = ({ envelope, ...refused }: Refused): LetterDraft => ({
    ...refused,
    stage: "sink",
    venue: envelope.stream.venue,
    sink: sink.name,
    stream: envelope.stream.key,
    receivedAt: envelope.receivedAt,
    bytes: payloadOf(envelope),
  })

  /** A record that cannot be kept is not given up: the sink gets it again, until there is room for it. */
  const putAside = Effect.fnUntraced(function* (refused: ReadonlyArray<Refused>) {
    const [first] = refused
    if (first === undefined) return
    yield* log.log("Error", "refused-records", () => [
      `sink ${sink.name} will never take ${refused.length} records, the first is ${first.envelope.stream.key} at ${first.position} (${first.reason}): ${first.detail}`,
      { sink: sink.name, reason: first.reason },
    ])
    yield* (options.quarantine?.put(refused.map(letterOf)) ?? Effect.void).pipe(
      Effect.mapError(
        (error) => new SinkError({ sink: sink.name, reason: "unavailable", detail: error.message }),
      ),
    )
  })

  const watch = Effect.fnUntraced(function* (self: Self, outstanding: () => MailboxStats) {
    const before = ledger.position
    yield* Effect.sleep(stallMillis)
    const { items } = outstanding()
    if (items === 0 || ledger.position !== before || ledger.lastError !== undefined) return
    const message = `sink ${sink.name}: no delivery has completed for ${stallMillis / 1000} seconds; ${items} batches wait for it`
    yield* trouble(self, false, message)
  })

  /** A writer that sits an outage out by itself does not fail: it is asked. That it works again, a delivery shows. */
  const heed = Effect.fnUntraced(function* (self: Self, obstacle: () => string | undefined) {
    let told: string | undefined
    for (;;) {
      yield* Effect.sleep(troubleMillis)
      const said = obstacle()
      if (said !== undefined) {
        told = `sink ${sink.name}: ${said}`
        if (ledger.lastError !== told) yield* trouble(self, false, told)
      } else if (told !== undefined && ledger.lastError === told) {
        const { accepted } = yield* journal.status
        if (ledger.position === accepted) yield* works(self)
      }
    }
  })

  const attempt = Effect.fnUntraced(function* (
    self: Self,
    reader: JournalReader,
    cursor: { position: Position },
  ) {
    const from = yield* recover(cursor.position)
    yield* reader.seek(from)
    ledger.holds(from)
    progress.made()
    const writer = yield* sink.open
    const obstacle = () => writer.trouble?.()
    const session = yield* makeSession({
      sink,
      reader,
      cursor,
      writer,
      metrics,
      outstanding: { items, bytes },
      maxBatchBytes: Math.min(maxBatchBytes, bytes),
      putAside,
      onDelivered: (batch, undelivered) =>
        Effect.suspend(() => {
          const damaged = ledger.settle(batch, undelivered)
          if (damaged > 0) metrics.dropped("damaged").add(damaged)
          progress.made()
          return ledger.lastError === undefined || obstacle() !== undefined ? Effect.void : works(self)
        }),
    })
    yield* self.owns(session.outstanding)
    // With something to deliver, only a delivery shows that it works again.
    const { accepted } = yield* journal.status
    if (ledger.lastError === undefined || ledger.position === accepted) yield* works(self)
    yield* Effect.forkScoped(Effect.forever(watch(self, session.outstanding.stats)))
    if (writer.trouble !== undefined) yield* Effect.forkScoped(heed(self, obstacle))
    return yield* session.run
  }, Effect.scoped)

  const failed = Effect.fnUntraced(function* (self: Self, error: SinkError | JournalError) {
    if (error._tag === "SinkError") metrics.errors(error.reason).add(1)
    yield* trouble(self, error.reason === "refused", error.message)
    const wait = yield* waits(yield* Clock.currentTimeMillis)
    const soon = Effect.andThen(stopping.await, Effect.sleep(stoppingMillis))
    yield* Effect.timeoutOption(soon, wait)
    metrics.retries.add(1)
  })

  const attempts = (self: Self, reader: JournalReader) => {
    const cursor = { position: reader.start }
    return attempt(self, reader, cursor).pipe(
      Effect.catchTag("SinkError", (error) => failed(self, error)),
      Effect.catchIf(
        (error) => error.reason !== "closed",
        (error) => failed(self, error),
      ),
      Effect.forever,
    )
  }

  /** Lets the sink deliver what was accepted until now, and says what it could not. */
  const drain = Effect.fnUntraced(function* () {
    stopping.openUnsafe()
    const deadline = options.drainDeadline ?? defaultDrainDeadline
    const delivered = Effect.gen(function* () {
      // What was appended last counts as well; where it cannot be synced now, it is the next start's.
      yield* Effect.ignore(journal.sync)
      yield* progress.reached((yield* journal.status).accepted)
    })
    yield* Effect.timeoutOption(Effect.interruptible(delivered), deadline)
    const left = (yield* journal.status).accepted - ledger.position
    if (left === 0) return
    const fate = journal.identity.durable
      ? "they stay in the journal and are sent at the next start"
      : "they are lost with this process, whose journal is in memory"
    yield* Effect.logWarning(
      `sink ${sink.name}: ${left} records were not delivered within ${Duration.format(Duration.fromInputUnsafe(deadline))}; ${fate}`,
    )
  })

  return {
    sink,
    run: Effect.fnUntraced(function* (self) {
      const reader = yield* journal.reader(sink.name, options.from ?? "latest")
      yield* begin(reader)
      const work = yield* Effect.forkChild(attempts(self, reader))
      return yield* Effect.onInterrupt(Fiber.join(work), () => Effect.andThen(drain(), Fiber.interrupt(work)))
    }),
    account: Effect.map(journal.status, ({ accepted }) => ledger.account(accepted)),
    reached: (position) => progress.reached(position),
  }
})
