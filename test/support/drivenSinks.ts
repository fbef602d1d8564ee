import { assert, it } from "@effect/vitest"
import { Effect, Layer, References } from "effect"
import { TestClock } from "effect/testing"
import * as Memory from "../../layers/journal/Memory.ts"
import { Journal } from "../../services/Journal.ts"
import { Metrics } from "../../services/Metrics.ts"
import { makeSinks, type Sinks } from "../../src/collect/sinks/Sinks.ts"
import type { SinkDriverOptions } from "../../src/collect/sinks/SinkDriver.ts"
import { Actors } from "../../src/runtime/Actors.ts"
import { root } from "../../src/runtime/Supervisor.ts"
import { testEnvelopes, testStream } from "./envelopes.ts"
import type { ScriptedSink } from "./scriptedSink.ts"

const stream = testStream({})
export const range = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => first + index)

export const services = Layer.mergeAll(
  Memory.layer({ capacityBytes: 10_000_000 }),
  Metrics.layer,
  Actors.layer,
)

/** Appends envelopes numbered on from those before. */
export const appender = () => {
  let end = 0
  return (count: number) =>
    Effect.suspend(() => {
      const envelopes = testEnvelopes([stream], end, count)
      end += count
      return Effect.flatMap(Journal, (journal) => journal.append(envelopes))
    })
}

export const settle = Effect.andThen(TestClock.adjust(0), Effect.yieldNow).pipe(Effect.repeat({ times: 20 }))

/** Starts sinks under a supervisor of their own. */
export const start = (scripted: ReadonlyArray<ScriptedSink>, options: Omit<SinkDriverOptions, "from"> = {}) =>
  Effect.gen(function* () {
    const sinks = yield* makeSinks(
      scripted.map(({ sink }) => ({ sink })),
      { drainDeadline: 0, ...options },
    )
    const fiber = yield* Effect.forkChild(root("sinks", sinks.run))
    yield* settle
    return { sinks, fiber }
  })

export const accountOf = (sinks: Sinks) => Effect.map(sinks.accounts, ([account]) => account!)

export const balanced = (sinks: Sinks) =>
  Effect.map(sinks.accounts, (accounts) => {
    for (const { accepted, delivered, deadLettered, dropped, waiting } of accounts) {
      const others = Object.values(dropped).reduce((sum, each) => sum + each, deadLettered)
      assert.strictEqual(accepted, delivered + others + waiting)
    }
  })

export const test = (promise: string, body: Effect.Effect<void, unknown, Journal | Metrics | Actors>) =>
  it.effect(promise, () =>
    body.pipe(Effect.provide(services), Effect.provideService(References.MinimumLogLevel, "None")),
  )
