import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Schedule, type Scope } from "effect"
import type * as Segments from "../../../layers/journal/Segments.ts"
import type { JournalError, JournalReader, JournalStatus } from "../../../services/Journal.ts"
import { advance } from "../../support/clock.ts"
import { numberOf, testEnvelopes, testStream, testTrade } from "../../support/envelopes.ts"
import { encodeBatch } from "../../../src/domain/Encoder.ts"
import { quiet } from "../../support/filesSink.ts"
import { segmentFiles } from "../../support/journalFiles.ts"
import { makeDice } from "../../support/seed.ts"
import { segmentsOn } from "../../support/segmentsJournal.ts"
import { type SimulatedDisk, simulatedDisk } from "../../support/simulatedDisk.ts"

const trades = testStream({})
const tickers = testStream({ dataType: "ticker" })
const newDisk = () => simulatedDisk(makeDice(1))

const journalOn = (disk: SimulatedDisk, options: Partial<Segments.SegmentsOptions> = {}) =>
  Effect.map(segmentsOn(disk.process().fs, { segmentSize: 2_000, ...options }), ({ journal }) => journal)

const numbers = (reader: JournalReader, count: number) =>
  Effect.gen(function* () {
    const taken: Array<number> = []
    while (taken.length < count) {
      const batch = yield* reader.take(count - taken.length)
      taken.push(...batch.envelopes.map(numberOf))
      yield* reader.commit(batch.next)
    }
    return taken
  })

/** Waits for a state, not for a time. */
const until = (
  status: Effect.Effect<JournalStatus>,
  holds: (status: JournalStatus) => boolean,
): Effect.Effect<JournalStatus> =>
  status.pipe(Effect.repeat({ until: holds, schedule: Schedule.spaced("5 millis") }), Effect.orDie)

const range = (first: number, end: number) => Array.from({ length: end - first }, (_, index) => first + index)

const test = <E>(promise: string, body: Effect.Effect<void, E, Scope.Scope>) =>
  it.live(promise, () => body.pipe(Effect.scoped, quiet))

describe("segments without room", () => {
  for (const [code, reason] of [
    ["ENOSPC", "full"],
    ["EIO", "io"],
  ] as const)
    test(
      `of ${code} say so, hold what memory allows, refuse more, and go on by themselves when the disk does`,
      Effect.gen(function* () {
        const disk = newDisk()
        const journal = yield* journalOn(disk, { memory: 20_000 })
        const reader = yield* journal.reader("a", "latest")
        yield* journal.append(testEnvelopes([trades], 0, 5))
        yield* journal.sync
        disk.fault = (operation) => (operation === "write" ? code : undefined)
        yield* journal.append(testEnvelopes([trades], 5, 5))
        assert.strictEqual((yield* Effect.flip(journal.sync)).reason, reason)
        const { accepted, trouble } = yield* journal.status
        assert.strictEqual(accepted, 5)
        assert.match(trouble!, /the disk (is full: free some space|failed: look at the system's log)/)
        let next = 10
        let error: JournalError | undefined
        while (error === undefined) {
          error = yield* journal.append(testEnvelopes([trades], next, 10)).pipe(
            Effect.as(undefined),
            Effect.catch((failed) => Effect.succeed(failed)),
          )
          if (error === undefined) next += 10
        }
        assert.strictEqual(error.reason, reason)
        disk.fault = () => undefined
        const status = yield* until(journal.status, (now) => now.accepted === next)
        assert.isUndefined(status.trouble)
        assert.deepStrictEqual(yield* numbers(reader, next), range(0, next))
      }),
    )

  test(
    "drop what is declared to give way, and give it back; the rest waits; a gap record always has room",
    Effect.gen(function* () {
      const disk = newDisk()
      const journal = yield* journalOn(disk, {
        maxSize: 8_000,
        whenFull: (channel) => (channel === "ticker" ? "drop" : "block"),
      })
      const reader = yield* journal.reader("a", "latest")
      let next = 0
      const append = Effect.suspend(() => journal.append(testEnvelopes([tickers], next, 4)))
      let dropped: ReadonlyArray<number> = []
      while (dropped.length === 0) {
        const outcome = yield* append
        yield* journal.sync
        dropped = outcome?.dropped.map(numberOf) ?? []
        if (dropped.length === 0) next += 4
      }
      assert.deepStrictEqual(dropped, range(next, next + 4))
      // Of a batch of both, the trades wait and the tickers go.
      const mixed = yield* Effect.forkChild(journal.append(testEnvelopes([trades, tickers], next, 4)), {
        startImmediately: true,
      })
      yield* Effect.sleep("60 millis")
      assert.isUndefined(mixed.pollUnsafe())
      const gap = encodeBatch([{ ...testTrade(tickers, 9_999), type: "gap" }], "stream")
      const noted = yield* Effect.forkChild(journal.append(gap), { startImmediately: true })
      assert.deepStrictEqual(yield* numbers(reader, next), range(0, next))
      yield* Fiber.join(noted)
      const outcome = yield* Fiber.join(mixed)
      const trade = range(next, next + 4).filter((number) => number % 2 === 0)
      assert.deepStrictEqual(
        outcome?.dropped.map(numberOf),
        range(next, next + 4).filter((number) => number % 2 === 1),
      )
      const rest = yield* numbers(reader, 3)
      assert.sameMembers(rest, [...trade, 9_999])
    }),
  )

  test(
    "never take more of the disk than they may",
    Effect.gen(function* () {
      const disk = newDisk()
      const journal = yield* journalOn(disk, { maxSize: 12_000 })
      const reader = yield* journal.reader("a", "latest")
      const all = 400
      const appending = yield* Effect.forkChild(
        Effect.forEach(range(0, all / 4), (batch) => journal.append(testEnvelopes([trades], batch * 4, 4))),
      )
      const taken: Array<number> = []
      while (taken.length < all) {
        taken.push(...(yield* numbers(reader, 4)))
        const onDisk = segmentFiles(disk).reduce((sum, path) => sum + disk.files().get(path)!.length, 0)
        // Text of the files: a byte that is no UTF-8 counts once as well.
        assert.isAtMost(onDisk, 12_000 + 2_000)
      }
      yield* Fiber.join(appending)
      assert.deepStrictEqual(taken, range(0, all))
    }),
  )
})

describe("segments that were delivered", () => {
  it.effect("are kept for their retention, then go, however many there are", () =>
    Effect.gen(function* () {
      const disk = newDisk()
      const journal = yield* journalOn(disk, { retention: "10 seconds" })
      const reader = yield* journal.reader("a", "latest")
      for (const batch of range(0, 10)) {
        yield* journal.append(testEnvelopes([trades], batch * 4, 4))
        yield* journal.sync
      }
      yield* numbers(reader, 40)
      const held = segmentFiles(disk).length
      assert.isAbove(held, 3)
      yield* advance(9_000)
      // Delivered and not yet due: a new cursor can still have all of it.
      const late = yield* journal.reader("late", "earliest")
      assert.strictEqual(late.start, 0)
      assert.deepStrictEqual(yield* numbers(late, 40), range(0, 40))
      assert.strictEqual(segmentFiles(disk).length, held)
      yield* advance(5_000)
      assert.strictEqual(segmentFiles(disk).length, 1)
    }).pipe(Effect.scoped, quiet),
  )

  test(
    "are not kept for a cursor whose sink is gone, which is named at start",
    Effect.gen(function* () {
      const disk = newDisk()
      yield* Effect.gen(function* () {
        const journal = yield* journalOn(disk)
        yield* journal.reader("gone", "latest")
        for (const batch of range(0, 10)) {
          yield* journal.append(testEnvelopes([trades], batch * 4, 4))
          yield* journal.sync
        }
      }).pipe(Effect.scoped)
      const held = segmentFiles(disk).length
      const journal = yield* journalOn(disk, { sinks: ["a"], retention: "50 millis" })
      yield* journal.reader("a", "latest")
      yield* until(journal.status, () => segmentFiles(disk).length === 0)
      assert.isAbove(held, 3)
      // Should it come back after all, it hears what it has missed.
      const back = yield* journal.reader("gone", "latest")
      yield* journal.append(testEnvelopes([trades], 40, 2))
      const batch = yield* back.take(10)
      assert.deepStrictEqual([batch.lost, batch.next], [40, 42])
    }),
  )

  test(
    "wait for a sink of the configuration that has not begun yet",
    Effect.gen(function* () {
      const disk = newDisk()
      const journal = yield* journalOn(disk, { sinks: ["a"], retention: 0 })
      yield* journal.append(testEnvelopes([trades], 0, 20))
      yield* journal.sync
      yield* Effect.sleep("300 millis")
      const reader = yield* journal.reader("a", "earliest")
      assert.deepStrictEqual(yield* numbers(reader, 20), range(0, 20))
    }),
  )
})
