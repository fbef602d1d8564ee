import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch, Layer, Stream } from "effect"
import * as MemoryJournal from "../../../layers/journal/Memory.ts"
import { Journal, type OnAccepted } from "../../../services/Journal.ts"
import { Tap } from "../../../services/Tap.ts"
import * as CollectTap from "../../../src/collect/Tap.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import { numberOf, testEnvelopes, testStream } from "../../support/envelopes.ts"
import { areThere, inSlab } from "../../support/slabs.ts"

const stream = testStream({})

/** A journal that holds batches, drops the first envelope of each, and accepts the rest when it is told to. */
const slow = () => {
  const waiting: Array<readonly [ReadonlyArray<Envelope>, OnAccepted | undefined]> = []
  const layer = Layer.effect(
    Journal,
    Effect.map(Journal, (journal) =>
      Journal.of({
        ...journal,
        append: (envelopes, onAccepted) =>
          Effect.sync(() => {
            waiting.push([envelopes.slice(1), onAccepted])
            return { dropped: envelopes.slice(0, 1) }
          }),
      }),
    ),
  ).pipe(Layer.provide(MemoryJournal.layer({ capacityBytes: 1 << 20 })))
  const accept = () => {
    for (const [envelopes, onAccepted] of waiting.splice(0)) onAccepted?.(envelopes)
  }
  return { layer: CollectTap.layer.pipe(Layer.provide(layer)), accept }
}

describe("the tap", () => {
  it.effect(
    "shows what is accepted, when it is, and passes on what was dropped and who wants to hear",
    () => {
      const { accept, layer } = slow()
      return Effect.gen(function* () {
        const journal = yield* Journal
        const tap = yield* Tap
        const seen: Array<number> = []
        const began = Latch.makeUnsafe(false)
        const listening = yield* Effect.forkChild(
          tap.listen({}).pipe(
            Stream.onStart(began.open),
            Stream.runForEach(({ envelopes }) =>
              Effect.sync(() => void seen.push(...envelopes.map(numberOf))),
            ),
          ),
          { startImmediately: true },
        )
        yield* began.await
        yield* Effect.yieldNow
        const heard: Array<number> = []
        const outcome = yield* journal.append(testEnvelopes([stream], 0, 3), (accepted) => {
          heard.push(...accepted.map(numberOf))
        })
        assert.deepStrictEqual(outcome?.dropped.map(numberOf), [0])
        for (let turn = 0; turn < 20; turn++) yield* Effect.yieldNow
        assert.deepStrictEqual([seen, heard], [[], []])
        accept()
        for (let turn = 0; turn < 20; turn++) yield* Effect.yieldNow
        assert.deepStrictEqual(
          [seen, heard],
          [
            [1, 2],
            [1, 2],
          ],
        )
        yield* Fiber.interrupt(listening)
      }).pipe(Effect.provide(layer))
    },
  )

  it.effect("shows records that its listener may keep, though the journal has given their bytes back", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const tap = yield* Tap
      const listening = yield* Effect.forkChild(Stream.runCollect(Stream.take(tap.listen({}), 1)), {
        startImmediately: true,
      })
      for (let turn = 0; turn < 20; turn++) yield* Effect.yieldNow
      const appended = inSlab(testEnvelopes([stream], 0, 3))
      yield* journal.append(appended)
      assert.isFalse(areThere(appended))
      const shown = (yield* Fiber.join(listening)).flatMap(({ envelopes }) => envelopes)
      assert.deepStrictEqual(shown.map(numberOf), [0, 1, 2])
      assert.isTrue(areThere(shown))
    }).pipe(
      Effect.provide(CollectTap.layer.pipe(Layer.provide(MemoryJournal.layer({ capacityBytes: 1 << 20 })))),
    ),
  )
})
