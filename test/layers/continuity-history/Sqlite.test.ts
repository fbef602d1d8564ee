import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Memory from "../../../layers/continuity-history/Memory.ts"
import * as Sqlite from "../../../layers/continuity-history/Sqlite.ts"
import {
  ContinuityHistory,
  type ContinuityHistoryError,
  type GapState,
  type HistoryLimits,
} from "../../../services/ContinuityHistory.ts"
import { continuityHistoryContract } from "../../contract/ContinuityHistory.ts"
import {
  btc,
  count,
  day,
  gapOf,
  hour,
  limits,
  minute,
  nameOf,
  noon,
  one,
  read,
  write,
} from "../../support/continuity.ts"
import { temporaryFolder } from "../../support/process.ts"
import { type Dice, withSeeds } from "../../support/seed.ts"

const inFile = (path: string, change: Partial<HistoryLimits> = {}) =>
  Sqlite.layer({ ...limits, ...change, path }).pipe(Layer.provide(NodeServices.layer))

continuityHistoryContract({
  name: "an SQLite file",
  make: (bounds) =>
    Effect.map(temporaryFolder, (folder) => inFile(join(folder, "data", "history.db"), bounds)),
})

/** What each of two histories says of the same things that happened. */
const happenings = (dice: Dice) => {
  const streams = Array.from({ length: 5 }, (_, index) =>
    nameOf(`S${index}-USDT`, dice.pick(["trade", "bbo"])),
  )
  const gaps: Array<GapState> = []
  const someGap = (now: number): GapState => {
    const again = gaps.length > 0 && dice.chance(0.5) ? dice.pick(gaps) : undefined
    if (again !== undefined) {
      const repair = dice.pick(["partial", "complete", "none"] as const)
      const left =
        again.missing === undefined ? undefined : repair === "complete" ? 0 : dice.int(again.missing)
      const at = now + dice.int(1000)
      return { ...again, revision: again.revision + 1, at, repair, left, repaired: dice.int(5) }
    }
    const began = now - dice.int(6 * hour)
    const known = dice.chance(0.5) ? { missing: 1 + dice.int(1000) } : { missing: undefined }
    return gapOf(dice.pick(streams), dice.int(50), began, {
      ...known,
      left: known.missing,
      to: dice.chance(0.2) ? {} : { timestamp: began + dice.int(4 * hour) },
      repair: dice.pick(["none", "pending"]),
    })
  }
  let number = 0
  return (now: number) => {
    const states = Array.from({ length: dice.int(4) }, () => someGap(now))
    gaps.push(...states)
    const counts = Array.from({ length: dice.int(20) }, () =>
      count(
        dice.pick(streams),
        Math.floor((now - dice.int(hour)) / minute) * minute,
        dice.int(5000),
        dice.int(3),
      ),
    )
    return { number: ++number, counts, gaps: states }
  }
}

describe("a history in an SQLite file", () => {
  it.effect("says the same as one in memory, whatever happened", () =>
    withSeeds(8, (dice) =>
      Effect.scoped(
        Effect.gen(function* () {
          yield* TestClock.setTime(noon)
          const folder = yield* temporaryFolder
          const bounds = { retentionMillis: 5 * day }
          const histories = yield* Effect.forEach(
            [Memory.layer({ ...limits, ...bounds }), inFile(join(folder, "history.db"), bounds)],
            (layer) => Effect.map(Layer.build(layer), (context) => Context.get(context, ContinuityHistory)),
          )
          const next = happenings(dice)
          for (let round = 0; round < 60; round++) {
            const now = yield* Clock.currentTimeMillis
            const batch = next(now)
            for (const history of histories) yield* history.write(batch)
            if (dice.chance(0.1)) for (const history of histories) yield* history.sweep
            const from = now - dice.int(6 * day)
            const query = {
              from,
              to: from + 1 + dice.int(6 * day),
              limit: dice.int(20),
              ...(dice.chance(0.2) ? { dataType: "bbo" } : {}),
            }
            const [inMemory, onDisk] = yield* Effect.forEach(histories, (history) => history.read(query))
            // Gaps that began at the same time stand in any order.
            assert.deepStrictEqual({ ...onDisk, gaps: [] }, { ...inMemory, gaps: [] })
            assert.strictEqual(onDisk!.gaps.length, inMemory!.gaps.length)
            yield* TestClock.adjust(dice.int(4 * hour))
          }
        }),
      ).pipe(Effect.orDie),
    ),
  )

  const failure = (path: string, use: Effect.Effect<unknown, ContinuityHistoryError, ContinuityHistory>) =>
    Effect.flip(Effect.scoped(Effect.provide(use, inFile(path))))

  it.effect("outlives the process: what was written is read by the next, and continued", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const path = join(yield* temporaryFolder, "history.db")
      yield* write([count(btc, noon, 5)], [gapOf(btc, 1, noon)]).pipe(Effect.provide(inFile(path)))
      yield* Effect.gen(function* () {
        const history = yield* ContinuityHistory
        // The next process counts its batches from 1 again.
        yield* history.write({ number: 1, counts: [count(btc, noon, 6)], gaps: [] })
        assert.deepInclude(yield* one(btc, noon, noon + hour), { received: 11, missing: 10 })
      }).pipe(Effect.provide(inFile(path)))
    }),
  )

  it.effect("refuses a file that is none, says what to do, and leaves it as it is", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "history.db")
      const text = "these are somebody's notes, not a database\n".repeat(100)
      writeFileSync(path, text)
      const error = yield* failure(path, write([count(btc, noon, 5)]))
      assert.strictEqual(error.reason, "damaged")
      assert.include(error.message, path)
      assert.match(error.message, /move it away/)
      assert.strictEqual(readFileSync(path, "utf8"), text)
    }),
  )

  it.effect("refuses another program's database, and one of a later version by name", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const [other, later] = [join(folder, "other.db"), join(folder, "later.db")]
      const theirs = new DatabaseSync(other)
      theirs.exec("CREATE TABLE songs (title TEXT)")
      theirs.close()
      assert.strictEqual((yield* failure(other, read(noon, noon + 1))).reason, "damaged")
      yield* write([count(btc, noon, 5)]).pipe(Effect.provide(inFile(later)))
      const ours = new DatabaseSync(later)
      ours.exec("PRAGMA user_version = 7")
      ours.close()
      const error = yield* failure(later, write([count(btc, noon, 5)]))
      assert.strictEqual(error.reason, "later_version")
      assert.match(
        error.message,
        /later version of Millrace \(layout 7; this one knows 1\): start that version/,
      )
      assert.strictEqual((yield* failure(later, read(noon, noon + 1))).reason, "later_version")
    }),
  )

  it.effect("says that a file is damaged in its middle, and goes on once it was moved away", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const path = join(yield* temporaryFolder, "history.db")
      const counts = Array.from({ length: 5000 }, (_, index) => count(btc, noon - index * minute, 5))
      yield* write(counts).pipe(Effect.provide(inFile(path)))
      const bytes = readFileSync(path)
      bytes.fill(0xa5, 8192)
      writeFileSync(path, bytes)
      yield* Effect.gen(function* () {
        const error = yield* Effect.flip(read(noon - 30 * day, noon))
        assert.strictEqual(error.reason, "damaged")
        assert.match(error.message, /is damaged: move it away/)
        renameSync(path, `${path}.damaged`)
        yield* write([count(btc, noon, 7)])
        assert.strictEqual((yield* one(btc, noon, noon + hour)).received, 7)
      }).pipe(Effect.provide(inFile(path)))
    }),
  )

  it.effect("says why it cannot be opened", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      writeFileSync(join(folder, "file"), "")
      const below = yield* failure(join(folder, "file", "history.db"), write([count(btc, noon, 1)]))
      assert.strictEqual(below.reason, "io")
      assert.match(below.message, /set another `continuity.path`/)
      mkdirSync(join(folder, "folder"))
      const onFolder = yield* failure(join(folder, "folder"), write([count(btc, noon, 1)]))
      assert.strictEqual(onFolder.reason, "io")
      assert.match(onFolder.message, /set another `continuity.path`/)
    }),
  )
})
