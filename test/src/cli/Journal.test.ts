import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import * as Segments from "../../../layers/journal/Segments.ts"
import { payloadOf } from "../../../src/domain/Envelope.ts"
import { millrace, start } from "../../support/command.ts"
import { testEnvelopes, testStream } from "../../support/envelopes.ts"
import { temporaryFolder } from "../../support/process.ts"

const envelopes = testEnvelopes([testStream({}), testStream({ base: "ETH" })], 0, 60)

/** A journal of two segments and two cursors, that no process holds. */
const filled = Effect.gen(function* () {
  const path = `${yield* temporaryFolder}/journal`
  const fill = Effect.gen(function* () {
    const { journal } = yield* Segments.make({ path, segmentSize: 5_000 })
    const files = yield* journal.reader("files", "earliest")
    yield* journal.reader("kafka", "earliest")
    yield* journal.append(envelopes.slice(0, 30))
    yield* journal.sync
    yield* journal.append(envelopes.slice(30))
    yield* journal.sync
    yield* files.commit(45)
  })
  yield* Effect.scoped(fill)
  return path
})

const run = (...args: ReadonlyArray<string>) => Effect.promise(() => millrace(["journal", ...args]))

const test = <E>(
  promise: string,
  body: Effect.Effect<void, E, FileSystem.FileSystem | import("effect").Scope.Scope>,
) => it.live(promise, () => body.pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

describe("millrace journal", () => {
  test(
    "check says what there is, changes nothing, and exits 0 when it is sound",
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* filled
      const before = yield* fs.readDirectory(path)
      const { code, stderr, stdout } = yield* run("check", path)
      assert.strictEqual(code, 0, stderr)
      assert.match(stdout, /2 segments, 60 records accepted/)
      assert.match(stdout, /cursor files at 45, 15 waiting\n {2}cursor kafka at 0, 60 waiting\nsound\n$/)
      assert.deepStrictEqual(yield* fs.readDirectory(path), before)
    }),
  )

  test(
    "check names each damage and exits 1; cat gives the rest",
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* filled
      const [segment] = (yield* fs.readDirectory(path)).filter((name) => name.endsWith(".journal")).toSorted()
      const bytes = Buffer.from(yield* fs.readFile(`${path}/${segment}`))
      bytes[3_000]! ^= 1
      yield* fs.writeFile(`${path}/${segment}`, bytes)
      const { code, stderr, stdout } = yield* run("check", `${path}/`)
      assert.strictEqual(code, 1)
      assert.match(
        stdout,
        /DAMAGED 0000000001-\d+\.journal: damaged: \d+ bytes at \d+ .* 1 accepted records are lost/,
      )
      assert.match(stderr, /^millrace: \S+: damaged in 1 place\./)
      const cat = yield* run("cat", path)
      assert.strictEqual(cat.stdout.split("\n").length - 1, 59)
      assert.match(cat.stderr, /1 accepted records are lost/)
    }),
  )

  test(
    "cat gives every record to a reader that takes its time",
    Effect.gen(function* () {
      const path = `${yield* temporaryFolder}/journal`
      const count = 20_000
      yield* Effect.gen(function* () {
        const { journal } = yield* Segments.make({ path })
        yield* journal.append(testEnvelopes([testStream({})], 0, count))
        yield* journal.sync
      }).pipe(Effect.scoped)
      const { child, ended } = start("src/main.ts", ["journal", "cat", path])
      child.stdout!.pause()
      yield* Effect.sleep(1500)
      child.stdout!.resume()
      const { code, stdout } = yield* Effect.promise(() => ended)
      assert.deepStrictEqual([code, stdout.split("\n").length - 1], [0, count])
    }),
  )

  test(
    "cat prints every record, one a line",
    Effect.gen(function* () {
      const { code, stdout } = yield* run("cat", yield* filled)
      assert.strictEqual(code, 0)
      assert.strictEqual(stdout, envelopes.map((envelope) => `${payloadOf(envelope).toString()}\n`).join(""))
    }),
  )

  test(
    "cursors lists them, and forgets one by name",
    Effect.gen(function* () {
      const path = yield* filled
      assert.match(
        (yield* run("cursors", path)).stdout,
        /^files at 45, .*\nkafka at 0, .*at least 60 waiting\n$/,
      )
      const unknown = yield* run("cursors", path, "--forget", "kafak")
      assert.strictEqual(unknown.code, 1)
      assert.match(unknown.stderr, /no cursor "kafak"; it has files, kafka/)
      assert.strictEqual((yield* run("cursors", path, "--forget", "kafka")).code, 0)
      assert.match((yield* run("cursors", path)).stdout, /^files at 45[^\n]*\n$/)
    }),
  )

  test(
    "cursors --forget lets a journal open again that was refused for a cursor past its end",
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* filled
      const newest = (yield* fs.readDirectory(path))
        .filter((name) => name.endsWith(".journal"))
        .toSorted()
        .at(-1)
      yield* fs.remove(`${path}/${newest}`)
      const open = Effect.scoped(Effect.flatMap(Segments.make({ path }), ({ journal }) => journal.status))
      assert.match(
        (yield* Effect.flip(open)).detail,
        /"files" stands at 45, past the end of the journal at 30/,
      )
      assert.strictEqual((yield* run("cursors", path, "--forget", "files")).code, 0)
      const { accepted, cursors } = yield* open
      assert.deepStrictEqual([accepted, cursors.map(({ name }) => name)], [60, ["kafka"]])
    }),
  )

  test(
    "refuses a journal that a process holds, and a folder without one, in one line",
    Effect.gen(function* () {
      const path = yield* filled
      const holder = yield* Effect.acquireRelease(
        Effect.sync(() => start("test/support/journalProgram.ts", [path, "hold"])),
        ({ child, ended }) => {
          child.kill("SIGKILL")
          return Effect.promise(() => ended)
        },
      )
      yield* Effect.promise(() => holder.says("open"))
      const held = yield* run("check", path)
      assert.strictEqual(held.code, 1)
      assert.match(held.stderr, /^millrace: journal refused: \S+ is in use by another process[^\n]*\n$/)
      const none = yield* run("cat", yield* temporaryFolder)
      assert.strictEqual(none.code, 1)
      assert.match(none.stderr, /holds no journal[^\n]*\n$/)
    }),
  )
})
