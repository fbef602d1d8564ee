import { assert, describe, it } from "@effect/vitest"
import { giveBack, isReused, slabBytes, takeSlab } from "../../../src/domain/Slab.ts"
import { kept } from "../../../src/domain/WrittenRecord.ts"
import { payloadOf } from "../../../src/domain/Envelope.ts"
import { testEnvelopes, testStream } from "../../support/envelopes.ts"
import { areThere, inSlab } from "../../support/slabs.ts"

const some = (first: number, count: number) => testEnvelopes([testStream({})], first, count)

describe("a slab", () => {
  it("is written anew once its writer has gone on and every record of it was given back, not before", () => {
    const records = inSlab(some(0, 4))
    giveBack(records.slice(2))
    giveBack(records.slice(0, 1))
    assert.isTrue(areThere(records))
    giveBack(records.slice(1, 2))
    assert.isFalse(areThere(records))
    assert.strictEqual(takeSlab(0).bytes, records[0]!.bytes)
  })

  it("is nobody else's while it is being written to, though every record of it was given back", () => {
    const slab = takeSlab(0)
    const [record] = some(0, 1)
    slab.hold()
    giveBack([{ ...record!, bytes: slab.bytes }])
    assert.notStrictEqual(takeSlab(0).bytes, slab.bytes)
  })

  it("is not used again when a record of it was dropped on the way", () => {
    const records = inSlab(some(0, 3))
    giveBack(records.slice(0, 2))
    assert.isTrue(areThere(records))
    assert.notStrictEqual(takeSlab(0).bytes, records[0]!.bytes)
  })

  it("says so when records of it are given back twice", () => {
    const records = inSlab(some(0, 2))
    giveBack(records)
    assert.throws(() => giveBack(records), /given back twice/)
  })

  it("is let go where more of them are free than anybody takes", () => {
    const held = Array.from({ length: 200 }, () => inSlab(some(0, 1)))
    for (const records of held) giveBack(records)
    const ours = new Set(held.map(([record]) => record!.bytes))
    for (let time = 0; time < 40_000; time++) takeSlab(0).release(1)
    const taken = Array.from({ length: 200 }, () => takeSlab(0))
    const left = taken.filter(({ bytes }) => ours.has(bytes)).length
    for (const slab of taken) slab.release(1)
    assert.isBelow(left, 16)
  })

  it("with room for more than usual is used once", () => {
    const { bytes } = takeSlab(slabBytes + 1)
    assert.isAbove(bytes.length, slabBytes)
    assert.isFalse(isReused(bytes))
  })
})

describe("what is kept of it", () => {
  it("stays when the rest is given back, among envelopes of other bytes", () => {
    const others = some(10, 2)
    const written = inSlab(some(0, 3))
    const mixed = [others[0]!, ...written, others[1]!]
    const texts = mixed.map((envelope) => payloadOf(envelope).toString())
    const copies = kept(mixed)
    giveBack(written)
    assert.isFalse(areThere(written))
    assert.isTrue(areThere(copies))
    assert.deepStrictEqual(
      copies.map((envelope) => payloadOf(envelope).toString()),
      texts,
    )
    assert.deepStrictEqual(
      copies.map(({ key, timestamp, type }) => [key, timestamp, type]),
      mixed.map(({ key, timestamp, type }) => [key, timestamp, type]),
    )
  })

  it("is what came, where nothing of it is written anew", () => {
    const envelopes = some(0, 3)
    assert.strictEqual(kept(envelopes), envelopes)
  })
})
