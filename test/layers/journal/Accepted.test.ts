import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Schedule, type Scope } from "effect"
import { TestClock } from "effect/testing"
import * as MemoryJournal from "../../../layers/journal/Memory.ts"
import type { Journal } from "../../../services/Journal.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import { numberOf, testEnvelopes, testStream } from "../../support/envelopes.ts"
import { quiet } from "../../support/filesSink.ts"
import { makeDice } from "../../support/seed.ts"
import { segmentsOn } from "../../support/segmentsJournal.ts"
import { simulatedDisk } from "../../support/simulatedDisk.ts"

const trades = testStream({})
const tickers = testStream({ dataType: "ticker" })

const test = <E>(promise: string, body: Effect.Effect<void, E, Scope.Scope>) =>
  it.live(promise, () => body.pipe(Effect.scoped, quiet))

const until = (holds: () => boolean) =>
  Effect.sync(holds).pipe(Effect.repeat({ until: (is) => is, schedule: Schedule.spaced("2 millis") }))

const hearing = () => {
  const heard: Array<ReadonlyArray<number>> = []
  return { heard, onAccepted: (accepted: ReadonlyArray<Envelope>) => void heard.push(accepted.map(numberOf)) }
}

/** Told of each batch, once, in order, with the readers. */
const tellsInOrder = Effect.fnUntraced(function* (journal: Journal["Service"]) {
  const { heard, onAccepted } = hearing()
  for (let batch = 0; batch < 5; batch++)
    yield* journal.append(testEnvelopes([trades], batch * 2, 2), onAccepted)
  yield* journal.sync
  assert.deepStrictEqual(heard, [
    [0, 1],
    [2, 3],
    [4, 5],
    [6, 7],
    [8, 9],
  ])
})

describe("who appends hears when it is accepted", () => {
  test("in memory", Effect.flatMap(MemoryJournal.make({ capacityBytes: 1 << 20 }), tellsInOrder))

  test(
    "in memory, of a batch that had to wait for room",
    Effect.gen(function* () {
      const journal = yield* MemoryJournal.make({ capacityBytes: 1 << 20, capacityItems: 4 })
      const reader = yield* journal.reader("a", "latest")
      const { heard, onAccepted } = hearing()
      yield* journal.append(testEnvelopes([trades], 0, 4), onAccepted)
      const waiting = yield* Effect.forkChild(journal.append(testEnvelopes([trades], 4, 2), onAccepted), {
        startImmediately: true,
      })
      assert.deepStrictEqual(heard, [[0, 1, 2, 3]])
      yield* reader.commit((yield* reader.take(4)).next)
      yield* Fiber.join(waiting)
      assert.deepStrictEqual(heard, [
        [0, 1, 2, 3],
        [4, 5],
      ])
    }),
  )

  test(
    "on the disk",
    Effect.flatMap(segmentsOn(simulatedDisk(makeDice(1)).process().fs), ({ journal }) =>
      tellsInOrder(journal),
    ),
  )

  test(
    "on the disk, not before it is synced, and whatever the disk does before",
    Effect.gen(function* () {
      const disk = simulatedDisk(makeDice(1))
      const { journal } = yield* segmentsOn(disk.process().fs)
      const { heard, onAccepted } = hearing()
      disk.fault = (kind) => (kind === "sync" ? "EIO" : undefined)
      yield* journal.append(testEnvelopes([trades], 0, 3), onAccepted)
      yield* Effect.flip(journal.sync)
      assert.deepStrictEqual(heard, [])
      disk.fault = () => undefined
      yield* until(() => heard.length > 0)
      assert.deepStrictEqual(heard, [[0, 1, 2]])
      assert.strictEqual((yield* journal.status).accepted, 3)
    }),
  )

  test(
    "of what was not dropped, and of nothing where all was",
    Effect.gen(function* () {
      const { journal } = yield* segmentsOn(simulatedDisk(makeDice(1)).process().fs, {
        segmentSize: 2_000,
        maxSize: 8_000,
        whenFull: (channel) => (channel === "ticker" ? "drop" : "block"),
      })
      yield* journal.reader("a", "latest")
      const { heard, onAccepted } = hearing()
      let next = 0
      for (;;) {
        const outcome = yield* journal.append(testEnvelopes([tickers], next, 4), onAccepted)
        yield* journal.sync
        if (outcome !== undefined) break
        next += 4
      }
      assert.strictEqual(heard.flat().length, next)
      const mixed = yield* Effect.forkChild(
        journal.append(testEnvelopes([trades, tickers], next, 4), onAccepted),
        {
          startImmediately: true,
        },
      )
      yield* Effect.sleep("30 millis")
      assert.isUndefined(mixed.pollUnsafe())
      // The process is about to end: there is room for what is in hand.
      yield* journal.admitAll
      const outcome = yield* Fiber.join(mixed)
      yield* journal.sync
      assert.sameMembers(
        [...heard.flat().slice(next), ...(outcome?.dropped.map(numberOf) ?? [])],
        Array.from({ length: 4 }, (_, index) => next + index),
      )
      assert.strictEqual((yield* journal.status).accepted, heard.flat().length)
    }),
  )

  it.effect("on a disk that syncs at once in few groups, none later than the interval", () =>
    Effect.gen(function* () {
      const disk = simulatedDisk(makeDice(1))
      let syncs = 0
      disk.fault = (kind) => {
        if (kind === "sync") syncs++
        return undefined
      }
      const { journal } = yield* segmentsOn(disk.process().fs, { syncInterval: "10 millis" })
      let late = 0
      let now = 0
      syncs = 0
      for (let number = 0; number < 1000; number++) {
        const at = yield* Clock.currentTimeMillis
        yield* journal.append(testEnvelopes([trades], number, 1), () => {
          if (now - at > 10) late++
        })
        yield* TestClock.adjust("1 millis")
        now = yield* Clock.currentTimeMillis
        for (let turn = 0; turn < 20; turn++) yield* Effect.yieldNow
      }
      assert.strictEqual(late, 0)
      assert.isAtLeast(syncs, 90)
      assert.isAtMost(syncs, 150)
    }).pipe(Effect.scoped, quiet),
  )
})
