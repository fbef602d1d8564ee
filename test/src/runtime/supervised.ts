import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { Actors } from "../../../src/runtime/Actors.ts"
import * as Supervisor from "../../../src/runtime/Supervisor.ts"

/** What children said, in order: `+id` when it starts, `-id` when it has ended. */
export type Said = Array<string>

/** What was said since the last time. */
export const take = (said: Said): string => said.splice(0).join(" ")

export const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.forkChild(effect, { startImmediately: true })

/** The clock moves once before: until it has, a sleep in a finalizer of an interrupted fiber ends at once under it. */
export const inTree = <E, R>(run: (self: Supervisor.Self) => Effect.Effect<unknown, E, R>) =>
  Effect.andThen(TestClock.adjust(0), fork(Supervisor.root("top", run)))

/** A ready child that does `body`, and needs `stopTakes` milliseconds to end when it is asked to. */
export const child = (
  said: Said,
  id: string,
  body: Effect.Effect<unknown, unknown> = Effect.never,
  stopTakes = 0,
) => ({
  id,
  run: (self: Supervisor.Self) => {
    said.push(`+${id}`)
    return Effect.andThen(self.ready, body).pipe(
      Effect.onInterrupt(() => Effect.sleep(stopTakes)),
      Effect.ensuring(Effect.sync(() => said.push(`-${id}`))),
    )
  },
})

export const crashAfter = (millis: number) => Effect.delay(Effect.die(new Error("crashed")), millis)

/** Crashes in its first life, and lives on in the next. */
export const crashOnceAfter = (millis: number) => {
  let lives = 0
  return Effect.suspend(() => (++lives === 1 ? crashAfter(millis) : Effect.never))
}

export const snapshot = (path: string) =>
  Effect.flatMap(Actors, (actors) => Effect.map(actors.get(path), Option.getOrThrow))

export const stateOf = (path: string) => Effect.map(snapshot(path), ({ state }) => state)

export const provide = Effect.provide(Actors.layer)
