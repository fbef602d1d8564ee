import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { checksum } from "../../../../layers/journal/segments/Checksum.ts"
import { checksumModule } from "../../../../layers/journal/segments/ChecksumModule.ts"
import { largeFrameRoom } from "../../../../layers/journal/segments/FrameRoom.ts"
import { compile } from "../../../../scripts/webassembly/compile.ts"
import { withSeeds } from "../../../support/seed.ts"

const p1 = 0x9e3779b185ebca87n
const p2 = 0xc2b2ae3d27d4eb4fn
const p3 = 0x165667b19e3779f9n
const p4 = 0x85ebca77c2b2ae63n
const p5 = 0x27d4eb2f165667c5n

const whole = (value: bigint): bigint => BigInt.asUintN(64, value)
const rotate = (value: bigint, bits: bigint): bigint => whole((value << bits) | (value >> (64n - bits)))
const round = (lane: bigint, input: bigint): bigint => whole(rotate(whole(lane + input * p2), 31n) * p1)

/** XXH64 with seed 0, as its specification says it. */
const xxh64 = (bytes: Buffer): bigint => {
  let at = 0
  let hash: bigint = p5
  if (bytes.length >= 32) {
    const lanes = [whole(p1 + p2), p2, 0n, whole(-p1)]
    for (; at + 32 <= bytes.length; at += 32)
      for (let lane = 0; lane < 4; lane++)
        lanes[lane] = round(lanes[lane]!, bytes.readBigUInt64LE(at + 8 * lane))
    const turns = [1n, 7n, 12n, 18n]
    hash = whole(lanes.reduce((sum, lane, index) => sum + rotate(lane, turns[index]!), 0n))
    for (const lane of lanes) hash = whole((hash ^ round(0n, lane)) * p1 + p4)
  }
  hash = whole(hash + BigInt(bytes.length))
  for (; at + 8 <= bytes.length; at += 8)
    hash = whole(rotate(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * p1 + p4)
  if (at + 4 <= bytes.length) {
    hash = whole(rotate(hash ^ whole(BigInt(bytes.readUInt32LE(at)) * p1), 23n) * p2 + p3)
    at += 4
  }
  for (; at < bytes.length; at++) hash = whole(rotate(hash ^ whole(BigInt(bytes[at]!) * p5), 11n) * p1)
  hash = whole((hash ^ (hash >> 33n)) * p2)
  hash = whole((hash ^ (hash >> 29n)) * p3)
  return hash ^ (hash >> 32n)
}

const half = (hash: bigint): number => Number(BigInt.asUintN(32, hash))

describe("the checksum of an envelope", () => {
  it("is compiled from the text beside it", async () => {
    const text = new URL("../../../../layers/journal/segments/Checksum.wat", import.meta.url)
    assert.strictEqual(checksumModule, await compile(text), "npm run webassembly")
  })

  it("is the lower half of XXH64, by the vectors that are published", () => {
    const vectors = [
      ["", 0xef46db3751d8e999n],
      ["a", 0xd24ec4f1a98c6e5bn],
      ["abc", 0x44bc2cf5ad770999n],
    ] as const
    for (const [text, hash] of vectors) {
      assert.strictEqual(xxh64(Buffer.from(text)), hash)
      assert.strictEqual(checksum(Buffer.from(text), 0, text.length), half(hash))
    }
  })

  it.effect("is the same as the specification's for any bytes anywhere, alone and in a group", () =>
    withSeeds(200, (dice) =>
      Effect.sync(() => {
        const { buffer, seal } = largeFrameRoom(300_000)
        let at = dice.int(100)
        const from = at
        const frames: Array<readonly [at: number, end: number, envelope: boolean]> = []
        while (frames.length < 10) {
          const end = at + 32 + dice.int(dice.pick([40, 600, 70_000 / 10]))
          for (let each = at; each < end; each++) buffer[each] = dice.int(256)
          buffer.writeUInt32LE(end - at, at + 8)
          const isEnvelope = dice.chance(0.7)
          buffer[at + 13] = isEnvelope ? 1 : 2
          frames.push([at, end, isEnvelope])
          at = end
        }
        const before = Buffer.from(buffer.subarray(0, at))
        seal(from, at)
        for (const [start, end, isEnvelope] of frames) {
          const hash = half(xxh64(before.subarray(start + 8, end)))
          assert.strictEqual(checksum(before, start + 8, end), hash)
          const expected = isEnvelope ? hash : before.readUInt32LE(start + 4)
          assert.strictEqual(buffer.readUInt32LE(start + 4), expected)
        }
      }),
    ),
  )
})
