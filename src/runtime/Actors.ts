import { Context, Effect, Layer, Option, PubSub, Stream } from "effect"
import * as Actor from "./Actor.ts"

/** A watcher that is slower than this many moves misses the oldest; `list` has the truth. */
const changesKept = 1024

/**
 * Every actor there is. Memory is bounded by the number of actors: what a dynamic supervisor has done with is removed,
 * with everything below it.
 */
export class Actors extends Context.Service<
  Actors,
  {
    /** In the order in which they first started: a parent before its children. */
    readonly list: Effect.Effect<ReadonlyArray<Actor.ActorSnapshot>>
    readonly get: (path: string) => Effect.Effect<Option.Option<Actor.ActorSnapshot>>
    /** The last moves of an actor, oldest first; empty when there is none of this name. */
    readonly history: (path: string) => Effect.Effect<ReadonlyArray<Actor.ActorMove>>
    /** Each move from now on. Never holds up an actor: a slow watcher misses the oldest. */
    readonly changes: Stream.Stream<Actor.ActorSnapshot>
    /** The record of this path, a new one or that of an actor which has ended. Two living actors of one path are a defect. */
    readonly register: (path: string, kind: Actor.ActorKind) => Effect.Effect<Actor.Actor>
    /** Forgets an actor and all below it. */
    readonly remove: (path: string) => Effect.Effect<void>
    /** Its children now stand below it. */
    readonly supervises: (path: string) => Effect.Effect<void>
  }
>()("millrace/runtime/Actors") {
  static readonly layer: Layer.Layer<Actors> = Layer.effect(
    Actors,
    Effect.suspend(() => make),
  )
}

const make = Effect.gen(function* () {
  const actors = new Map<string, Actor.Actor>()
  const moves = yield* Effect.acquireRelease(
    PubSub.sliding<Actor.ActorSnapshot>(changesKept),
    PubSub.shutdown,
  )
  const announce = (snapshot: Actor.ActorSnapshot) => Effect.asVoid(PubSub.publish(moves, snapshot))

  return Actors.of({
    list: Effect.sync(() => Array.from(actors.values(), (actor) => actor.snapshot())),
    get: (path) =>
      Effect.sync(() => Option.map(Option.fromNullishOr(actors.get(path)), (actor) => actor.snapshot())),
    history: (path) => Effect.sync(() => actors.get(path)?.history() ?? []),
    changes: Stream.fromPubSub(moves),
    register: (path, kind) =>
      Effect.suspend(() => {
        const known = actors.get(path)
        if (known !== undefined) {
          const ended = known.state() === "stopped" || known.state() === "failed"
          return ended
            ? Effect.succeed(known)
            : Effect.die(new Error(`two actors are named ${path}: give one of them another id`))
        }
        const actor = Actor.make(path, kind, announce)
        actors.set(path, actor)
        return Effect.succeed(actor)
      }),
    remove: (path) =>
      Effect.sync(() => {
        actors.delete(path)
        for (const below of actors.keys()) if (below.startsWith(`${path}/`)) actors.delete(below)
      }),
    supervises: (path) => Effect.suspend(() => actors.get(path)?.supervises ?? Effect.void),
  })
})
