import { Cause, Clock, Deferred, Effect, Exit, Fiber, Random, type Scope } from "effect"
import type { Connector } from "../../../services/Connector.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { GapCause } from "../continuity/Gap.ts"
import type { ConnectionOptions } from "./ConnectionOptions.ts"
import { type Handover, makeHandover } from "./Handover.ts"
import { assess, atLeisure, hasMoved, inHaste, type MovingLimits } from "./Moving.ts"
import { makeSession, type Session } from "./Session.ts"
import { maxAgeOf, reconnectDelay } from "./Settings.ts"
import type { Subscriber } from "./Subscriber.ts"

/**
 * Moves a connection to a new socket while the old one still delivers: when it is old, or when the venue says that it
 * will close it. The old socket is closed once every stream is seen on the new one, or is quiet on both. A move that
 * fails changes nothing, and is tried again.
 */
export interface Rotation {
  /** Waits until the session is to be left, moves, and gives the one that took its place. */
  readonly run: (
    session: Session,
    scope: Scope.Scope,
    settled: Effect.Effect<void>,
  ) => Effect.Effect<Session, never, Connector>
  /** The new socket of a move that is under way. */
  readonly successor: () => Session | undefined
  /**
   * The old session has ended by itself. A successor that is open takes its place: only streams that have not moved
   * yet were interrupted. One that is not open yet is given up.
   */
  readonly inherit: (old: Session, cause: GapCause) => Effect.Effect<Session | undefined>
  /** The connection ends, and its sockets have ended: what waits goes on. */
  readonly abort: Effect.Effect<void>
  /** Moves that succeeded. */
  readonly moved: () => number
}

export interface RotationOptions extends ConnectionOptions {
  readonly url: string
  readonly subscriber: Subscriber
  /** A socket is gone. */
  readonly forget: (session: Session) => void
}

/** How often is looked whether everything has moved. */
const lookMillis = 50

/** The two origins of a connection's sockets take turns. */
export const otherOrigin = (origin: string): string =>
  origin.endsWith("+") ? origin.slice(0, -1) : `${origin}+`

export const makeRotation = (options: RotationOptions): Rotation => {
  const { venue, settings, metrics, subscriber, handovers } = options
  const maxAge = maxAgeOf(settings.maxAge, venue.limits.connectionLifeMillis)
  let under: { readonly session: Session; readonly handover: Handover } | undefined
  let moved = 0

  /** Spread over a tenth of the age, so that connections that were opened together do not move together. */
  const due = Effect.fnUntraced(function* (session: Session) {
    yield* Deferred.await(session.opened)
    const age = maxAge * (1 - 0.1 * (yield* Random.next))
    return yield* Effect.raceFirst(
      Effect.as(Effect.sleep(age), false),
      Effect.as(Deferred.await(session.announced), true),
    )
  })

  /** Until everything is on the new socket; else the names of what is not. */
  const settledOn = Effect.fnUntraced(function* (session: Session, handover: Handover, limits: MovingLimits) {
    let since: number | undefined
    // While a process stands still nobody is silent: what came meanwhile is read first.
    const still: Array<{ readonly until: number; readonly millis: number }> = []
    let last = yield* Clock.currentTimeMillis
    for (;;) {
      const now = yield* Clock.currentTimeMillis
      const millis = now - last - 3 * lookMillis
      if (millis > 0) still.push({ until: now, millis })
      last = now
      const ageOf = (at: number): number =>
        still.reduce((age, each) => (each.until > at ? age - each.millis : age), now - at)
      const line = session.line
      if (line?.settled() === true) {
        since ??= now
        const { late, waiting } = assess(handover, line, subscriber.desired, limits, ageOf)
        if (late.length > 0) yield* handovers.release(handover, late)
        else if (waiting.length === 0) return []
        if (ageOf(since) >= limits.inAll) return waiting
      }
      yield* Effect.sleep(lookMillis)
    }
  })

  const giveUp = Effect.fnUntraced(function* (session: Session, handover: Handover, why: string) {
    session.leaving = true
    if (session.fiber !== undefined) yield* Fiber.interrupt(session.fiber)
    options.forget(session)
    under = undefined
    yield* handovers.end(handover, false)
    metrics.connectionRotations("failed").add(1)
    yield* Effect.logWarning(`could not move to a new connection: ${why}; the old one stays, trying again`)
  })

  const describe = (streams: ReadonlyArray<Stream>): string => {
    const [first] = streams
    const others = streams.length > 1 ? ` and ${streams.length - 1} more` : ""
    return `${first!.wire}${others} did not come on it`
  }

  const attempt = Effect.fnUntraced(function* (
    old: Session,
    scope: Scope.Scope,
    settled: Effect.Effect<void>,
    urgent: boolean,
  ) {
    yield* options.attempts.take(1)
    const session = makeSession({ ...options, onOpen: Effect.void }, otherOrigin(old.origin))
    const handover = makeHandover(old.origin, session.origin)
    handovers.begin(handover)
    under = { session, handover }
    session.fiber = yield* Effect.forkIn(session.run(settled), scope)
    const outcome = yield* Effect.raceFirst(
      Effect.flatMap(Fiber.await(session.fiber), (exit) => {
        const cause = Exit.isFailure(exit) ? exit.cause : Cause.empty
        const failed = cause.reasons.find(Cause.isFailReason)
        // A defect is the supervisor's business.
        return failed === undefined
          ? Effect.failCause(cause as Cause.Cause<never>)
          : Effect.succeed(failed.error.detail)
      }),
      Effect.map(settledOn(session, handover, urgent ? inHaste : atLeisure), (left) =>
        left.length === 0 ? undefined : describe(left),
      ),
    )
    if (outcome !== undefined) {
      yield* giveUp(session, handover, outcome)
      return undefined
    }
    // From here on it is the connection's socket, whatever becomes of the old one.
    old.leaving = true
    yield* Fiber.interrupt(old.fiber!)
    under = undefined
    yield* handovers.end(handover, true)
    moved++
    metrics.connectionRotations("moved").add(1)
    yield* Effect.logInfo(
      `moved to a new connection: ${urgent ? "the venue announced an end" : "the old one was old enough"}`,
    )
    return session
  })

  return {
    successor: () => under?.session,
    moved: () => moved,
    run: Effect.fnUntraced(function* (session, scope, settled) {
      let urgent = yield* due(session)
      for (let failures = 1; ; failures++) {
        const successor = yield* options.overlapping(urgent, attempt(session, scope, settled, urgent))
        if (successor !== undefined) return successor
        yield* Effect.sleep(reconnectDelay(settings, failures, yield* Random.next))
        urgent ||= yield* Deferred.isDone(session.announced)
      }
    }),
    inherit: Effect.fnUntraced(function* (old, cause) {
      if (under === undefined) return undefined
      const { session, handover } = under
      under = undefined
      const open =
        session.openedAt !== undefined && !session.leaving && session.fiber?.pollUnsafe() === undefined
      if (!open) {
        session.leaving = true
        if (session.fiber !== undefined) yield* Fiber.interrupt(session.fiber)
        options.forget(session)
        yield* handovers.end(handover, false)
        return undefined
      }
      if (old.openedAt !== undefined) {
        const left = [...subscriber.desired.keys()].filter(
          (stream) => !hasMoved(handover.moveOf(stream), session.line?.acknowledged.get(stream)),
        )
        yield* options.interrupted(left, cause)
      }
      yield* handovers.end(handover, true)
      return session
    }),
    abort: Effect.suspend(() => {
      if (under === undefined) return Effect.void
      const { session, handover } = under
      under = undefined
      options.forget(session)
      return handovers.end(handover, true)
    }),
  }
}
