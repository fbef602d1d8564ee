import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { readFileSync } from "node:fs"
import * as Files from "../../../../layers/sink/Files.ts"
import { AppendFile } from "../../../../layers/sink/files/AppendFile.ts"
import { alignedBuffer, blockBytes, type DirectFile } from "../../../../layers/support/DirectFile.ts"
import { payloadOf } from "../../../../src/domain/Envelope.ts"
import { countingDirect, numbered } from "../../../support/directFile.ts"
import { testEnvelopes, testStream } from "../../../support/envelopes.ts"
import { quiet, temporary } from "../../../support/filesSink.ts"
import { temporaryFolder } from "../../../support/process.ts"
import { type Dice, withSeeds } from "../../../support/seed.ts"

/** Appends chunks of any length to a file, and says how many went past the cache, and how many had whole blocks to. */
const appending = Effect.fnUntraced(function* (
  dice: Dice,
  answer?: (file: DirectFile) => DirectFile | undefined,
) {
  const fs = yield* FileSystem.FileSystem
  const path = `${yield* temporaryFolder}/records`
  let past = 0
  const open = yield* fs.open(path, { flag: "a" })
  const file = new AppendFile(
    path,
    open,
    countingDirect(() => void past++, answer),
  )
  yield* Effect.addFinalizer(() => file.close)
  const memory = alignedBuffer(200_000)!
  let length = 0
  let whole = 0
  for (let chunk = 0; chunk < 12; chunk++) {
    const size = 1 + dice.int(dice.pick([10, 5_000, 100_000]))
    const inBlocks = dice.chance(0.5)
    const from = inBlocks ? length % blockBytes : 7
    memory.fill(0xee)
    yield* file.append(
      { name: "", chunk: numbered(memory.subarray(from, from + size), length), inBlocks },
      length,
    )
    const before = (blockBytes - (length % blockBytes)) % blockBytes
    length += size
    if (inBlocks && before + (length % blockBytes) < size) whole++
    assert.strictEqual(readFileSync(path).length, length, "readers have all of it at once")
  }
  assert.isTrue(readFileSync(path).equals(numbered(Buffer.alloc(length))), "each byte where it belongs")
  return { past, whole }
}, Effect.scoped)

describe("a file of the files sink", () => {
  it.live("has what was appended, in blocks past the cache and beside", () =>
    withSeeds(15, (dice) =>
      Effect.gen(function* () {
        const { past, whole } = yield* appending(dice)
        assert.strictEqual(past, whole)
      }),
    ).pipe(Effect.provide(NodeFileSystem.layer)),
  )

  it.live("has it where the disk takes no blocks, or nothing is written past the cache at all", () =>
    withSeeds(5, (dice) =>
      Effect.gen(function* () {
        const unable = (file: DirectFile): DirectFile => ({ ...file, write: () => Effect.succeed(false) })
        assert.strictEqual((yield* appending(dice, unable)).past, 0)
        assert.strictEqual((yield* appending(dice, () => undefined)).past, 0)
      }),
    ).pipe(Effect.provide(NodeFileSystem.layer)),
  )

  it.live("gets large chunks past the cache, each record once and in order", () =>
    Effect.gen(function* () {
      const path = yield* temporaryFolder
      const stream = testStream({})
      let past = 0
      const openDirect = countingDirect((bytes) => void (past += bytes))
      const sink = yield* Files.make({ name: "files", path, leastPause: 0, openDirect })
      const envelopes = testEnvelopes([stream], 0, 20_000)
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* sink.recover!({ journal: temporary, position: 0 })
          const writer = yield* sink.open
          for (let from = 0; from < envelopes.length; from += 4_000)
            yield* yield* writer.write(envelopes.slice(from, from + 4_000), from + 4_000)
        }),
      )
      const fs = yield* FileSystem.FileSystem
      const names = yield* fs.readDirectory(path, { recursive: true })
      const texts = names
        .filter((name) => name.endsWith(".jsonl"))
        .map((name) => readFileSync(`${path}/${name}`, "utf8"))
      const lines = texts.flatMap((text) => text.split("\n").slice(0, -1))
      assert.deepStrictEqual(
        lines,
        envelopes.map((envelope) => payloadOf(envelope).toString()),
      )
      assert.isAbove(past, 3_000_000)
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer), quiet),
  )
})
