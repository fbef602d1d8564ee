import { Clock, Deferred, Effect, type Fiber } from "effect"
import { type ConnectionError, Connector, type Socket } from "../../../services/Connector.ts"
import * as Mailbox from "../../runtime/Mailbox.ts"
import type { ConnectionOptions } from "./ConnectionOptions.ts"
import { heartbeat, keepAlive } from "./Heartbeat.ts"
import { handshakeTimeoutMillis, maxFrameBytes, withinHeartbeats } from "./Settings.ts"
import type { Line } from "./Line.ts"
import type { Subscriber } from "./Subscriber.ts"

/** Frames, bytes and pauses of one socket, or of many. */
export interface Totals {
  readonly frames: number
  readonly bytes: number
  readonly pauses: number
  readonly pausedMillis: number
}

export const noTotals: Totals = { frames: 0, bytes: 0, pauses: 0, pausedMillis: 0 }

export const addTotals = (left: Totals, right: Totals): Totals => ({
  frames: left.frames + right.frames,
  bytes: left.bytes + right.bytes,
  pauses: left.pauses + right.pauses,
  pausedMillis: left.pausedMillis + right.pausedMillis,
})

/** One socket of a connection, from its handshake to its end. */
export interface Session {
  /** What its frames are marked with. */
  readonly origin: string
  /** Since when it is open, clock milliseconds; `undefined` before. */
  openedAt: number | undefined
  line: Line | undefined
  /** Its fiber ends by failing, whoever ended it. */
  fiber: Fiber.Fiber<never, ConnectionError> | undefined
  /** We close it ourselves: its end is no failure. */
  leaving: boolean
  /** Done when it is open. */
  readonly opened: Deferred.Deferred<void>
  /** Done when the venue has said that it will close it. */
  readonly announced: Deferred.Deferred<void>
  /** Ends it from outside. */
  readonly end: (error: ConnectionError) => void
  /** Sends what the venue wants back at once. */
  readonly reply: (text: string) => void
  readonly isPaused: () => boolean
  readonly totals: () => Totals
  readonly run: (onSettled: Effect.Effect<void>) => Effect.Effect<never, ConnectionError, Connector>
}

export type SessionOptions = Omit<ConnectionOptions, "interrupted" | "attempts"> & {
  readonly url: string
  readonly subscriber: Subscriber
  /** It is open. */
  readonly onOpen: Effect.Effect<void>
}

export const makeSession = (options: SessionOptions, origin: string): Session => {
  const { venue, settings, metrics, subscriber, url } = options
  const ended = Deferred.makeUnsafe<never, ConnectionError>()
  const opened = Deferred.makeUnsafe<void>()
  let socket: Socket | undefined
  let final = noTotals
  let replies: Mailbox.Mailbox<string> | undefined
  /** What the metrics already know of the socket's pauses. */
  let reported = { pauses: 0, pausedMillis: 0 }

  /** A pause shows while it lasts, not when its connection ends. */
  const reportPauses = () => {
    if (socket === undefined) return
    const { pauses, pausedMillis } = socket.stats()
    metrics.socketPauses.add(pauses - reported.pauses)
    metrics.socketPausedSeconds.add((pausedMillis - reported.pausedMillis) / 1000)
    reported = { pauses, pausedMillis }
  }

  const retire = () => {
    if (socket === undefined) return
    reportPauses()
    const { frames, bytes, pauses, pausedMillis } = socket.stats()
    final = { frames, bytes, pauses, pausedMillis }
    metrics.connectionsActive.add(-1)
    socket = undefined
    if (session.line !== undefined) subscriber.drop(session.line)
  }

  const replier = Effect.fnUntraced(function* (open: Socket) {
    const outbox = yield* Mailbox.make<string>({
      name: "replies",
      capacity: { items: 64, bytes: 64 * 1024 },
      policy: "drop_oldest",
    })
    replies = outbox
    return yield* Effect.forever(Effect.flatMap(Effect.orDie(outbox.take), open.send))
  })

  const watch = (open: Socket, line: Line): Effect.Effect<never, ConnectionError> => {
    const watchers: Array<Effect.Effect<never, ConnectionError>> = [
      open.closed,
      heartbeat(open, url, settings.heartbeatInterval),
      line.run,
      replier(open),
      Deferred.await(ended),
      Effect.forever(Effect.andThen(Effect.sleep("1 second"), Effect.sync(reportPauses))),
    ]
    if (venue.keepAlive !== undefined)
      watchers.push(keepAlive(open, venue.keepAlive.text, venue.keepAlive.everyMillis))
    return Effect.raceAllFirst(watchers)
  }

  const run = Effect.fnUntraced(function* (
    onSettled: Effect.Effect<void>,
  ): Effect.fn.Return<never, ConnectionError, Connector> {
    const connector = yield* Connector
    return yield* Effect.scoped(
      Effect.gen(function* () {
        yield* Effect.addFinalizer(() => Effect.sync(retire))
        const open = yield* connector
          .connect({
            connection: origin,
            route: options.route,
            url,
            ...(options.proxy === undefined ? {} : { proxy: options.proxy }),
            handshakeTimeoutMillis: withinHeartbeats(handshakeTimeoutMillis, settings),
            maxFrameBytes,
            into: options.into(),
          })
          .pipe(
            Effect.withSpan("Connection.connect", {
              attributes: { venue: venue.name, connection: origin, url },
            }),
          )
        socket = open
        const line = subscriber.line(open, url, onSettled)
        session.line = line
        metrics.connectionsActive.add(1)
        metrics.connectionsOpened.add(1)
        session.openedAt = yield* Clock.currentTimeMillis
        yield* options.onOpen
        Deferred.doneUnsafe(opened, Effect.void)
        return yield* watch(open, line)
      }),
    )
  })

  const session: Session = {
    origin,
    openedAt: undefined,
    line: undefined,
    fiber: undefined,
    leaving: false,
    opened,
    announced: Deferred.makeUnsafe<void>(),
    end: (error) => void Deferred.doneUnsafe(ended, Effect.fail(error)),
    reply: (text) => void replies?.offerUnsafe(text),
    isPaused: () => socket?.stats().paused ?? false,
    totals: () => socket?.stats() ?? final,
    run,
  }
  return session
}
