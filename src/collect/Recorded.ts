import { Clock, Effect, Layer } from "effect"
import { Connector } from "../../services/Connector.ts"
import { Rest } from "../../services/Rest.ts"
import { SessionRecorder } from "../../services/SessionRecorder.ts"
import type { FrameBatch } from "../domain/Frame.ts"

/** `binance` of `binance/connections/1`, whatever stands before it. */
const venueOf = (connection: string): string => connection.split("/").at(-3) ?? connection

/** Sockets whose every message is kept, before anything reads it. Without room to keep it a socket is paused. */
export const connector: Layer.Layer<Connector, never, Connector | SessionRecorder> = Layer.effect(
  Connector,
  Effect.gen(function* () {
    const { connect } = yield* Connector
    const { room, take } = yield* SessionRecorder
    const clock = yield* Clock.Clock
    const keeps = (venue: string, { frames, receivedAt }: FrameBatch) =>
      take(venue, {
        dir: "in",
        at: receivedAt,
        frames: Array.from({ length: frames.length }, (_, index) => frames.at(index)!),
      })

    return Connector.of({
      connect: Effect.fnUntraced(function* (options) {
        const { connection, into, url } = options
        const venue = venueOf(connection)
        let opened = false
        const open = (): boolean =>
          (opened ||= take(venue, { dir: "connect", at: clock.currentTimeMillisUnsafe(), url }))
        /** Kept once, however often it is offered. */
        let kept: FrameBatch | undefined
        const keep = (batch: FrameBatch): boolean => {
          if (kept === batch) return true
          if (!open() || !keeps(venue, batch)) return false
          kept = batch
          return true
        }
        const socket = yield* connect({
          ...options,
          into: {
            offerUnsafe: (batch) => (keep(batch) ? into.offerUnsafe(batch) : "full"),
            offer: Effect.fnUntraced(function* (batch) {
              while (!keep(batch)) yield* room
              return yield* into.offer(batch)
            }),
          },
        })
        while (!open()) yield* room
        return {
          ...socket,
          send: Effect.fnUntraced(function* (text) {
            const at = clock.currentTimeMillisUnsafe()
            yield* socket.send(text)
            while (!take(venue, { dir: "out", at, text })) yield* room
          }),
        }
      }),
    })
  }),
)

/** REST whose every answer is kept with the venue that was asked. */
export const rest: Layer.Layer<Rest, never, Rest | SessionRecorder> = Layer.effect(
  Rest,
  Effect.gen(function* () {
    const { get } = yield* Rest
    const { room, take } = yield* SessionRecorder
    return Rest.of({
      get: (options) =>
        Effect.tap(
          get(options),
          Effect.fnUntraced(function* ({ body, receivedAt }) {
            const { url, venue } = options
            if (venue === undefined) return
            while (!take(venue, { dir: "rest", at: receivedAt, url, body })) yield* room
          }),
        ),
    })
  }),
)
