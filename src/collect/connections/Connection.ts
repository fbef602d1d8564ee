import { Clock, Deferred, Effect, Exit, Random } from "effect"
import type { ConnectionStatus } from "../../../services/Collection.ts"
import { ConnectionError, Connector, type Socket } from "../../../services/Connector.ts"
import type { VenueMetrics } from "../../../services/Metrics.ts"
import type { Control } from "../../domain/Decoded.ts"
import type { FrameBatch } from "../../domain/Frame.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Venue } from "../../exchanges/Venue.ts"
import type { Self } from "../../runtime/Actor.ts"
import * as Mailbox from "../../runtime/Mailbox.ts"
import type { Budget } from "../Budget.ts"
import type { GapCause } from "../continuity/Gap.ts"
import { unacknowledge } from "../StreamTable.ts"
import { heartbeat, keepAlive } from "./Heartbeat.ts"
import { type ConnectionSettings, handshakeTimeoutMillis, maxFrameBytes } from "./Settings.ts"
import { makeSubscriber, type Subscriber } from "./Subscriber.ts"

/** One connection of the pool: it connects, subscribes, watches, and connects again, for as long as it is wanted. */
export interface Connection {
  /** `binance/connections/1`: the origin of its frames. */
  readonly id: string
  readonly route: string
  readonly subscriber: Subscriber
  /** What the decoder found in its frames that is not market data. */
  readonly onControl: (control: Control) => void
  /** Never ends by itself: a peer that is away makes it degraded, and it tries again for ever. */
  readonly run: (self: Self) => Effect.Effect<never, never, Connector>
  readonly status: () => ConnectionStatus
  /** Frames and bytes received since it was made, over all its sockets. */
  readonly received: () => { readonly frames: number; readonly bytes: number }
}

export interface ConnectionOptions {
  readonly id: string
  readonly route: string
  readonly venue: Venue
  readonly wsEndpoint: string
  readonly proxy: string | undefined
  readonly settings: ConnectionSettings
  readonly metrics: VenueMetrics
  /** The venue's limit of connection attempts, shared by its connections. */
  readonly attempts: Budget
  /** Whether frames wait to be decoded. */
  readonly behind: () => boolean
  /** Where frames go: the mailbox of the decoder that runs now. */
  readonly into: () => Pick<Mailbox.Mailbox<FrameBatch>, "offer" | "offerUnsafe">
  /** Its streams were interrupted, after every frame that was handed over before. */
  readonly interrupted: (streams: ReadonlyArray<Stream>, cause: GapCause) => Effect.Effect<void>
}

/** Doubles from `first` to `max`; a tenth of jitter either way keeps a fleet from coming back in step. */
export const reconnectDelay = (settings: ConnectionSettings, failuresInRow: number, random: number): number =>
  Math.min(settings.maxReconnectDelay, settings.reconnectDelay * 2 ** Math.max(0, failuresInRow - 1)) *
  (0.9 + 0.2 * random)

export const makeConnection = (options: ConnectionOptions): Connection => {
  const { id, route, venue, settings, metrics } = options
  const url = venue.connectUrl(options.wsEndpoint, route)
  const subscriber = makeSubscriber(venue, id, metrics, options.behind)
  let state: ConnectionStatus["state"] = "waiting"
  let socket: Socket | undefined
  let openedAt: number | undefined
  let lastError: string | undefined
  let opened = 0
  let failures = 0
  let failuresInRow = 0
  let outbox: Mailbox.Mailbox<string> | undefined
  let shutdown = Deferred.makeUnsafe<never, ConnectionError>()
  const past = { frames: 0, bytes: 0, pauses: 0, pausedMillis: 0 }

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
    const stats = socket.stats()
    past.frames += stats.frames
    past.bytes += stats.bytes
    past.pauses += stats.pauses
    past.pausedMillis += stats.pausedMillis
    metrics.connectionsActive.add(-1)
    socket = undefined
    openedAt = undefined
    for (const entry of subscriber.desired.values()) unacknowledge(entry)
  }

  /** Sends what the venue wants back at once. */
  const replier = Effect.fnUntraced(function* (open: Socket) {
    const replies = yield* Mailbox.make<string>({
      name: "replies",
      capacity: { items: 64, bytes: 64 * 1024 },
      policy: "drop_oldest",
    })
    outbox = replies
    return yield* Effect.forever(Effect.flatMap(Effect.orDie(replies.take), open.send))
  })

  /** One socket's life; it ends by failing, whoever ended it. */
  const session = Effect.fnUntraced(function* (
    self: Self,
  ): Effect.fn.Return<never, ConnectionError, Connector> {
    const connector = yield* Connector
    state = "connecting"
    return yield* Effect.scoped(
      Effect.gen(function* () {
        yield* Effect.addFinalizer(() => Effect.sync(retire))
        const open = yield* connector
          .connect({
            connection: id,
            url,
            ...(options.proxy === undefined ? {} : { proxy: options.proxy }),
            handshakeTimeoutMillis,
            maxFrameBytes,
            into: options.into(),
          })
          .pipe(
            Effect.withSpan("Connection.connect", { attributes: { venue: venue.name, connection: id, url } }),
          )
        socket = open
        reported = { pauses: 0, pausedMillis: 0 }
        shutdown = Deferred.makeUnsafe()
        state = "open"
        opened++
        metrics.connectionsActive.add(1)
        metrics.connectionsOpened.add(1)
        if (opened > 1) metrics.reconnects.add(1)
        openedAt = yield* Clock.currentTimeMillis
        yield* Effect.logInfo(opened === 1 ? "connected" : "reconnected")
        const settled = Effect.suspend(() => {
          failuresInRow = 0
          return self.ready
        })
        const watchers: Array<Effect.Effect<never, ConnectionError>> = [
          open.closed,
          heartbeat(open, url, settings.heartbeatInterval),
          subscriber.run(open, url, settled),
          replier(open),
          Deferred.await(shutdown),
          Effect.forever(Effect.andThen(Effect.sleep("1 second"), Effect.sync(reportPauses))),
        ]
        if (venue.keepAlive !== undefined)
          watchers.push(keepAlive(open, venue.keepAlive.text, venue.keepAlive.everyMillis))
        return yield* Effect.raceAllFirst(watchers)
      }),
    )
  })

  const run = Effect.fnUntraced(function* (self: Self): Effect.fn.Return<never, never, Connector> {
    const interrupted = (cause: GapCause) => options.interrupted([...subscriber.desired.keys()], cause)
    // Whatever came before, this actor does not know what it missed.
    yield* interrupted("restart")
    for (;;) {
      yield* options.attempts.take(1)
      const openedBefore = opened
      const exit = yield* Effect.exit(Effect.flip(session(self)))
      // A defect is the supervisor's business.
      if (Exit.isFailure(exit)) return yield* Effect.failCause(exit.cause)
      const error = exit.value
      if (opened > openedBefore) yield* interrupted(error.interruption ?? "disconnect")
      metrics.connectionFailures(error.reason).add(1)
      failures++
      failuresInRow++
      lastError = error.detail
      state = "waiting"
      yield* self.degraded(error.detail)
      const planned = reconnectDelay(settings, failuresInRow, yield* Random.next)
      const delay = Math.max(planned, error.retryAfterMillis ?? 0)
      yield* Effect.logWarning(`disconnected: ${error.detail}; connecting again in ${Math.round(delay)} ms`)
      yield* Effect.sleep(delay)
    }
  })

  return {
    id,
    route,
    subscriber,
    onControl: (control) => {
      subscriber.onControl(control)
      if (control.kind === "reply") outbox?.offerUnsafe(control.text)
      else if (control.kind === "shutdown") {
        const detail = "the venue announces that this connection ends: moving to a new one"
        const error = new ConnectionError({ reason: "closed", interruption: "rotation", url, detail })
        Deferred.doneUnsafe(shutdown, Effect.fail(error))
      }
    },
    run: (self) => run(self).pipe(Effect.annotateLogs({ venue: venue.name, connection: id })),
    status: () => {
      const stats = socket?.stats()
      return {
        id,
        state,
        url,
        streams: subscriber.desired.size,
        reconnects: Math.max(0, opened - 1),
        failures,
        pauses: past.pauses + (stats?.pauses ?? 0),
        pausedMillis: past.pausedMillis + (stats?.pausedMillis ?? 0),
        ...(openedAt === undefined ? {} : { openedAt }),
        ...(lastError === undefined ? {} : { lastError }),
      }
    },
    received: () => {
      const stats = socket?.stats()
      return { frames: past.frames + (stats?.frames ?? 0), bytes: past.bytes + (stats?.bytes ?? 0) }
    },
  }
}
