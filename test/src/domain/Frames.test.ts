import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Frame } from "../../../src/domain/Frame.ts"
import { FrameGatherer } from "../../../src/domain/FrameGatherer.ts"
import { type Frames, showFrame } from "../../../src/domain/Frames.ts"
import { withSeeds } from "../../support/seed.ts"

const texts = (frames: Frames): ReadonlyArray<string> =>
  Array.from({ length: frames.length }, (_, index) => frames.at(index)!.toString())

describe("frames", () => {
  it("are what stands between their bounds, in order, with their times", () => {
    const gatherer = new FrameGatherer()
    const chunk = Buffer.from("one,two,three")
    gatherer.push(chunk, 0, 3, 1.5)
    gatherer.push(chunk, 4, 7, 1.5)
    gatherer.push(Buffer.from("four"), 0, 4, 2.5)
    gatherer.push(chunk, 8, 13, 3)
    const { bytes, frames, receivedAt } = gatherer.take(9)
    assert.deepStrictEqual(texts(frames), ["one", "two", "four", "three"])
    assert.deepStrictEqual(receivedAt, [1.5, 1.5, 2.5, 3])
    assert.strictEqual(bytes, 15)
    assert.isUndefined(frames.at(4))
    assert.strictEqual(gatherer.length, 0)
  })

  it.effect("are taken out in any parts while others come, and none is in two of them or in none", () =>
    withSeeds(200, (dice) =>
      Effect.sync(() => {
        const gatherer = new FrameGatherer()
        const sent: Array<string> = []
        const came: Array<string> = []
        const times: Array<number> = []
        let chunk = Buffer.alloc(0)
        const take = () => {
          const { bytes, frames, receivedAt } = gatherer.take(1 + dice.int(20))
          came.push(...texts(frames))
          times.push(...receivedAt)
          assert.strictEqual(receivedAt.length, frames.length)
          assert.strictEqual(bytes, texts(frames).join("").length)
          // Shown in any order they are the same.
          const frame = new Frame()
          for (let times = 0; times < frames.length; times++) {
            const index = dice.int(frames.length)
            const { bytes: shown, length } = showFrame(frames, index, frame)
            assert.strictEqual(shown.toString(), frames.at(index)!.toString())
            assert.strictEqual(length, shown.length)
          }
        }
        for (let index = 0; index < 100; index++) {
          if (dice.chance(0.3)) chunk = Buffer.from(`chunk ${index} of some bytes`)
          const from = dice.int(chunk.length + 1)
          const to = from + dice.int(chunk.length + 1 - from)
          gatherer.push(chunk, from, to, index + 0.25)
          sent.push(chunk.toString("latin1", from, to))
          if (dice.chance(0.1)) take()
        }
        while (gatherer.length > 0) take()
        assert.deepStrictEqual(came, sent)
        assert.deepStrictEqual(
          times,
          sent.map((_, index) => index + 0.25),
        )
      }),
    ),
  )
})
