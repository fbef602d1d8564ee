import { Cause, Deferred, Effect, Exit, Fiber, Random, type Scope } from "effect"
import type { ConnectionStatus } from "../../../services/Collection.ts"
import { ConnectionError, type Connector } from "../../../services/Connector.ts"
import type { Control } from "../../domain/Decoded.ts"
import type { Self } from "../../runtime/Actor.ts"
import type { GapCause } from "../continuity/Gap.ts"
import type { ConnectionOptions } from "./ConnectionOptions.ts"
import { makeRotation } from "./Rotation.ts"
import { addTotals, makeSession, noTotals, type Session } from "./Session.ts"
import { acknowledgementTimeout, reconnectDelay, withinHeartbeats } from "./Settings.ts"
import { makeSubscriber, type Subscriber } from "./Subscriber.ts"

/**
 * One connection of the pool: it connects, subscribes, watches, moves to a new socket before the venue closes the old
 * one, and connects again, for as long as it is wanted.
 */
export interface Connection {
  /** `binance/connections/1`: the origin of its frames, with a `+` from every second socket of a move. */
  readonly id: string
  readonly route: string
  readonly subscriber: Subscriber
  /** What the decoder found in its frames that is not market data. */
  readonly onControl: (origin: string, control: Control) => void
  /** Never ends by itself: a peer that is away makes it degraded, and it tries again for ever. */
  readonly run: (self: Self) => Effect.Effect<never, never, Connector>
  /** Its socket is dead although it is open: it is left, and another one is opened. */
  readonly abandon: (detail: string) => void
  /** We do not read: its silence is ours. */
  readonly isPaused: () => boolean
  readonly status: () => ConnectionStatus
  /** Frames and bytes received since it was made, over all its sockets. */
  readonly received: () => { readonly frames: number; readonly bytes: number }
}

export const makeConnection = (options: ConnectionOptions): Connection => {
  const { id, route, venue, settings, metrics } = options
  const url = venue.connectUrl(options.wsEndpoint, route)
  const subscriber = makeSubscriber(
    venue,
    id,
    metrics,
    options.behind,
    withinHeartbeats(acknowledgementTimeout, settings),
  )
  let current: Session | undefined
  let waiting = true
  let lastError: string | undefined
  let opened = 0
  let reconnects = 0
  let failures = 0
  let failuresInRow = 0
  let past = noTotals

  const forget = (session: Session) => {
    past = addTotals(past, session.totals())
  }
  const rotation = makeRotation({ ...options, subscriber, url, forget })

  const totals = () =>
    [current, rotation.successor()].reduce(
      (sum, session) => (session === undefined ? sum : addTotals(sum, session.totals())),
      past,
    )

  const onOpen = Effect.suspend(() => {
    opened++
    if (opened > 1) {
      reconnects++
      metrics.reconnects.add(1)
    }
    return Effect.logInfo(opened === 1 ? "connected" : "reconnected")
  })

  const interruptedAll = (cause: GapCause) => options.interrupted([...subscriber.desired.keys()], cause)

  /** Waits for its end, whoever ended it. A defect is the supervisor's business. */
  const endOf = Effect.fnUntraced(function* (session: Session): Effect.fn.Return<ConnectionError> {
    const exit = yield* Fiber.await(session.fiber!)
    if (session.leaving) return yield* Effect.never
    if (Exit.isFailure(exit)) {
      const failed = exit.cause.reasons.find(Cause.isFailReason)
      if (failed !== undefined) return failed.error
      return yield* Effect.failCause(exit.cause as Cause.Cause<never>)
    }
    return exit.value
  })

  const note = Effect.fnUntraced(function* (self: Self, error: ConnectionError) {
    metrics.connectionFailures(error.reason).add(1)
    failures++
    failuresInRow++
    lastError = error.detail
    yield* self.degraded(error.detail)
  })

  const run = Effect.fnUntraced(function* (
    self: Self,
  ): Effect.fn.Return<never, never, Connector | Scope.Scope> {
    const scope = yield* Effect.scope
    // Added first, so that it comes after the end of the sockets.
    yield* Effect.addFinalizer(() => rotation.abort)
    const settled = Effect.suspend(() => {
      failuresInRow = 0
      return self.ready
    })

    const connect = Effect.gen(function* () {
      yield* options.attempts.take(1)
      const session = makeSession({ ...options, url, subscriber, onOpen }, id)
      current = session
      waiting = false
      session.fiber = yield* Effect.forkIn(session.run(settled), scope)
      return session
    })

    // Whatever came before, this actor does not know what it missed.
    yield* interruptedAll("restart")
    let session = yield* connect
    for (;;) {
      const leaving = session
      const outcome = yield* Effect.raceFirst(
        Effect.map(endOf(leaving), (error) => ({ error })),
        Effect.map(rotation.run(leaving, scope, settled), (successor) => ({ successor })),
      )
      forget(leaving)
      if ("successor" in outcome) {
        session = outcome.successor
        current = session
        continue
      }
      const { error } = outcome
      yield* note(self, error)
      const cause = error.interruption ?? "disconnect"
      const heir = yield* rotation.inherit(leaving, cause)
      if (heir !== undefined) {
        yield* Effect.logWarning(`disconnected: ${error.detail}; its successor carries on`)
        if (heir.line?.settled() === true) yield* settled
        session = heir
        current = heir
        continue
      }
      current = undefined
      waiting = true
      if (leaving.openedAt !== undefined) yield* interruptedAll(cause)
      const planned = reconnectDelay(settings, failuresInRow, yield* Random.next)
      const delay = Math.max(planned, error.retryAfterMillis ?? 0)
      yield* Effect.logWarning(`disconnected: ${error.detail}; connecting again in ${Math.round(delay)} ms`)
      yield* Effect.sleep(delay)
      session = yield* connect
    }
  }, Effect.scoped)

  const state = (): ConnectionStatus["state"] => {
    if (current === undefined || waiting) return "waiting"
    return current.openedAt === undefined ? "connecting" : "open"
  }

  const sessionOf = (origin: string): Session | undefined =>
    [rotation.successor(), current].find((session) => session?.origin === origin)

  return {
    id,
    route,
    subscriber,
    onControl: (origin, control) => {
      const session = sessionOf(origin)
      session?.line?.onControl(control)
      if (control.kind === "reply") session?.reply(control.text)
      else if (control.kind === "shutdown" && session !== undefined)
        Deferred.doneUnsafe(session.announced, Effect.void)
    },
    run: (self) =>
      run(self).pipe(
        Effect.ensuring(
          Effect.sync(() => {
            current = undefined
            waiting = true
          }),
        ),
        Effect.annotateLogs({ venue: venue.name, connection: id }),
      ),
    abandon: (detail) =>
      current?.end(new ConnectionError({ reason: "closed", interruption: "stall", url, detail })),
    isPaused: () => current?.isPaused() ?? false,
    status: () => {
      const { pauses, pausedMillis } = totals()
      return {
        id,
        state: state(),
        url,
        streams: subscriber.desired.size,
        reconnects,
        rotations: rotation.moved(),
        failures,
        pauses,
        pausedMillis,
        ...(current?.openedAt === undefined ? {} : { openedAt: current.openedAt }),
        ...(lastError === undefined ? {} : { lastError }),
      }
    },
    received: () => {
      const { frames, bytes } = totals()
      return { frames, bytes }
    },
  }
}
