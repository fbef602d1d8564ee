import { assert, describe } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { DeadLetters, DeadLettersError, type LetterDraft } from "../../../services/DeadLetters.ts"
import { catalog } from "../../../services/MetricCatalog.ts"
import { Metrics } from "../../../services/Metrics.ts"
import { makeQuarantine, type Quarantine } from "../../../src/collect/Quarantine.ts"
import { Actors } from "../../../src/runtime/Actors.ts"
import { root, supervise } from "../../../src/runtime/Supervisor.ts"
import { draft } from "../../contract/DeadLetters.ts"
import { eventually } from "../../support/process.ts"
import { inMemory, live } from "../../support/venueBench.ts"

describe("the quarantine", () => {
  const store = (put: DeadLetters["Service"]["put"]) =>
    DeadLetters.of({
      put,
      list: () => Effect.die("not asked"),
      get: () => Effect.die("not asked"),
      status: Effect.succeed({ letters: 0, bytes: 0, evicted: 0 }),
    })

  const full = new DeadLettersError({ path: "somewhere", detail: "cannot write them: ENOSPC" })

  const started = (quarantine: Quarantine) =>
    Effect.gen(function* () {
      const actors = yield* Actors
      const tree = yield* Effect.forkScoped(
        root("test", (self) => supervise(self, {}, [{ id: "dead-letters", run: quarantine.run }])),
      )
      const state = Effect.map(
        actors.list,
        (list) => list.find(({ path }) => path.endsWith("letters"))?.state,
      )
      const comes = (wanted: string) =>
        eventually(
          wanted,
          Effect.map(state, (is) => (is === wanted ? true : undefined)),
        )
      yield* comes("running")
      return { tree, comes }
    })

  live(
    "waits for a disk that is full, and keeps everything once there is room",
    inMemory,
    Effect.gen(function* () {
      let room = false
      const kept: Array<string> = []
      const put = (letters: ReadonlyArray<LetterDraft>) =>
        Effect.suspend(() => {
          if (!room) return Effect.fail(full)
          kept.push(...letters.map(({ detail }) => detail))
          return Effect.void
        })
      const quarantine = yield* makeQuarantine.pipe(Effect.provideService(DeadLetters, store(put)))
      const { comes } = yield* started(quarantine)
      for (let number = 0; number < 10; number++) quarantine.add(draft(number))
      yield* comes("degraded")
      for (let number = 10; number < 20; number++) quarantine.add(draft(number))
      room = true
      yield* comes("running")
      yield* eventually(
        "all are kept",
        Effect.sync(() => (kept.length === 20 ? true : undefined)),
      )
      assert.deepStrictEqual(
        kept,
        Array.from({ length: 20 }, (_, number) => `number ${number}`),
      )
      assert.strictEqual((yield* Metrics).series.sum(catalog.deadLettersLost), 0)
    }),
  )

  live(
    "never holds up who adds: what does not fit meanwhile is counted as lost, and so is what the stop cannot keep",
    inMemory,
    Effect.gen(function* () {
      const entered = yield* Deferred.make<void>()
      const release = yield* Deferred.make<void>()
      let kept = 0
      const put = (letters: ReadonlyArray<LetterDraft>) =>
        Effect.gen(function* () {
          yield* Deferred.succeed(entered, undefined)
          yield* Deferred.await(release)
          if (kept > 0) return yield* full
          kept += letters.length
        })
      const quarantine = yield* makeQuarantine.pipe(Effect.provideService(DeadLetters, store(put)))
      const { tree } = yield* started(quarantine)
      quarantine.add(draft(0))
      yield* Deferred.await(entered)
      const bytes = Buffer.alloc(1 << 20)
      const added = 30
      for (let number = 0; number < added; number++) quarantine.add(draft(number, { bytes }))
      const { series } = yield* Metrics
      const overflow = series.sum(catalog.deadLettersLost)
      assert.isAtLeast(overflow, added - 8)
      yield* Deferred.succeed(release, undefined)
      yield* Fiber.interrupt(tree)
      quarantine.add(draft(1))
      assert.deepStrictEqual(
        series
          .values(catalog.deadLettersLost)
          .map(([tags, count]) => [tags.cause, count])
          .sort(),
        [
          ["overflow", overflow],
          ["stopped", added - overflow + 1],
        ],
      )
      assert.strictEqual(kept, 1)
    }),
  )
})
