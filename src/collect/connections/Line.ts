import { Clock, Effect, Latch, Option } from "effect"
import { ConnectionError, type Socket } from "../../../services/Connector.ts"
import type { VenueMetrics } from "../../../services/Metrics.ts"
import type { Control } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Venue, VenueLimits } from "../../exchanges/Venue.ts"
import { type Budget, makeBudget } from "../Budget.ts"
import { acknowledge, type StreamEntry } from "../StreamTable.ts"
import { makeAnswers, type Verdict } from "./Answers.ts"
import { nextMessage } from "./NextMessage.ts"
import { share } from "./Shared.ts"

/** The venue's limit of messages, and of those that subscribe. */
const messageBudget = Effect.fnUntraced(function* ({ messages, subscribeMessages }: VenueLimits) {
  const all = yield* makeBudget(messages)
  if (subscribeMessages === undefined) return all
  const subscribing = yield* makeBudget(subscribeMessages)
  const take = (weight: number) => Effect.andThen(subscribing.take(weight), all.take(weight))
  return { ...all, take } satisfies Budget
})

export interface LineOptions {
  readonly venue: Venue
  readonly connection: string
  readonly metrics: VenueMetrics
  /** Frames wait to be decoded, and an answer may be among them. */
  readonly behind: () => boolean
  readonly answerTimeout: number
  readonly desired: ReadonlyMap<Stream, StreamEntry>
  readonly socket: Socket
  readonly url: string
  /** Each time that all is in line. */
  readonly onSettled: Effect.Effect<void>
  /** Messages of a connection are counted over all its sockets: an old answer is none to a new question. */
  readonly nextId: () => number
  /** Whether another socket of the connection carries it: what happens here says nothing of the stream then. */
  readonly isHeldElsewhere: (stream: Stream) => boolean
}

/** The subscriptions of one socket. */
export interface Line {
  /** What the venue has acknowledged here, and when: clock milliseconds. */
  readonly acknowledged: ReadonlyMap<Stream, number>
  /** Whether everything that is desired was asked for and answered. */
  readonly settled: () => boolean
  readonly onControl: (control: Control) => void
  /** Keeps what is subscribed in line with what is desired until the socket fails. */
  readonly run: Effect.Effect<never, ConnectionError>
}

/** What others change of a line. */
export interface LineState {
  readonly subscribed: Map<Stream, number>
  /** Of what is subscribed, what is to be unsubscribed first. */
  readonly renewed: Set<Stream>
  /** Snapshots to be asked for. */
  readonly asked: Set<Stream>
  readonly work: Latch.Latch
  settled: boolean
}

/**
 * Brings what one socket is subscribed to in line with what it should carry: in messages of many streams, within the
 * venue's message rate, each matched to its answer. A message that the venue refuses is halved until the stream that
 * it does not like stands alone and is named.
 */
export const makeLine = (options: LineOptions): { readonly line: Line; readonly state: LineState } => {
  const { venue, connection, metrics, desired, socket, url } = options
  const subscribed = new Map<Stream, number>()
  const refused = new Set<Stream>()
  const renewed = new Set<Stream>()
  const asked = new Set<Stream>()
  const answers = makeAnswers()
  const work = Latch.makeUnsafe(true)
  const state: LineState = { subscribed, renewed, asked, work, settled: false }

  const exchange = Effect.fnUntraced(
    function* (kind: "subscribe" | "unsubscribe", messages: Budget, streams: ReadonlyArray<Stream>) {
      const id = options.nextId()
      yield* messages.take(1)
      const waiting = answers.expect(kind, streams, id)
      const heard = Effect.timeoutOption(waiting.verdict, options.answerTimeout)
      const verdict = yield* Effect.gen(function* () {
        yield* socket.send(venue[kind](streams, id))
        let said = yield* heard
        // What we have not read is not the venue's silence.
        while (Option.isNone(said) && (socket.stats().paused || options.behind())) said = yield* heard
        return Option.isSome(said) ? said.value : waiting.sofar()
      }).pipe(Effect.ensuring(Effect.sync(waiting.forget)))
      if (verdict === undefined) {
        const detail = `no answer to ${kind} message ${id} (${streams.length} streams) within ${options.answerTimeout / 1000} s`
        return yield* new ConnectionError({ reason: "closed", url, detail })
      }
      return verdict
    },
    (sending, kind, _messages, streams) =>
      Effect.withSpan(sending, `Connection.${kind}`, {
        attributes: { venue: venue.name, connection, streams: streams.length },
      }),
  )

  const add = Effect.fnUntraced(function* (
    messages: Budget,
    streams: ReadonlyArray<Stream>,
  ): Effect.fn.Return<void, ConnectionError> {
    const verdict = yield* exchange("subscribe", messages, streams)
    const now = yield* Clock.currentTimeMillis
    if (verdict.accepted.length > 0) metrics.subscribeAcks.add(1)
    for (const stream of verdict.accepted) {
      subscribed.set(stream, now)
      const entry = desired.get(stream)
      if (entry !== undefined && !options.isHeldElsewhere(stream)) acknowledge(entry, now)
    }
    if (verdict.accepted.length === streams.length) return
    metrics.subscribeRefusals.add(1)
    for (const [stream, error] of verdict.refused) yield* refuse(stream, error)
    const { unclear } = verdict
    if (unclear.length === 1) return yield* refuse(unclear[0]!, verdict.error)
    if (unclear.length === 0) return
    const half = unclear.length >> 1
    yield* add(messages, unclear.slice(0, half))
    yield* add(messages, unclear.slice(half))
  })

  const refuse = Effect.fnUntraced(function* (stream: Stream, error: string) {
    refused.add(stream)
    const entry = desired.get(stream)
    if (entry !== undefined && !options.isHeldElsewhere(stream)) entry.refusal = error
    yield* Effect.logError(
      `${venue.name} refuses ${stream.wire}: ${error}; it is asked again after the next reconnect`,
    ).pipe(Effect.annotateLogs({ venue: venue.name, connection, stream: stream.key }))
  })

  const remove = Effect.fnUntraced(function* (messages: Budget, streams: ReadonlyArray<Stream>) {
    const verdict: Verdict = yield* exchange("unsubscribe", messages, streams)
    const error = verdict.error || [...verdict.refused.values()][0]
    if (error !== undefined && error !== "")
      yield* Effect.logWarning(`${venue.name} answers an unsubscribe message with: ${error}`)
    for (const stream of streams) {
      subscribed.delete(stream)
      renewed.delete(stream)
    }
  })

  /** Snapshots on the connection itself, one message each. */
  const ask = Effect.fnUntraced(function* (messages: Budget) {
    const source = venue.depth?.snapshots
    for (const stream of asked) {
      asked.delete(stream)
      if (source?.kind !== "asked" || !subscribed.has(stream)) continue
      yield* messages.take(1)
      yield* socket.send(source.ask(stream, options.nextId()))
      return true
    }
    return false
  })

  const settle = Effect.fnUntraced(function* (messages: Budget) {
    for (;;) {
      const now = yield* Clock.currentTimeMillis
      for (const stream of share(venue, desired, state, now)) {
        const entry = desired.get(stream)
        if (entry !== undefined && !options.isHeldElsewhere(stream)) acknowledge(entry, now)
      }
      for (const stream of refused) if (!desired.has(stream)) refused.delete(stream)
      for (const stream of renewed) if (!subscribed.has(stream)) renewed.delete(stream)
      const surplus = [...subscribed.keys()].filter((stream) => !desired.has(stream) || renewed.has(stream))
      if (surplus.length > 0) {
        yield* remove(messages, nextMessage(venue, "unsubscribe", surplus))
        continue
      }
      const missing = [...desired.keys()].filter((stream) => !subscribed.has(stream) && !refused.has(stream))
      if (missing.length > 0) {
        yield* add(messages, nextMessage(venue, "subscribe", missing))
        continue
      }
      if (!(yield* ask(messages))) return
    }
  })

  const run = Effect.gen(function* () {
    const messages = yield* messageBudget(venue.limits)
    for (const text of venue.greetings ?? []) {
      yield* messages.take(1)
      yield* socket.send(text)
    }
    for (;;) {
      work.closeUnsafe()
      yield* settle(messages)
      state.settled = true
      yield* options.onSettled
      yield* work.await
    }
  })

  return {
    state,
    line: {
      acknowledged: subscribed,
      settled: () => state.settled,
      onControl: answers.onControl,
      run,
    },
  }
}
