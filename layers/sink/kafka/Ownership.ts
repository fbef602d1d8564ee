import { Duration, Effect, type Scope } from "effect"
import { reconnect } from "../../../src/runtime/Backoff.ts"
import { type KafkaClient, KafkaError, type KafkaTransactions } from "../../../services/KafkaTransport.ts"
import { type SinkCursor, SinkError } from "../../../services/Sink.ts"
import { type Cursors, cursorsTopic, makeCursors, type StoredCursor } from "./Cursors.ts"
import { defaultTransactionTimeoutMillis, type KafkaSinkOptions } from "./KafkaSinkOptions.ts"

/** So often another process may come between the beginning and the claim before that is called an outage. */
const maxClaims = 20

/** A sink's transactional side, open. */
export interface Owned {
  readonly cursors: Cursors
  readonly transactions: KafkaTransactions
  /** The cursor that says that everything before `position` is in Kafka. */
  readonly cursorAt: (position: number) => StoredCursor
}

export interface Ownership {
  /**
   * Takes the transactional id over, which settles what any process of that id left open, and writes a cursor with its
   * own name. Gives the position to go on from.
   */
  readonly takeOver: (
    client: KafkaClient,
    cursor: SinkCursor,
  ) => Effect.Effect<number, SinkError, Scope.Scope>
  /** A producer for what was taken over. */
  readonly open: (client: KafkaClient) => Effect.Effect<Owned, SinkError, Scope.Scope>
  /** Fails when the latest cursor is another process's: from then on for good. */
  readonly confirm: (stored: StoredCursor | undefined) => Effect.Effect<void, SinkError>
}

/**
 * Who writes for a transactional id. A broker turns an older producer away when a newer one begins, but it does the
 * same to one whose transaction took too long, and says the same to both. So each process writes a cursor with its own
 * name when it begins, and one that is turned away looks there: it goes on while the name is its own, and stops for
 * good when it is another's. It also looks each time before it sends again after it has begun anew, since that turns
 * the other away in its turn.
 */
export const makeOwnership = (options: KafkaSinkOptions, owner: string): Ownership => {
  const { name } = options
  const timeoutMillis = options.transactionTimeoutMillis ?? defaultTransactionTimeoutMillis
  let claimed: { readonly id: string; readonly journal: string } | undefined
  let lost: SinkError | undefined

  const sinkError = ({ reason, detail }: KafkaError) =>
    new SinkError({ sink: name, reason: reason === "refused" ? "refused" : "unavailable", detail })

  const confirm = (stored: StoredCursor | undefined) =>
    Effect.suspend(() => {
      if (stored !== undefined && stored.owner !== owner) {
        lost ??= new SinkError({
          sink: name,
          reason: "refused",
          detail: `fenced: another process (${stored.owner}) has taken over the transactional id ${claimed?.id}, so this one (${owner}) sends nothing any more. Stop one of the two and start this one again if it is to go on; nodes that run at the same time need different names (\`system.name\`)`,
        })
      }
      return lost === undefined ? Effect.void : Effect.fail(lost)
    })

  /** Where to go on: after what Kafka has, if it says so of this journal. */
  const startOf = Effect.fnUntraced(function* (stored: StoredCursor | undefined, cursor: SinkCursor) {
    const { journal, position } = cursor
    if (stored === undefined) {
      if (claimed !== undefined)
        yield* Effect.logWarning(
          `sink ${name}: its cursor is gone from topic ${cursorsTopic}; it goes on from ${position}, and what was sent since may be there twice`,
        )
      return position
    }
    if (stored.journal !== journal.id) {
      yield* Effect.logWithLevel(journal.durable ? "Warn" : "Info")(
        `sink ${name}: its cursor in topic ${cursorsTopic} (${stored.position}) belongs to another journal, ${stored.journal}, and is not used: it goes on from ${position} of this journal, ${journal.id}`,
      )
      return position
    }
    if (stored.position < position)
      yield* Effect.logWarning(
        `sink ${name}: its cursor in topic ${cursorsTopic} (${stored.position}) is behind the journal's (${position}), as after a time without \`transactional\`: it goes on from the journal's`,
      )
    return Math.max(stored.position, position)
  })

  const takeOver = Effect.fnUntraced(function* (client: KafkaClient, cursor: SinkCursor) {
    if (lost !== undefined) return yield* lost
    const journal = cursor.journal.id
    const id = `${options.node ?? journal}.${name}`
    const cursors = makeCursors(client, id, options)
    yield* cursors.ensure
    const slow = new KafkaError({
      reason: "unavailable",
      detail: `writing a cursor to topic ${cursorsTopic} of Kafka at ${options.brokers.join(", ")}: no answer in ${2 * options.requestTimeoutMillis} ms`,
    })
    const { commit, renew, send } = yield* Effect.mapError(client.transactions(id, timeoutMillis), sinkError)
    let doubtful = false
    const claim = Effect.gen(function* () {
      if (doubtful) yield* renew
      doubtful = false
      const stored = yield* cursors.read
      if (claimed !== undefined) yield* confirm(stored)
      const position = yield* startOf(stored, cursor)
      if (stored?.owner !== owner || stored.journal !== journal || stored.position !== position) {
        doubtful = true
        yield* Effect.andThen(send([cursors.batch({ journal, position, owner })]), commit)
        doubtful = false
      }
      claimed = { id, journal }
      return position
    }).pipe(
      Effect.timeoutOrElse({
        duration: 2 * options.requestTimeoutMillis,
        orElse: () => Effect.fail(slow),
      }),
      Effect.mapError((error) => (error._tag === "KafkaError" ? sinkError(error) : error)),
    )
    return yield* Effect.retry(claim, {
      schedule: reconnect({ first: Duration.millis(50), max: Duration.seconds(1) }),
      times: maxClaims,
      while: (error) => error.reason === "unavailable",
    })
  })

  const open = Effect.fnUntraced(function* (client: KafkaClient) {
    if (claimed === undefined) return yield* Effect.die(`sink ${name} was opened before it had recovered`)
    const { id, journal } = claimed
    const cursors = makeCursors(client, id, options)
    const transactions = yield* Effect.mapError(client.transactions(id, timeoutMillis), sinkError)
    yield* confirm(yield* Effect.mapError(cursors.read, sinkError))
    return { cursors, transactions, cursorAt: (position: number) => ({ journal, position, owner }) }
  })

  return { takeOver, open, confirm }
}
