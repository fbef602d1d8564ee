import { Clock, Context, Effect, Latch, Layer } from "effect"
import { Tasks } from "../../services/Tasks.ts"
import { monotonicMillisOf } from "../runtime/Monotonic.ts"

/**
 * How long this node may run what its control plane gave it. The plane gives the tasks of a node that it does not hear
 * to another one; that both run them at once is kept from here: what was not renewed in time is let go, and comes with
 * the next answer if it is still this node's. A plane that says nothing of leases is one whose lists stay until they are
 * replaced.
 */
export class Lease extends Context.Service<
  Lease,
  {
    /** An answer came that says so many seconds, to a question asked then (monotonic milliseconds). 0: for ever. */
    readonly renew: (askedAt: number, seconds: number) => Effect.Effect<void>
    /** Asked each time: a process that stood still wakes up with all its timers due at once. */
    readonly isHeld: Effect.Effect<boolean>
    /** Lets the list go when the time is up. */
    readonly watch: Effect.Effect<never>
  }
>()("millrace/nodes/Lease") {}

const make = Effect.gen(function* () {
  const clock = yield* Clock.Clock
  const tasks = yield* Tasks
  const renewed = Latch.makeUnsafe(false)
  let until = Infinity
  const left = () => until - monotonicMillisOf(clock)

  const letGo = Effect.gen(function* () {
    const count = (yield* tasks.instances).filter(({ invalid }) => invalid === 0).length
    if (count === 0) return
    yield* Effect.logWarning(
      `the control plane has not answered in time: ${count} tasks are let go, since another node may have them now`,
    )
    // What the store cannot keep is gone from the list in memory all the same.
    yield* tasks.releasePlane.pipe(Effect.catch((error) => Effect.logError(error.message)))
  })

  return Lease.of({
    renew: (askedAt, seconds) =>
      Effect.sync(() => {
        until = seconds > 0 ? askedAt + seconds * 1000 : Infinity
        renewed.openUnsafe()
      }),
    isHeld: Effect.sync(() => left() > 0),
    watch: Effect.gen(function* () {
      for (;;) {
        renewed.closeUnsafe()
        const wait = left()
        if (wait <= 0) yield* letGo
        yield* wait === Infinity || wait <= 0
          ? renewed.await
          : Effect.timeoutOption(renewed.await, Math.ceil(wait))
      }
    }),
  })
})

/** The task table as a node may use it: while the lease has run out, the control plane's list is empty. */
export const leased = <E, R>(tasks: Layer.Layer<Tasks, E, R>): Layer.Layer<Tasks | Lease, E, R> =>
  Layer.effect(
    Tasks,
    Effect.gen(function* () {
      const table = yield* Tasks
      const { isHeld } = yield* Lease
      return Tasks.of({
        ...table,
        instances: Effect.flatMap(isHeld, (held) => (held ? table.instances : Effect.succeed([]))),
      })
    }),
  ).pipe(Layer.provideMerge(Layer.effect(Lease, make)), Layer.provide(tasks))
