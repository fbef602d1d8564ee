import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { readFileSync } from "node:fs"
import * as Segments from "../../../../layers/journal/Segments.ts"
import { alignedBuffer, blockBytes, type DirectFile } from "../../../../layers/support/DirectFile.ts"
import { SegmentFile } from "../../../../layers/journal/segments/SegmentFile.ts"
import { countingDirect, numbered } from "../../../support/directFile.ts"
import { numberOf, testEnvelopes, testStream } from "../../../support/envelopes.ts"
import { quiet } from "../../../support/filesSink.ts"
import { temporaryFolder } from "../../../support/process.ts"
import { type Dice, withSeeds } from "../../../support/seed.ts"

/** Appends pieces of any length, and says how many went past the cache. */
const appending = Effect.fnUntraced(function* (
  dice: Dice,
  answer: (file: DirectFile) => DirectFile | undefined,
) {
  const fs = yield* FileSystem.FileSystem
  const path = `${yield* temporaryFolder}/segment`
  let past = 0
  const counting = countingDirect(() => void past++, answer)
  const file = yield* SegmentFile.make(fs, path, counting)
  yield* Effect.addFinalizer(() => file.close)
  const memory = alignedBuffer(200_000)!
  let length = 0
  for (let piece = 0; piece < 12; piece++) {
    const any = 1 + dice.int(dice.pick([10, 5_000, 100_000]))
    const inBlocks = dice.chance(0.5)
    const from = inBlocks ? length % blockBytes : 7
    const size = inBlocks ? Math.ceil((from + any) / blockBytes) * blockBytes - from : any
    memory.fill(0xee)
    yield* file.append(numbered(memory.subarray(from, from + size), length), inBlocks)
    length += size
  }
  const expected = numbered(Buffer.alloc(length))
  assert.isTrue(readFileSync(path).equals(expected), "each byte where it belongs")
  return past
}, Effect.scoped)

describe("a segment's file", () => {
  it.live("has what was appended, in blocks past the cache and beside", () =>
    withSeeds(15, (dice) =>
      Effect.gen(function* () {
        assert.isAbove((yield* appending(dice, (file) => file)) + (yield* appending(dice, (file) => file)), 0)
      }),
    ).pipe(Effect.provide(NodeServices.layer)),
  )

  it.live("has it where the disk takes no blocks, or nothing is written past the cache at all", () =>
    withSeeds(5, (dice) =>
      Effect.gen(function* () {
        const unable = (file: DirectFile): DirectFile => ({ ...file, write: () => Effect.succeed(false) })
        assert.strictEqual(yield* appending(dice, unable), 0)
        assert.strictEqual(yield* appending(dice, () => undefined), 0)
      }),
    ).pipe(Effect.provide(NodeServices.layer)),
  )
})

describe("segments of large groups", () => {
  it.live("give from the disk what was accepted, after a new start too", () =>
    Effect.gen(function* () {
      const path = `${yield* temporaryFolder}/journal`
      const streams = [testStream({}), testStream({ base: "ETH" })]
      let written = 0
      const counting = countingDirect((bytes) => void (written += bytes))
      const options = { path, sinks: ["all"], segmentSize: 3_000_000, memory: 100_000, openDirect: counting }
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { journal } = yield* Segments.make(options)
          for (let first = 0; first < 30_000; first += 3_000)
            yield* journal.append(testEnvelopes(streams, first, 3_000))
          yield* journal.sync
        }),
      )
      assert.isAbove(written, 7_500_000, "past the cache")
      const { journal } = yield* Segments.make(options)
      const reader = yield* journal.reader("all", "earliest")
      const numbers: Array<number> = []
      while (numbers.length < 30_000) {
        const { envelopes, lost } = yield* reader.take(5_000)
        assert.isUndefined(lost)
        for (const envelope of envelopes) numbers.push(numberOf(envelope))
      }
      assert.deepStrictEqual(
        numbers,
        Array.from({ length: 30_000 }, (_, number) => number),
      )
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer), quiet),
  )
})
