import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, type FileSystem, Schedule } from "effect"
import type { JournalBatch, JournalError, JournalReader } from "../../../services/Journal.ts"
import { numberOf, testEnvelopes, testStream } from "../../support/envelopes.ts"
import { quiet } from "../../support/filesSink.ts"
import { type Dice, withSeeds } from "../../support/seed.ts"
import { segmentsOn } from "../../support/segmentsJournal.ts"
import { simulatedDirect } from "../../support/simulatedDirect.ts"
import { type SimulatedDisk, simulatedDisk } from "../../support/simulatedDisk.ts"

const streams = [testStream({}), testStream({ base: "ETH" }), testStream({ dataType: "bbo" })]

/** What must be true of the journal, whatever becomes of the processes that use it. */
interface Model {
  /** The next number that is appended: each only once, ever. */
  next: number
  /** So many were accepted at least. */
  accepted: number
  /** Numbers that were accepted for certain. */
  readonly certain: Set<number>
  /** The number that was read at each position. */
  readonly at: Map<number, number>
  /** What each cursor's sink has committed at most. */
  readonly committed: Map<string, number>
  /** Where "a" stood when a process last ended in peace. */
  settled: number
}

const check = (model: Model, batch: JournalBatch, from: number): void => {
  assert.isUndefined(batch.lost, "nothing that was accepted is lost")
  assert.strictEqual(batch.next, from + batch.envelopes.length)
  batch.envelopes.forEach((envelope, index) => {
    const position = from + index
    const number = numberOf(envelope)
    assert.strictEqual(model.at.get(position) ?? number, number, `what stands at ${position} has changed`)
    model.at.set(position, number)
    const before = model.at.get(position - 1)
    if (before !== undefined) assert.isAbove(number, before, "order")
    assert.include(envelope.bytes.toString("utf8", envelope.start, envelope.end), `"tradeId":"${number}"`)
  })
}

const retrying = <A>(effect: Effect.Effect<A, JournalError>) =>
  Effect.retry(effect, {
    schedule: Schedule.spaced("2 millis"),
    while: (error) => error.reason === "io" || error.reason === "full",
  })

/** One process's life with the journal: appends, reads and commits at random. */
const life = (fs: FileSystem.FileSystem, model: Model, dice: Dice, steps: number) =>
  Effect.gen(function* () {
    const { journal } = yield* segmentsOn(fs, {
      segmentSize: dice.pick([500, 3_000, 20_000]),
      retention: dice.pick([0, "1 hour"] as const),
      memory: dice.pick([2_000, 100_000]),
      syncInterval: dice.pick([0, 2]),
      ...(dice.chance(0.5) ? { largeGroup: 1_000, openDirect: simulatedDirect(fs, dice) } : {}),
      sinks: ["all", "a"],
    })
    const first = model.next
    const { accepted, trouble } = yield* journal.status
    // While the disk fails, the last group of the process before is still being written again.
    if (trouble === undefined) assert.isAtLeast(accepted, model.accepted, "what was accepted stays accepted")
    const opened = Effect.fnUntraced(function* (name: string) {
      const reader = yield* journal.reader(name, "earliest")
      assert.isAtMost(reader.start, model.committed.get(name) ?? 0, "no cursor goes beyond its commits")
      if (name === "a") assert.isAtLeast(reader.start, model.settled, "a stored cursor stays")
      return { reader, read: reader.start }
    })
    // "all" never commits: so every segment is held, and can be compared in the end.
    const cursors = [yield* opened("all"), yield* opened("a")]
    for (let step = 0; step < steps; step++) {
      const kind = dice.int(10)
      if (kind < 5) {
        const count = dice.int(dice.pick([3, 40]))
        const envelopes = testEnvelopes(streams, model.next, count)
        model.next += count
        yield* retrying(journal.append(envelopes))
      } else if (kind < 7) {
        const until = model.next
        const synced = yield* Effect.exit(journal.sync)
        if (synced._tag === "Success")
          for (let number = first; number < until; number++) model.certain.add(number)
        model.accepted = Math.max(model.accepted, (yield* journal.status).accepted)
      } else {
        const cursor = dice.pick(cursors)
        yield* advance(model, cursor, (yield* journal.status).accepted, dice)
      }
    }
  }).pipe(Effect.scoped)

const advance = Effect.fnUntraced(function* (
  model: Model,
  cursor: { readonly reader: JournalReader; read: number },
  accepted: number,
  dice: Dice,
) {
  const { reader } = cursor
  if (cursor.read < accepted) {
    const batch = yield* reader.take(1 + dice.int(50), dice.chance(0.3) ? 1 + dice.int(3_000) : undefined)
    check(model, batch, cursor.read)
    cursor.read = batch.next
  }
  if (reader.name === "all") return
  const position = reader.start + dice.int(cursor.read - reader.start + 1)
  // Known before it is asked for: the process may be killed in the middle of it.
  model.committed.set(reader.name, Math.max(model.committed.get(reader.name) ?? 0, position))
  yield* reader.commit(position)
})

const healthy = (): undefined => undefined

/** The disk fails now and then while a process lives. */
const failing = (disk: SimulatedDisk, dice: Dice): void => {
  const chance = dice.pick([0, 0, 0, 0.02, 0.1])
  disk.fault = (operation) =>
    chance > 0 &&
    (operation === "write" || operation === "sync" || operation === "rename") &&
    dice.chance(chance)
      ? dice.pick(["EIO", "ENOSPC"])
      : undefined
}

const history = (dice: Dice) =>
  Effect.gen(function* () {
    const disk = simulatedDisk(dice)
    const model: Model = {
      next: 0,
      accepted: 0,
      certain: new Set(),
      at: new Map(),
      committed: new Map(),
      settled: 0,
    }
    const lives = 2 + dice.int(8)
    for (let each = 0; each < lives; each++) {
      failing(disk, dice)
      const machine = disk.process(dice.chance(0.9) ? 1 + dice.int(dice.pick([10, 40, 150])) : undefined)
      const living = yield* Effect.forkDetach(life(machine.fs, model, dice, 5 + dice.int(60)))
      const inPeace = yield* Effect.raceFirst(
        Effect.as(Fiber.join(living), disk.fault === healthy),
        Effect.as(machine.killed, false),
      )
      if (inPeace) model.settled = model.committed.get("a") ?? 0
      if (dice.chance(0.5)) disk.cutPower()
    }
    disk.fault = healthy
    yield* readAll(disk.process().fs, model)
  })

/** In the end everything that was accepted is there, once, in order, where it always was. */
const readAll = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, model: Model) {
  const { journal } = yield* segmentsOn(fs)
  const { accepted } = yield* journal.status
  assert.isAtLeast(accepted, model.accepted)
  const reader = yield* journal.reader("all", "earliest")
  assert.strictEqual(reader.start, 0)
  const numbers: Array<number> = []
  while (numbers.length < accepted) {
    const batch = yield* reader.take(64)
    check(model, batch, numbers.length)
    numbers.push(...batch.envelopes.map(numberOf))
  }
  assert.strictEqual(numbers.length, accepted)
  const there = new Set(numbers)
  for (const number of model.certain) assert.isTrue(there.has(number), `${number} was accepted and is lost`)
}, Effect.scoped)

const histories = Number(process.env["MILLRACE_JOURNALS"] ?? 120)

describe("segments", () => {
  it.live(
    "lose nothing accepted and change nothing, killed or cut from power at any operation, on a disk that fails",
    () => withSeeds(histories, history).pipe(quiet),
    180_000 + histories * 300,
  )

  it.live("keep the cursors of a process that ended in peace, whatever becomes of the power", () =>
    withSeeds(20, (dice) =>
      Effect.gen(function* () {
        const disk = simulatedDisk(dice)
        for (const position of [3, 8]) {
          yield* Effect.scoped(
            Effect.gen(function* () {
              const { journal } = yield* segmentsOn(disk.process().fs)
              const reader = yield* journal.reader("a", "earliest")
              if (position === 3) yield* journal.append(testEnvelopes(streams, 0, 10))
              yield* journal.sync
              yield* reader.commit(position)
            }),
          )
          disk.cutPower()
          const again = Effect.flatMap(segmentsOn(disk.process().fs), ({ journal }) =>
            journal.reader("a", "latest"),
          )
          assert.strictEqual((yield* Effect.scoped(again)).start, position)
        }
      }),
    ).pipe(quiet),
  )
})
