import { Clock, Effect, Latch, Option } from "effect"
import { ConnectionError, type Socket } from "../../../services/Connector.ts"
import type { VenueMetrics } from "../../../services/Metrics.ts"
import type { Control } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Venue, VenueLimits } from "../../exchanges/Venue.ts"
import { type Budget, makeBudget } from "../Budget.ts"
import { acknowledge, type StreamEntry, unacknowledge } from "../StreamTable.ts"
import { makeAnswers, type Verdict } from "./Answers.ts"
import { nextMessage } from "./NextMessage.ts"
import { acknowledgementTimeout } from "./Settings.ts"

/**
 * Brings what one connection is subscribed to in line with what it should carry: in messages of many streams, within
 * the venue's message rate, each matched to its answer. A message that the venue refuses is halved until the stream
 * that it does not like stands alone and is named.
 */
export interface Subscriber {
  /** What the connection should carry. Change it, then call `changed`. */
  readonly desired: Map<Stream, StreamEntry>
  readonly changed: () => void
  readonly onControl: (control: Control) => void
  /** Brings these books a new snapshot: subscribed anew, or asked for, as the venue's rule has it. */
  readonly resync: (streams: ReadonlyArray<Stream>) => void
  /** Forgets what was subscribed (the socket is new) and keeps the two in line until the socket fails. */
  readonly run: (
    socket: Socket,
    url: string,
    onSettled: Effect.Effect<void>,
  ) => Effect.Effect<never, ConnectionError>
}

/** The venue's limit of messages, and of those that subscribe. */
const messageBudget = Effect.fnUntraced(function* ({ messages, subscribeMessages }: VenueLimits) {
  const all = yield* makeBudget(messages)
  if (subscribeMessages === undefined) return all
  const subscribing = yield* makeBudget(subscribeMessages)
  const take = (weight: number) => Effect.andThen(subscribing.take(weight), all.take(weight))
  return { ...all, take } satisfies Budget
})

/** `behind`: frames wait to be decoded, and an answer may be among them. */
export const makeSubscriber = (
  venue: Venue,
  connection: string,
  metrics: VenueMetrics,
  behind: () => boolean,
): Subscriber => {
  const desired = new Map<Stream, StreamEntry>()
  const subscribed = new Set<Stream>()
  const refused = new Set<Stream>()
  /** Of what is subscribed, what is to be unsubscribed first. */
  const renewed = new Set<Stream>()
  /** Snapshots to be asked for. */
  const asked = new Set<Stream>()
  const answers = makeAnswers()
  const work = Latch.makeUnsafe(true)
  let nextId = 1

  const exchange = Effect.fnUntraced(
    function* (
      kind: "subscribe" | "unsubscribe",
      socket: Socket,
      url: string,
      messages: Budget,
      streams: ReadonlyArray<Stream>,
    ) {
      const id = nextId++
      yield* messages.take(1)
      const waiting = answers.expect(kind, streams, id)
      const heard = Effect.timeoutOption(waiting.verdict, acknowledgementTimeout)
      const verdict = yield* Effect.gen(function* () {
        yield* socket.send(venue[kind](streams, id))
        let said = yield* heard
        // What we have not read is not the venue's silence.
        while (Option.isNone(said) && (socket.stats().paused || behind())) said = yield* heard
        return Option.isSome(said) ? said.value : waiting.sofar()
      }).pipe(Effect.ensuring(Effect.sync(waiting.forget)))
      if (verdict === undefined) {
        const detail = `no answer to ${kind} message ${id} (${streams.length} streams) within ${acknowledgementTimeout / 1000} s`
        return yield* new ConnectionError({ reason: "closed", url, detail })
      }
      return verdict
    },
    (sending, kind, _socket, _url, _messages, streams) =>
      Effect.withSpan(sending, `Connection.${kind}`, {
        attributes: { venue: venue.name, connection, streams: streams.length },
      }),
  )

  const add = Effect.fnUntraced(function* (
    socket: Socket,
    url: string,
    messages: Budget,
    streams: ReadonlyArray<Stream>,
  ): Effect.fn.Return<void, ConnectionError> {
    const verdict = yield* exchange("subscribe", socket, url, messages, streams)
    const now = yield* Clock.currentTimeMillis
    if (verdict.accepted.length > 0) metrics.subscribeAcks.add(1)
    for (const stream of verdict.accepted) {
      subscribed.add(stream)
      const entry = desired.get(stream)
      if (entry !== undefined) acknowledge(entry, now)
    }
    if (verdict.accepted.length === streams.length) return
    metrics.subscribeRefusals.add(1)
    for (const [stream, error] of verdict.refused) yield* refuse(stream, error)
    const { unclear } = verdict
    if (unclear.length === 1) return yield* refuse(unclear[0]!, verdict.error)
    if (unclear.length === 0) return
    const half = unclear.length >> 1
    yield* add(socket, url, messages, unclear.slice(0, half))
    yield* add(socket, url, messages, unclear.slice(half))
  })

  const refuse = Effect.fnUntraced(function* (stream: Stream, error: string) {
    refused.add(stream)
    const entry = desired.get(stream)
    if (entry !== undefined) entry.refusal = error
    yield* Effect.logError(
      `${venue.name} refuses ${stream.wire}: ${error}; it is asked again after the next reconnect`,
    ).pipe(Effect.annotateLogs({ venue: venue.name, connection, stream: stream.key }))
  })

  const remove = Effect.fnUntraced(function* (
    socket: Socket,
    url: string,
    messages: Budget,
    streams: ReadonlyArray<Stream>,
  ) {
    const verdict: Verdict = yield* exchange("unsubscribe", socket, url, messages, streams)
    const error = verdict.error || [...verdict.refused.values()][0]
    if (error !== undefined && error !== "")
      yield* Effect.logWarning(`${venue.name} answers an unsubscribe message with: ${error}`)
    for (const stream of streams) {
      subscribed.delete(stream)
      renewed.delete(stream)
    }
  })

  /** Snapshots on the connection itself, one message each. */
  const ask = Effect.fnUntraced(function* (socket: Socket, messages: Budget) {
    const source = venue.depth?.snapshots
    for (const stream of asked) {
      asked.delete(stream)
      if (source?.kind !== "asked" || !subscribed.has(stream)) continue
      yield* messages.take(1)
      yield* socket.send(source.ask(stream, nextId++))
      return true
    }
    return false
  })

  const settle = Effect.fnUntraced(function* (socket: Socket, url: string, messages: Budget) {
    for (;;) {
      for (const stream of refused) if (!desired.has(stream)) refused.delete(stream)
      for (const stream of renewed) if (!subscribed.has(stream)) renewed.delete(stream)
      const surplus = [...subscribed].filter((stream) => !desired.has(stream) || renewed.has(stream))
      if (surplus.length > 0) {
        yield* remove(socket, url, messages, nextMessage(venue, "unsubscribe", surplus))
        continue
      }
      const missing = [...desired.keys()].filter((stream) => !subscribed.has(stream) && !refused.has(stream))
      if (missing.length > 0) {
        yield* add(socket, url, messages, nextMessage(venue, "subscribe", missing))
        continue
      }
      if (!(yield* ask(socket, messages))) return
    }
  })

  return {
    desired,
    changed: () => void work.openUnsafe(),
    onControl: answers.onControl,
    resync: (streams) => {
      const into = venue.depth?.snapshots.kind === "asked" ? asked : renewed
      for (const stream of streams) if (desired.has(stream)) into.add(stream)
      work.openUnsafe()
    },
    run: Effect.fnUntraced(function* (socket, url, onSettled) {
      subscribed.clear()
      refused.clear()
      renewed.clear()
      asked.clear()
      for (const entry of desired.values()) unacknowledge(entry)
      const messages = yield* messageBudget(venue.limits)
      for (const text of venue.greetings ?? []) {
        yield* messages.take(1)
        yield* socket.send(text)
      }
      for (;;) {
        work.closeUnsafe()
        yield* settle(socket, url, messages)
        yield* onSettled
        yield* work.await
      }
    }),
  }
}
