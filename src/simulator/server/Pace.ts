import { type Clock, Effect } from "effect"
import type { Session } from "./Session.ts"

/** The market's time, and the loop that brings it to the subscribers. */
export interface Pace {
  readonly now: () => number
  /** Delivers for ever; `round` is what else is to be done every few milliseconds. */
  readonly run: (sessions: () => Iterable<Session>, round: () => void) => Effect.Effect<never>
}

const tickMillis = 10
/** The most that a connection catches up with in one tick. */
const catchUpMillis = 1000

/** The market's time is the clock's, `startAt` at the beginning if that is given. */
export const clockPace = (clock: Clock.Clock, startAt: number | undefined): Pace => {
  const offset = startAt === undefined ? 0 : startAt - clock.currentTimeMillisUnsafe()
  const now = () => clock.currentTimeMillisUnsafe() + offset
  return {
    now,
    run: (sessions, round) =>
      Effect.sync(() => {
        round()
        const to = now()
        for (const session of sessions()) {
          session.deliver(to, catchUpMillis)
          session.tick()
        }
      }).pipe(Effect.andThen(Effect.sleep(tickMillis)), Effect.forever),
  }
}

const stepMillis = 100
/** So many steps at most before sockets and timers have their turn. */
const burst = 50

/** The market's time runs ahead as fast as all subscribers take it. */
export const floodPace = (clock: Clock.Clock, startAt: number | undefined): Pace => {
  let time = startAt ?? clock.currentTimeMillisUnsafe()
  /** False when nobody listens or somebody has no room. */
  const advance = (subscribers: ReadonlyArray<Session>): boolean => {
    for (let step = 0; step < burst; step++) {
      if (subscribers.length === 0 || !subscribers.every((session) => session.ready())) return false
      time += stepMillis
      for (const session of subscribers) {
        session.deliver(time, stepMillis)
        session.tick()
      }
    }
    return true
  }
  return {
    now: () => time,
    run: (sessions, round) =>
      Effect.suspend(() => {
        round()
        const all = [...sessions()]
        for (const session of all) session.tick()
        const more = advance(all.filter((session) => session.subscriptions() > 0))
        return more ? Effect.yieldNow : Effect.sleep(1)
      }).pipe(Effect.forever),
  }
}
