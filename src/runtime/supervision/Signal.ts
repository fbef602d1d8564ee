import { Duration, Effect, Latch, Scheduler } from "effect"

/** Wakes one waiting fiber. What it is woken for stands elsewhere: any number of notices make one wake. */
export interface Signal {
  /** From any callback: the waiting fiber goes on in a task of its own, never inside this call. */
  readonly notifyUnsafe: () => void
  /** Until a notice since the last wait, or so many milliseconds. */
  readonly wait: (millis: number) => Effect.Effect<void>
}

export const make: Effect.Effect<Signal> = Effect.withFiber((fiber) =>
  Effect.sync(() => {
    const dispatcher = fiber.getRef(Scheduler.Scheduler).makeDispatcher()
    const latch = Latch.makeUnsafe(false)
    let notified = false
    const open = () => void latch.openUnsafe()
    const heard = Effect.sync(() => {
      notified = false
      latch.closeUnsafe()
    })
    return {
      notifyUnsafe: () => {
        if (notified) return
        notified = true
        dispatcher.scheduleTask(open, 0)
      },
      wait: (millis) =>
        Effect.andThen(
          millis === Infinity ? latch.await : Effect.timeoutOption(latch.await, Duration.millis(millis)),
          heard,
        ),
    }
  }),
)
