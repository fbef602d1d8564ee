import { Effect, Semaphore } from "effect"
import type {
  RefusedSubscription,
  SubscriptionAnswer,
  SubscriptionRequest,
} from "../../../services/Collection.ts"
import { isPattern } from "../../domain/InstrumentPattern.ts"
import type { Stream } from "../../domain/Stream.ts"
import { pollRoute, type Venue } from "../../exchanges/Venue.ts"
import type { Pool } from "../connections/Pool.ts"
import { type Departures, makeDepartures } from "../instruments/Departures.ts"
import type { Known } from "../instruments/Meaning.ts"
import type { Resolved, Want } from "../instruments/Wants.ts"
import { makeWantTable } from "../instruments/WantTable.ts"
import type { Polls } from "../Polls.ts"
import type { Origin, StreamEntry } from "../StreamTable.ts"

type Answers = Effect.Effect<ReadonlyArray<SubscriptionAnswer>>

export interface SubscriptionsOptions {
  readonly venue: Venue
  readonly table: Map<Stream, StreamEntry>
  readonly pool: Pool
  /** Of streams that no connection carries. */
  readonly polls: Pick<Polls, "changed">
  /** The entry of a stream that is new in the table. */
  readonly enter: (stream: Stream, origin: Origin) => StreamEntry
  /** Settles what a removed stream still held. */
  readonly onRemoved: (entry: StreamEntry) => Effect.Effect<void>
}

/** What became of the streams when the list of instruments changed. */
export interface Changed {
  readonly begun: ReadonlyArray<Stream>
  readonly ended: ReadonlyArray<Stream>
  /** What is refused now and was not, or for another reason. */
  readonly refused: ReadonlyArray<RefusedSubscription>
}

/** What somebody wants of a venue, and the streams that it comes to. */
export interface Subscriptions {
  /** Who asks for a task has streams, each until it is released: what a pattern selects later is nobody's. */
  readonly subscribe: (request: SubscriptionRequest, origin: Origin) => Answers
  readonly unsubscribe: (request: SubscriptionRequest) => Answers
  /** Tasks need it no more. */
  readonly release: (request: SubscriptionRequest) => Effect.Effect<void>
  /** Brings the streams in line with a list of instruments: what it has begins, what it has no more ends. */
  readonly align: (known: Known) => Effect.Effect<Changed>
  /** What is wanted and not collected. */
  readonly refused: () => ReadonlyArray<RefusedSubscription>
  /** Streams of instruments that are gone. */
  readonly departures: Pick<Departures, "size" | "sweep">
}

const refusalOf = ({ dataType, isWaiting, reason, symbol }: Resolved): RefusedSubscription => ({
  symbol,
  dataType,
  reason,
  waiting: isWaiting,
})

export const makeSubscriptions = (options: SubscriptionsOptions): Subscriptions => {
  const { venue, table, pool, polls, enter, onRemoved } = options
  const turn = Semaphore.makeUnsafe(1)
  const departures = makeDepartures({
    venue,
    isWanted: (stream) => table.has(stream),
    isCarried: pool.carries,
  })
  const wanted = makeWantTable({ venue, table, onMisread: departures.add })

  const answerOf = (
    want: Want,
    resolved: Resolved,
    result: SubscriptionAnswer["result"],
    reason?: string,
  ): SubscriptionAnswer => ({
    venue: venue.name,
    symbol: resolved.stream?.instrument.symbol ?? resolved.symbol,
    dataType: resolved.dataType,
    result,
    ...(reason === undefined ? {} : { reason }),
    ...(isPattern(want.symbol) && want.origin !== "task" ? { pattern: want.symbol } : {}),
  })

  /** Places a stream; why it does not fit. */
  const place = Effect.fnUntraced(function* (stream: Stream, origin: Origin) {
    const entry = enter(stream, origin)
    table.set(stream, entry)
    const isPolled = stream.route === pollRoute
    if (isPolled) polls.changed()
    const refusal = origin === "replay" || isPolled ? undefined : yield* pool.add(entry)
    if (refusal !== undefined) table.delete(stream)
    return refusal?.refused
  })

  const remove = Effect.fnUntraced(function* (stream: Stream) {
    const entry = table.get(stream)
    if (entry === undefined) return
    yield* pool.remove(stream)
    table.delete(stream)
    polls.changed()
    yield* onRemoved(entry)
  })

  /** Ends a stream that nobody wants any more; one that somebody wants still is theirs from now on. */
  const end = Effect.fnUntraced(function* (stream: Stream) {
    const entry = table.get(stream)
    const heir = wanted.wanting(stream)
    if (heir === undefined) return yield* remove(stream)
    if (entry !== undefined) entry.origin = heir.origin
  })

  /** One that is there already: of a task's alone it becomes who asks now's too. */
  const join = (stream: Stream, origin: Origin): "added" | "already" => {
    const entry = table.get(stream)!
    if (entry.origin !== "task" || origin === "task") return "already"
    entry.origin = origin
    return "added"
  }

  const takeAll = Effect.fnUntraced(function* (want: Want, meant: ReadonlyArray<Resolved>) {
    const answers: Array<SubscriptionAnswer> = []
    const left: Array<RefusedSubscription> = []
    for (const resolved of meant) {
      const { isWaiting, reason, stream } = resolved
      if (stream === undefined) {
        left.push(refusalOf(resolved))
        answers.push(answerOf(want, resolved, isWaiting ? "added" : "refused", reason))
      } else if (table.has(stream)) answers.push(answerOf(want, resolved, join(stream, want.origin)))
      else {
        const full = yield* place(stream, want.origin)
        if (full !== undefined) left.push({ ...refusalOf(resolved), reason: full })
        answers.push(answerOf(want, resolved, full === undefined ? "added" : "refused", full))
      }
    }
    // What the configuration names may become good; who asks at run time has his answer.
    if (want.origin === "config" || answers.some(({ result }) => result !== "refused")) wanted.add(want, left)
    return answers
  })

  const take = Effect.fnUntraced(function* (want: Want) {
    const meant = wanted.resolve(want)
    if (want.origin === "task") {
      const answers: Array<SubscriptionAnswer> = []
      for (const each of meant) {
        const symbol = each.stream?.instrument.symbol ?? each.symbol
        answers.push(...(yield* takeAll({ ...want, symbol }, [each])))
      }
      return answers
    }
    const alone = isPattern(want.symbol) ? undefined : meant[0]?.stream
    if (alone !== undefined) wanted.include(alone)
    return yield* takeAll(want, meant)
  })

  const leavePattern = Effect.fnUntraced(function* (want: Want) {
    const answers: Array<SubscriptionAnswer> = []
    const isWanted = wanted.has(want)
    const meant = wanted.resolve(want)
    wanted.drop(want)
    for (const resolved of meant) {
      const { stream } = resolved
      if (stream === undefined || !table.has(stream)) continue
      if (!isWanted) wanted.exclude(stream)
      yield* end(stream)
      if (table.has(stream) && table.get(stream)!.origin !== "task") continue
      const { pattern, ...alone } = answerOf(want, resolved, "removed")
      answers.push(isWanted && pattern !== undefined ? { ...alone, pattern } : alone)
    }
    if (answers.length > 0) return answers
    const none = { ...meant[0]!, stream: undefined, symbol: want.symbol }
    if (isWanted) return [answerOf(want, none, "removed")]
    const isRefused = meant[0]?.stream === undefined && meant[0]?.isWaiting === false
    return [answerOf(want, none, isRefused ? "refused" : "absent", meant[0]?.reason || undefined)]
  })

  const leave = Effect.fnUntraced(function* (want: Want) {
    if (isPattern(want.symbol)) return yield* leavePattern(want)
    const resolved = wanted.resolve(want)[0]!
    const { reason, stream } = resolved
    if (stream === undefined)
      return [
        wanted.drop(want) ? answerOf(want, resolved, "removed") : answerOf(want, resolved, "refused", reason),
      ]
    const entry = table.get(stream)
    const isOurs = entry !== undefined && entry.origin !== "task"
    wanted.exclude(stream)
    yield* end(stream)
    return [answerOf(want, resolved, isOurs ? "removed" : "absent")]
  })

  const letGo = Effect.fnUntraced(function* (want: Want) {
    wanted.drop(want)
    const stream = wanted.resolve(want)[0]?.stream
    if (stream !== undefined) yield* end(stream)
    return []
  })

  const each = (
    { dataTypes, symbols }: SubscriptionRequest,
    origin: Origin,
    act: (want: Want) => Answers,
  ): Answers =>
    turn.withPermits(1)(
      Effect.map(
        Effect.forEach(
          symbols.flatMap((symbol) => dataTypes.map((dataType): Want => ({ symbol, dataType, origin }))),
          act,
        ),
        (answers) => answers.flat(),
      ),
    )

  const align = Effect.fnUntraced(function* (known: Known) {
    wanted.learn(known)
    const desired = new Map<Stream, Want>()
    const left = new Map<Want, Array<RefusedSubscription>>()
    for (const want of wanted.wants()) {
      const own: Array<RefusedSubscription> = []
      left.set(want, own)
      for (const resolved of wanted.resolve(want)) {
        if (resolved.stream === undefined) own.push(refusalOf(resolved))
        else if (!desired.has(resolved.stream)) desired.set(resolved.stream, want)
      }
    }
    const ended = [...table.keys()].filter((stream) => !desired.has(stream))
    for (const stream of ended) {
      yield* remove(stream)
      departures.add(stream)
    }
    const begun: Array<Stream> = []
    for (const [stream, want] of desired) {
      if (table.has(stream)) continue
      const reason = yield* place(stream, want.origin)
      const { dataType, instrument } = stream
      if (reason === undefined) begun.push(stream)
      else
        left.get(want)!.push({ symbol: instrument.symbol, dataType: dataType.word, reason, waiting: false })
    }
    const before = new Set(wanted.refused().map((refusal) => JSON.stringify(refusal)))
    wanted.refuse(left)
    return { begun, ended, refused: wanted.refused().filter((now) => !before.has(JSON.stringify(now))) }
  })

  return {
    subscribe: (request, origin) => each(request, origin, take),
    unsubscribe: (request) => each(request, "api", leave),
    release: (request) => Effect.asVoid(each(request, "task", letGo)),
    align: (next) => turn.withPermits(1)(align(next)),
    refused: wanted.refused,
    departures,
  }
}
