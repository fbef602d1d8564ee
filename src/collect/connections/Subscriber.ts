import { Clock, Deferred, Effect, Latch, Option } from "effect"
import { ConnectionError, type Socket } from "../../../services/Connector.ts"
import type { VenueMetrics } from "../../../services/Metrics.ts"
import type { Control } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Venue } from "../../exchanges/Venue.ts"
import { type Budget, makeBudget } from "../Budget.ts"
import { acknowledge, type StreamEntry, unacknowledge } from "../StreamTable.ts"
import { acknowledgementTimeout } from "./Settings.ts"

type Answer = Extract<Control, { readonly kind: "ack" }>

/**
 * Brings what one connection is subscribed to in line with what it should carry: in messages of many streams, within
 * the venue's message rate, each matched to its answer. A message that the venue refuses is halved until the stream
 * that it does not like stands alone and is named.
 */
export interface Subscriber {
  /** What the connection should carry. Change it, then call `changed`. */
  readonly desired: Map<Stream, StreamEntry>
  readonly changed: () => void
  readonly onAck: (ack: Answer) => void
  /** Forgets what was subscribed (the socket is new) and keeps the two in line until the socket fails. */
  readonly run: (
    socket: Socket,
    url: string,
    onSettled: Effect.Effect<void>,
  ) => Effect.Effect<never, ConnectionError>
}

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
  const answers = new Map<number, Deferred.Deferred<Answer>>()
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
      const answer = Deferred.makeUnsafe<Answer>()
      yield* messages.take(1)
      answers.set(id, answer)
      yield* socket.send(venue[kind](streams, id))
      const heard = Effect.timeoutOption(Deferred.await(answer), acknowledgementTimeout)
      let ack = yield* heard
      // What we have not read is not the venue's silence.
      while (Option.isNone(ack) && (socket.stats().paused || behind())) ack = yield* heard
      answers.delete(id)
      if (Option.isNone(ack)) {
        const detail = `no answer to ${kind} message ${id} (${streams.length} streams) within ${acknowledgementTimeout / 1000} s`
        return yield* new ConnectionError({ reason: "closed", url, detail })
      }
      return ack.value.error
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
    const error = yield* exchange("subscribe", socket, url, messages, streams)
    const now = yield* Clock.currentTimeMillis
    if (error === undefined) {
      metrics.subscribeAcks.add(1)
      for (const stream of streams) {
        subscribed.add(stream)
        const entry = desired.get(stream)
        if (entry !== undefined) acknowledge(entry, now)
      }
      return
    }
    metrics.subscribeRefusals.add(1)
    if (streams.length > 1) {
      const half = streams.length >> 1
      yield* add(socket, url, messages, streams.slice(0, half))
      yield* add(socket, url, messages, streams.slice(half))
      return
    }
    const stream = streams[0]!
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
    const error = yield* exchange("unsubscribe", socket, url, messages, streams)
    if (error !== undefined)
      yield* Effect.logWarning(`${venue.name} answers an unsubscribe message with: ${error}`)
    for (const stream of streams) subscribed.delete(stream)
  })

  const settle = Effect.fnUntraced(function* (socket: Socket, url: string, messages: Budget) {
    const chunk = venue.limits.streamsPerMessage
    for (;;) {
      for (const stream of refused) if (!desired.has(stream)) refused.delete(stream)
      const surplus = [...subscribed].filter((stream) => !desired.has(stream)).slice(0, chunk)
      if (surplus.length > 0) {
        yield* remove(socket, url, messages, surplus)
        continue
      }
      const missing = [...desired.keys()]
        .filter((stream) => !subscribed.has(stream) && !refused.has(stream))
        .slice(0, chunk)
      if (missing.length === 0) return
      yield* add(socket, url, messages, missing)
    }
  })

  return {
    desired,
    changed: () => void work.openUnsafe(),
    onAck: (ack) => {
      const answer = answers.get(ack.id)
      if (answer !== undefined) Deferred.doneUnsafe(answer, Effect.succeed(ack))
    },
    run: Effect.fnUntraced(function* (socket, url, onSettled) {
      subscribed.clear()
      refused.clear()
      answers.clear()
      for (const entry of desired.values()) unacknowledge(entry)
      const messages = yield* makeBudget(venue.limits.messages)
      for (;;) {
        work.closeUnsafe()
        yield* settle(socket, url, messages)
        yield* onSettled
        yield* work.await
      }
    }),
  }
}
