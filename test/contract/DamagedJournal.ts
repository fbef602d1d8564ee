import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { numberOf, testEnvelopes, testStream } from "../support/envelopes.ts"
import { bytesOf, envelopeFrame, framesOf, segmentFiles } from "../support/journalFiles.ts"
import type { Dice } from "../support/seed.ts"
import { segmentsOn } from "../support/segmentsJournal.ts"
import { type SimulatedDisk, simulatedDisk } from "../support/simulatedDisk.ts"

const streams = [testStream({}), testStream({ base: "ETH" }), testStream({ dataType: "bbo" })]
const sinks = ["keep"]

/** Envelopes in segments of some kilobytes, of one process or several, that ended in peace or were killed. */
const build = Effect.fnUntraced(function* (disk: SimulatedDisk, dice: Dice) {
  let total = 0
  const lives = 1 + dice.int(3)
  for (let each = 0; each < lives; each++) {
    const machine = disk.process()
    const life = Effect.gen(function* () {
      const { journal } = yield* segmentsOn(machine.fs, { segmentSize: 2_000 + dice.int(4_000), sinks })
      yield* journal.reader("keep", "earliest")
      const until = total + 5 + dice.int(60)
      while (total < until) {
        const count = 1 + dice.int(8)
        yield* journal.append(testEnvelopes(streams, total, count))
        total += count
        if (dice.chance(0.5)) yield* journal.sync
      }
      yield* journal.sync
      if (dice.chance(0.3)) return yield* Effect.die("killed")
    }).pipe(Effect.scoped)
    yield* Effect.exit(life)
  }
  return total
})

/** Changes bytes of a file; gives which of them. */
type Damage = (
  bytes: Buffer,
  dice: Dice,
) => { readonly bytes: Buffer; readonly touched: (from: number, to: number) => boolean }

const flips: Damage = (bytes, dice) => {
  const at = Array.from({ length: 1 + dice.int(4) }, () => dice.int(bytes.length))
  const changed = Buffer.from(bytes)
  for (const offset of at) changed[offset] = changed[offset]! ^ (1 << dice.int(8))
  // Two flips of one bit undo each other.
  return {
    bytes: changed,
    touched: (from, to) => !changed.subarray(from, to).equals(bytes.subarray(from, to)),
  }
}

const zeros: Damage = (bytes, dice) => {
  const from = dice.int(bytes.length)
  const to = Math.min(bytes.length, from + 1 + dice.int(1_000))
  const changed = Buffer.from(bytes).fill(0, from, to)
  return { bytes: changed, touched: (start, end) => start < to && end > from }
}

const cut: Damage = (bytes, dice) => {
  const length = dice.int(bytes.length)
  return { bytes: bytes.subarray(0, length), touched: (_from, to) => to > length }
}

const garbage: Damage = (bytes, dice) => {
  const junk = Buffer.from(Array.from({ length: 1 + dice.int(200) }, () => dice.int(256)))
  // Half of it may look like a frame that was never finished.
  const tail = dice.chance(0.5) ? Buffer.concat([bytes.subarray(0, 30 + dice.int(40)), junk]) : junk
  return { bytes: Buffer.concat([bytes, tail]), touched: () => false }
}

const insert: Damage = (bytes, dice) => {
  const at = dice.int(bytes.length)
  const junk = Buffer.alloc(1 + dice.int(100), dice.int(256))
  return {
    bytes: Buffer.concat([bytes.subarray(0, at), junk, bytes.subarray(at)]),
    touched: (from, to) => from < at && to > at,
  }
}

/** Damages some segments; gives the numbers of the envelopes that cannot be had any more. */
const damage = (disk: SimulatedDisk, dice: Dice): ReadonlySet<number> => {
  const lost = new Set<number>()
  const files = segmentFiles(disk)
  for (let times = 1 + dice.int(3); times > 0; times--) {
    const path = dice.pick(files)
    const bytes = bytesOf(disk, path)
    if (bytes.length === 0 || lost.size > 0) break
    const envelopes = framesOf(bytes).filter(({ kind }) => kind === envelopeFrame)
    const kind = dice.int(10)
    if (kind === 0) {
      disk.tamper(path, () => undefined)
      for (const { position } of envelopes) lost.add(position)
    } else if (kind === 1) {
      disk.tamper(path, () => undefined)
      disk.tamper(
        dice.pick([`${path}.bak`, "/journal/0000000099-0000000000000000.journal", "/journal/x"]),
        () => bytes,
      )
      break
    } else if (kind === 2 && files.length > 1) {
      const other = dice.pick(files.filter((each) => each !== path))
      const others = bytesOf(disk, other)
      disk.tamper(other, () => bytes)
      disk.tamper(path, () => others)
      break
    } else {
      const change = dice.pick([flips, zeros, cut, garbage, insert])(bytes, dice)
      disk.tamper(path, () => change.bytes)
      for (const { offset, length, position } of envelopes)
        if (change.touched(offset, offset + length)) lost.add(position)
      break
    }
  }
  return lost
}

const readAll = Effect.fnUntraced(function* (disk: SimulatedDisk, more: number) {
  const { journal } = yield* segmentsOn(disk.process().fs, { sinks, segmentSize: 5_000 })
  const { accepted } = yield* journal.status
  const reader = yield* journal.reader("keep", "earliest")
  assert.strictEqual(reader.start, 0)
  yield* journal.append(testEnvelopes(streams, accepted, more))
  yield* journal.sync
  const end = accepted + more
  const got = new Map<number, number>()
  let lost = 0
  let read = 0
  while (read < end) {
    const batch = yield* reader.take(1 + (read % 7))
    lost += batch.lost ?? 0
    assert.strictEqual(
      batch.next - batch.envelopes.length - (batch.lost ?? 0),
      read,
      "every position is accounted for",
    )
    // Where within a batch positions are lost is not said: it is known from the numbers, which are positions here.
    for (const envelope of batch.envelopes) {
      assert.isFalse(got.has(numberOf(envelope)))
      const text = envelope.bytes.toString("utf8", envelope.start, envelope.end)
      assert.include(text, `"tradeId":"${numberOf(envelope)}"`)
      assert.strictEqual(
        envelope.stream.instrument.symbol,
        streams[numberOf(envelope) % 3]!.instrument.symbol,
      )
      got.set(numberOf(envelope), read)
    }
    read = batch.next
  }
  const numbers = Array.from(got.keys())
  assert.deepStrictEqual(
    numbers,
    numbers.toSorted((left, right) => left - right),
    "order",
  )
  return { got, lost, end, accepted, damage: (yield* journal.status).damage ?? [] }
}, Effect.scoped)

/** What a damaged journal gave, of all that was in it. */
export interface DamagedJournal {
  readonly envelopes: number
  readonly lost: number
  readonly reports: number
}

/**
 * Makes a journal of some segments, damages some of them and opens it twice: every envelope that is whole is given, in
 * order, none that is damaged, and what is lost is reported.
 */
export const damagedJournal = (dice: Dice): Effect.Effect<DamagedJournal, unknown> =>
  Effect.gen(function* () {
    const disk = simulatedDisk(dice)
    const total = yield* build(disk, dice)
    const touched = damage(disk, dice)
    const first = yield* readAll(disk, 10)
    for (let number = 0; number < total; number++)
      if (!touched.has(number)) assert.isTrue(first.got.has(number), `${number} is valid and was not given`)
    for (const number of touched)
      assert.isFalse(number < first.accepted && first.got.has(number), `${number} is damaged and was given`)
    assert.strictEqual(first.got.size + first.lost, first.end)
    if (first.lost > 0) assert.isAbove(first.damage.length, 0, "damage is reported")
    // What was healed stays healed.
    const second = yield* readAll(disk, 3)
    assert.strictEqual(second.lost, first.lost)
    for (const number of first.got.keys()) assert.isTrue(second.got.has(number))
    return { envelopes: first.end, lost: first.lost, reports: first.damage.length }
  })
