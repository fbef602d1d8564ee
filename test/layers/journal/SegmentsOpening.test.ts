import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Scope } from "effect"
import { crc32 } from "node:zlib"
import * as Segments from "../../../layers/journal/Segments.ts"
import { formatVersion } from "../../../layers/journal/segments/Frame.ts"
import { numberOf, testEnvelopes, testStream } from "../../support/envelopes.ts"
import { quiet } from "../../support/filesSink.ts"
import { bytesOf, framesOf, segmentFiles } from "../../support/journalFiles.ts"
import { temporaryFolder } from "../../support/process.ts"
import { makeDice } from "../../support/seed.ts"
import { segmentsOn } from "../../support/segmentsJournal.ts"
import { type SimulatedDisk, simulatedDisk } from "../../support/simulatedDisk.ts"

const stream = testStream({})
const some = (first: number, count: number) => testEnvelopes([stream], first, count)
const newDisk = () => simulatedDisk(makeDice(1))

/** `count` envelopes of cursor "a", which has delivered `delivered` of them; then the process ends in peace. */
const filled = Effect.fnUntraced(function* (disk: SimulatedDisk, count: number, delivered = 0) {
  const { journal } = yield* segmentsOn(disk.process().fs, { segmentSize: 3_000 })
  const reader = yield* journal.reader("a", "earliest")
  for (let number = 0; number < count; number += 5) {
    yield* journal.append(some(number, 5))
    yield* journal.sync
  }
  yield* reader.commit(delivered)
}, Effect.scoped)

const reopened = (disk: SimulatedDisk, options: Partial<Segments.SegmentsOptions> = {}) =>
  Effect.map(segmentsOn(disk.process().fs, options), ({ journal }) => journal)

const numbersOf = (disk: SimulatedDisk) =>
  Effect.gen(function* () {
    const journal = yield* reopened(disk)
    const { accepted } = yield* journal.status
    const reader = yield* journal.reader("a", "earliest")
    const numbers: Array<number> = []
    for (let read = reader.start; read < accepted;) {
      const batch = yield* reader.take(100)
      numbers.push(...batch.envelopes.map(numberOf))
      read = batch.next
    }
    return numbers
  }).pipe(Effect.scoped)

const refusal = (disk: SimulatedDisk) =>
  Effect.gen(function* () {
    const before = JSON.stringify(Array.from(disk.files()))
    const error = yield* Effect.flip(reopened(disk)).pipe(Effect.scoped)
    assert.strictEqual(JSON.stringify(Array.from(disk.files())), before, "nothing was changed")
    assert.strictEqual(error.reason, "refused")
    return error.detail
  })

const range = (first: number, end: number) => Array.from({ length: end - first }, (_, index) => first + index)

/** The first `count` frames of a segment as of another version, with a CRC-32. */
const ofVersion = (bytes: Buffer, version: number, count = Number.POSITIVE_INFINITY): Buffer => {
  const changed = Buffer.from(bytes)
  for (const { offset: at, length } of framesOf(bytes).slice(0, count)) {
    changed[at + 12] = version
    changed.writeUInt32LE(crc32(changed.subarray(at + 8, at + length)), at + 4)
  }
  return changed
}

const test = <E>(promise: string, body: Effect.Effect<void, E, Scope.Scope>) =>
  it.live(promise, () => body.pipe(Effect.scoped, quiet))

describe("opening a journal", () => {
  test(
    "refuses one of a later version, and says so",
    Effect.gen(function* () {
      const disk = newDisk()
      yield* filled(disk, 10)
      disk.tamper(segmentFiles(disk)[0]!, (bytes) => ofVersion(bytes, formatVersion + 1, 1))
      assert.match(
        yield* refusal(disk),
        /written by a later version of Millrace \(format 3, this one reads 2\)/,
      )
    }),
  )

  test(
    "reads one of version 1, whose envelopes have a CRC-32, and goes on with it",
    Effect.gen(function* () {
      const disk = newDisk()
      yield* filled(disk, 40)
      for (const file of segmentFiles(disk)) disk.tamper(file, (bytes) => ofVersion(bytes, 1))
      assert.deepStrictEqual(yield* numbersOf(disk), range(0, 40))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const journal = yield* reopened(disk)
          assert.deepStrictEqual((yield* journal.status).damage ?? [], [])
          yield* journal.append(some(40, 5))
          yield* journal.sync
        }),
      )
      assert.deepStrictEqual(yield* numbersOf(disk), range(0, 45))
    }),
  )

  test(
    "refuses cursors of a later version",
    Effect.gen(function* () {
      const disk = newDisk()
      yield* filled(disk, 10)
      const line = JSON.stringify({ version: 2, anything: true })
      disk.tamper("/journal/cursors.0", () =>
        Buffer.from(`${line}\n${crc32(line).toString(16).padStart(8, "0")}\n`),
      )
      assert.match(yield* refusal(disk), /cursors\.0 was written by a later version/)
    }),
  )

  test(
    "refuses segments of another journal",
    Effect.gen(function* () {
      const [disk, other] = [newDisk(), newDisk()]
      yield* filled(disk, 10)
      yield* filled(other, 10)
      const foreign = bytesOf(other, segmentFiles(other)[0]!)
      disk.tamper("/journal/0000000077-0000000000000010.journal", () => foreign)
      assert.match(yield* refusal(disk), /belongs to another journal .*move it out of the folder/)
    }),
  )

  test(
    "refuses a cursor past the end, and says which segment is missing and how to go on",
    Effect.gen(function* () {
      const disk = newDisk()
      yield* filled(disk, 60, 60)
      disk.tamper(segmentFiles(disk).at(-1)!, () => undefined)
      const detail = yield* refusal(disk)
      assert.match(
        detail,
        /cursor of "a" stands at 60, past the end of the journal at \d+: segment 00000000\d\d-….journal is missing/,
      )
      assert.match(detail, /`millrace journal cursors \/journal --forget a`/)
    }),
  )

  test(
    "opens one whose newest segment is gone when no cursor is past it, and never uses its positions again",
    Effect.gen(function* () {
      const disk = newDisk()
      yield* filled(disk, 60, 5)
      disk.tamper(segmentFiles(disk).at(-1)!, () => undefined)
      const journal = yield* reopened(disk)
      const { accepted, damage } = yield* journal.status
      assert.strictEqual(accepted, 60)
      assert.deepStrictEqual(
        damage?.map(({ kind, to }) => [kind, to]),
        [["missing", 60]],
      )
    }),
  )

  test(
    "opens one whose delivered tail was cut off",
    Effect.gen(function* () {
      const disk = newDisk()
      yield* filled(disk, 20, 20)
      disk.tamper(segmentFiles(disk).at(-1)!, (bytes) => bytes.subarray(0, bytes.length - 400))
      const journal = yield* reopened(disk)
      const { accepted, damage } = yield* journal.status
      assert.strictEqual(accepted, 20)
      assert.isAbove(damage!.length, 0)
      const reader = yield* journal.reader("a", "latest")
      assert.strictEqual(reader.start, 20)
    }),
  )

  test(
    "cuts a torn tail, puts a renamed segment back, leaves strange files alone, and says all of it once",
    Effect.gen(function* () {
      const disk = newDisk()
      yield* filled(disk, 60)
      const files = segmentFiles(disk)
      const [, renamed] = files
      const bytes = bytesOf(disk, renamed!)
      disk.tamper(renamed!, () => undefined)
      disk.tamper("/journal/copy of a segment", () => bytes)
      disk.tamper("/journal/notes.txt", () => Buffer.from("mine"))
      disk.tamper(files.at(-1)!, (last) => Buffer.concat([last, Buffer.from([0xd7, 0x4d, 0x52])]))
      const journal = yield* Effect.scoped(Effect.flatMap(reopened(disk), ({ status }) => status))
      assert.sameMembers(
        journal.damage!.map(({ kind }) => kind),
        ["renamed", "torn"],
      )
      assert.deepStrictEqual(segmentFiles(disk), files)
      assert.isTrue(disk.files().has("/journal/notes.txt"))
      assert.deepStrictEqual(yield* numbersOf(disk), range(0, 60))
      const again = yield* Effect.scoped(Effect.flatMap(reopened(disk), ({ status }) => status))
      assert.isUndefined(again.damage)
    }),
  )

  test(
    "goes on from the other cursors' file when one is damaged",
    Effect.gen(function* () {
      for (const name of ["cursors.0", "cursors.1"]) {
        const disk = newDisk()
        yield* filled(disk, 20, 10)
        disk.tamper(`/journal/${name}`, (bytes) => Buffer.from(bytes.toString().replace('"a"', '"b"')))
        const journal = yield* reopened(disk)
        const { cursors, damage } = yield* journal.status
        assert.isAtMost(cursors[0]!.position, 10)
        assert.strictEqual(cursors[0]!.name, "a")
        assert.deepStrictEqual(
          damage?.map(({ file, kind }) => [kind, file]),
          [["cursors", name]],
        )
      }
    }),
  )

  test(
    "gives everything again when both are damaged: twice is better than never",
    Effect.gen(function* () {
      const disk = newDisk()
      yield* filled(disk, 20, 10)
      for (const name of ["cursors.0", "cursors.1"]) disk.tamper(`/journal/${name}`, () => Buffer.from("?"))
      const journal = yield* reopened(disk)
      const reader = yield* journal.reader("a", "latest")
      assert.strictEqual(reader.start, 0)
      assert.strictEqual((yield* journal.status).accepted, 20)
    }),
  )

  test(
    "trusts nothing that an earlier process could not sync, though it can be read: it is written again",
    Effect.gen(function* () {
      const disk = newDisk()
      yield* filled(disk, 10)
      const machine = disk.process()
      const scope = yield* Scope.make()
      const { journal } = yield* segmentsOn(machine.fs).pipe(Scope.provide(scope))
      yield* journal.append(some(10, 5))
      yield* journal.sync
      // The system drops what it cannot write, and the process is killed before it can do anything about it.
      disk.fault = (operation) => (operation === "sync" || operation === "truncate" ? "EIO" : undefined)
      yield* journal.append(some(15, 5))
      yield* Effect.ignore(journal.sync)
      machine.kill()
      disk.fault = () => undefined
      const next = yield* Scope.make()
      const second = yield* segmentsOn(disk.process().fs).pipe(Scope.provide(next))
      assert.strictEqual((yield* second.journal.status).accepted, 20)
      disk.cutPower()
      assert.deepStrictEqual(yield* numbersOf(disk), range(0, 20))
    }),
  )

  it.live("refuses a folder of another user, or one that is a file", () =>
    Effect.gen(function* () {
      const path = yield* temporaryFolder
      const open = (options: Segments.SegmentsOptions) => Effect.flip(Effect.scoped(Segments.make(options)))
      const foreign = yield* open({ path, user: 4711 })
      assert.match(
        foreign.detail,
        /belongs to another user \(\d+; this process runs as 4711\): run Millrace as that user/,
      )
      const fs = yield* FileSystem.FileSystem
      assert.deepStrictEqual(yield* fs.readDirectory(path), [])
      yield* fs.writeFileString(`${path}/file`, "")
      const file = yield* open({ path: `${path}/file` })
      assert.deepStrictEqual([foreign.reason, file.reason], ["refused", "refused"])
      assert.match(file.detail, /a file stands where a folder must be/)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
  )

  test(
    "refuses a folder that may not be written",
    Effect.gen(function* () {
      const disk = newDisk()
      disk.fault = (operation) => (operation === "open" ? "EACCES" : undefined)
      const detail = yield* refusal(disk)
      assert.match(detail, /it may not be written: give this user the right to/)
    }),
  )

  test(
    "keeps one journal's identity and positions for as long as the folder lives",
    Effect.gen(function* () {
      const disk = newDisk()
      const first = yield* Effect.scoped(Effect.map(reopened(disk), ({ identity }) => identity))
      yield* filled(disk, 10)
      const journal = yield* reopened(disk)
      assert.deepStrictEqual(journal.identity, first)
      assert.isTrue(first.durable)
      const other = yield* Effect.scoped(Effect.map(reopened(newDisk()), ({ identity }) => identity))
      assert.notStrictEqual(other.id, first.id)
    }),
  )
})
