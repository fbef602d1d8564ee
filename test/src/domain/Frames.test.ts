import { assert, describe, it } from "@effect/vitest"
import { Frames } from "../../../src/domain/Frames.ts"

const texts = (frames: Frames): ReadonlyArray<string | undefined> =>
  Array.from({ length: frames.length }, (_, index) => frames.at(index)?.toString())

const some = (): Frames => {
  const frames = new Frames()
  const chunk = Buffer.from("one,two,three")
  frames.push(chunk, 0, 3)
  frames.push(chunk, 4, 7)
  frames.push(Buffer.from("four"), 0, 4)
  frames.push(chunk, 8, 13)
  return frames
}

describe("frames", () => {
  it("are what stands between their bounds, in order", () => {
    const frames = some()
    assert.deepStrictEqual(texts(frames), ["one", "two", "four", "three"])
    assert.strictEqual(frames.bytes, 15)
    assert.isUndefined(frames.at(4))
  })

  it("are parted anywhere, and none is in both parts or in neither", () => {
    for (let count = 0; count <= 6; count++) {
      const frames = some()
      const all = texts(frames)
      const first = frames.shift(count)
      assert.deepStrictEqual([...texts(first), ...texts(frames)], all)
      assert.strictEqual(first.length, Math.min(count, all.length))
      assert.strictEqual(first.bytes + frames.bytes, 15)
    }
  })
})
