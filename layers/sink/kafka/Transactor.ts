import { Duration, Effect } from "effect"
import { reconnect } from "../../../src/runtime/Backoff.ts"
import { type KafkaBatch, KafkaError } from "../../../services/KafkaTransport.ts"
import { SinkError } from "../../../services/Sink.ts"
import * as Backoff from "../../../src/runtime/Backoff.ts"
import { type Chunk, parts } from "./Chunk.ts"
import type { DeliveryCounts } from "./Delivery.ts"
import type { Owned, Ownership } from "./Ownership.ts"

/** A record that is too large all by itself is sent so often: the topic's limit may have been raised meanwhile. */
const loneAttempts = 3
/** A topic that was just made is not known to every broker at once. */
const maxUnknownTopic = 15

export interface Transactor {
  /**
   * Completes when one transaction with all of these and the cursor at `position` is committed; records that Kafka
   * will not take are left out and given to their chunks, which have kept them. Goes on as long as it takes.
   */
  readonly deliver: (chunks: ReadonlyArray<Chunk>, position: number) => Effect.Effect<void, SinkError>
  /** Why nothing gets through at the moment. */
  readonly trouble: () => string | undefined
}

export interface TransactorOptions {
  readonly sink: string
  readonly owned: Owned
  readonly confirm: Ownership["confirm"]
  readonly sendTimeoutMillis: number
  readonly counts: DeliveryCounts
}

/** What one request of a transaction carries. */
interface Piece {
  readonly chunk: Chunk
  readonly batches: ReadonlyArray<KafkaBatch>
  attempts: number
}

const reading = "reading the sink's cursor"

const backoff = reconnect({ first: Duration.millis(50), max: Duration.seconds(1) })

/**
 * Brings transactions through. Whatever goes wrong in one, the way back is the same: begin anew, which ends it one way
 * or the other, read in the cursor's topic whether it was committed, and if not, send all of it again.
 */
export const makeTransactor = (options: TransactorOptions): Transactor => {
  const { sink, counts, confirm, sendTimeoutMillis } = options
  const { cursors, transactions, cursorAt } = options.owned
  let busy = false
  let trouble: string | undefined

  const failure = ({ reason, detail }: KafkaError) =>
    new SinkError({ sink, reason: reason === "refused" ? "refused" : "unavailable", detail })
  const note = (error: KafkaError) => Effect.sync(() => void (trouble = error.detail))

  /** One try; `at` tells how far it came. */
  const attempt = Effect.fnUntraced(function* (
    pieces: ReadonlyArray<Piece>,
    position: number,
    at: { piece: number },
  ) {
    const cursor = cursors.batch(cursorAt(position))
    for (at.piece = 0; at.piece < pieces.length; at.piece++) {
      const { batches } = pieces[at.piece]!
      counts.sends++
      yield* transactions.send(at.piece === pieces.length - 1 ? [...batches, cursor] : batches)
    }
    if (pieces.length === 0) yield* transactions.send([cursor])
    yield* transactions.commit
  })

  /** A client's promise may never come back: each has its time, and then it is another's turn. */
  const bounded = <A>(what: string, all: Effect.Effect<A, KafkaError>) =>
    Effect.timeoutOrElse(all, {
      duration: sendTimeoutMillis,
      orElse: () => {
        const why = transactions.obstacle()
        const detail = `${what} got no answer in ${sendTimeoutMillis} ms${why === undefined ? "" : `: ${why}`}`
        return Effect.fail(new KafkaError({ reason: "unavailable", detail }))
      },
    })

  /** However long it takes, but for what needs a person, or another opening: a topic that is gone is made then. */
  const insist = <A>(what: string, effect: Effect.Effect<A, KafkaError>): Effect.Effect<A, SinkError> =>
    bounded(what, effect).pipe(
      Effect.tapError(note),
      Effect.retry({
        schedule: backoff,
        while: ({ reason }) => reason !== "refused" && reason !== "unknown_topic",
      }),
      Effect.mapError(failure),
    )

  /** Ends what was under way. Whether it was committed. */
  const settled = Effect.fnUntraced(function* (error: KafkaError, position: number) {
    // Turned away: by another process, perhaps, and then beginning anew would only disturb it.
    if (error.reason === "identity_lost") yield* confirm(yield* insist(reading, cursors.read))
    counts.replacements++
    yield* insist("beginning transactions anew", transactions.renew)
    const stored = yield* insist(reading, cursors.read)
    yield* confirm(stored)
    const committed = stored !== undefined && stored.position >= position
    yield* Effect.logWarning(
      `sink ${sink}: Kafka transaction begun anew (${error.detail}); the one before was ${committed ? "committed" : "not, and is sent again"}`,
    )
    return committed
  })

  /** What is to be sent instead, once a piece was too large. */
  const divided = (pieces: ReadonlyArray<Piece>, index: number, error: KafkaError): ReadonlyArray<Piece> => {
    const piece = pieces[index]
    if (piece === undefined) return pieces
    const smaller = parts(piece.batches)
    if (smaller !== undefined) {
      const instead = smaller.map((batches): Piece => ({ chunk: piece.chunk, batches, attempts: 0 }))
      return [...pieces.slice(0, index), ...instead, ...pieces.slice(index + 1)]
    }
    piece.attempts++
    if (piece.attempts < loneAttempts) return pieces
    for (const { topic, records } of piece.batches)
      for (const record of records)
        piece.chunk.refuse({
          record,
          reason: "too_large",
          detail: `${record.value.length} bytes for topic ${topic}: ${error.detail}`,
          attempts: piece.attempts,
        })
    return [...pieces.slice(0, index), ...pieces.slice(index + 1)]
  }

  const deliver = Effect.fnUntraced(function* (chunks: ReadonlyArray<Chunk>, position: number) {
    const waits = yield* Backoff.waits(backoff)
    let pieces: ReadonlyArray<Piece> = chunks.map((chunk) => ({ chunk, batches: chunk.batches, attempts: 0 }))
    let unknown = 0
    for (let tries = 0; ; tries++) {
      busy = true
      const at = { piece: 0 }
      // The commit moves the cursor past what was refused: that must be kept before.
      for (const chunk of chunks) yield* chunk.keepRefused
      const outcome = yield* Effect.result(bounded("a transaction", attempt(pieces, position, at)))
      if (outcome._tag === "Success") break
      const error = outcome.failure
      trouble = error.detail
      if (error.reason === "unknown_topic") unknown++
      if (error.reason === "refused" || unknown > maxUnknownTopic) return yield* failure(error)
      if (yield* settled(error, position)) break
      if (error.reason === "too_large") pieces = divided(pieces, at.piece, error)
      else yield* Effect.sleep(yield* waits(0))
    }
    counts.commits++
    trouble = undefined
  })

  return {
    deliver: (chunks, position) =>
      Effect.ensuring(
        deliver(chunks, position),
        Effect.sync(() => void (busy = false)),
      ),
    trouble: () => trouble ?? (busy ? transactions.obstacle() : undefined),
  }
}
