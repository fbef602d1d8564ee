import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, type FileSystem } from "effect"
import type { JournalIdentity } from "../../../services/Journal.ts"
import { payloadOf } from "../../../src/domain/Envelope.ts"
import { numberOf, testEnvelopes, testStream } from "../../support/envelopes.ts"
import { durable, filesOn, linesOf, quiet } from "../../support/filesSink.ts"
import { type Dice, withSeeds } from "../../support/seed.ts"
import { simulatedDirect } from "../../support/simulatedDirect.ts"
import { simulatedDisk } from "../../support/simulatedDisk.ts"

describe("the files sink", () => {
  it.live(
    "has every record once and whole lines only, killed or cut from power at any moment, with a durable journal",
    () => withSeeds(100, crashes).pipe(quiet),
  )

  it.live(
    "has whole lines only and keeps what it delivered, killed at any moment, with a journal in memory",
    () => withSeeds(50, killsWithoutJournal).pipe(quiet),
  )
})

const crashStreams = [testStream({}), testStream({ base: "ETH" }), testStream({ dataType: "bbo" })]

/** One process's life: recovers, writes on from there, commits what is settled. Ends when everything is settled. */
const life = (
  fs: FileSystem.FileSystem,
  journal: JournalIdentity,
  cursor: { position: number },
  total: number,
  dice: Dice,
) =>
  Effect.gen(function* () {
    const openDirect = simulatedDirect(fs, dice)
    const sink = yield* filesOn(fs, {
      markInterval: "1 millis",
      maxOpenFiles: 2,
      largeChunk: 5_000,
      openDirect,
    })
    const atOnce = dice.pick([30, 120])
    let read = yield* sink.recover!({ journal, position: cursor.position })
    assert.isAtLeast(read, cursor.position)
    const writer = yield* sink.open
    const settling = yield* Effect.forkChild(
      Effect.gen(function* () {
        while (cursor.position < total) cursor.position = yield* writer.settled!(cursor.position)
      }),
    )
    while (read < total) {
      const next = Math.min(total, read + 1 + dice.int(atOnce))
      const delivered = yield* writer.write(testEnvelopes(crashStreams, read, next - read), next)
      if (dice.chance(0.7)) yield* delivered
      read = next
    }
    yield* Fiber.join(settling)
  }).pipe(Effect.scoped)

const crashes = (dice: Dice) =>
  Effect.gen(function* () {
    const disk = simulatedDisk(dice)
    const cursor = { position: 0 }
    const total = 200
    for (let lives = 0; lives < 30; lives++) {
      const machine = disk.process(1 + dice.int(dice.pick([10, 60, 250])))
      const ended = yield* Effect.raceFirst(
        Effect.as(Fiber.join(yield* Effect.forkDetach(life(machine.fs, durable, cursor, total, dice))), true),
        Effect.as(machine.killed, false),
      )
      if (ended) break
      if (dice.chance(0.5)) disk.cutPower()
    }
    yield* life(disk.process().fs, durable, cursor, total, dice)
    const expected = testEnvelopes(crashStreams, 0, total).map((envelope) => payloadOf(envelope).toString())
    for (const each of crashStreams) {
      const type = `"type":"${each.dataType.type}"`
      const symbol = `"symbol":"${each.instrument.symbol}"`
      const of = (lines: ReadonlyArray<string>) =>
        lines.filter((line) => line.includes(type) && line.includes(symbol))
      assert.deepStrictEqual(of(linesOf(disk)), of(expected))
    }
  })

const killsWithoutJournal = (dice: Dice) =>
  Effect.gen(function* () {
    const disk = simulatedDisk(dice)
    const delivered = new Set<number>()
    let next = 0
    for (let lives = 0; lives < 5; lives++) {
      const machine = disk.process(lives === 4 ? undefined : 1 + dice.int(120))
      const run = Effect.gen(function* () {
        const sink = yield* filesOn(machine.fs, { markInterval: "1 millis", maxOpenFiles: 2 })
        yield* sink.recover!({ journal: { id: `memory-${lives}`, durable: false }, position: 0 })
        const writer = yield* sink.open
        for (let batch = 0; batch < 20; batch++) {
          const envelopes = testEnvelopes(crashStreams, next, 1 + dice.int(10))
          next += envelopes.length
          yield* yield* writer.write(envelopes, next)
          for (const envelope of envelopes) delivered.add(numberOf(envelope))
        }
      }).pipe(Effect.scoped)
      yield* Effect.raceFirst(Fiber.join(yield* Effect.forkDetach(run)), machine.killed)
    }
    for (const [path, text] of disk.files()) {
      if (!path.endsWith(".jsonl")) continue
      // A file that was not written to since the last kill was healed at the start all the same.
      assert.isTrue(text === "" || text.endsWith("\n"), path)
      const numbers = text
        .split("\n")
        .slice(0, -1)
        .map((line) => Number((JSON.parse(line) as { data: { tradeId: string } }).data.tradeId))
      assert.deepStrictEqual(
        numbers,
        numbers.toSorted((left, right) => left - right),
      )
      assert.strictEqual(new Set(numbers).size, numbers.length)
      for (const number of numbers) delivered.delete(number)
    }
    assert.deepStrictEqual(Array.from(delivered), [])
  })
