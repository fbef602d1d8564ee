import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Definitions } from "../../../../layers/journal/segments/Definitions.ts"
import { frameAt, frameKind, kindAt, positionAt } from "../../../../layers/journal/segments/Frame.ts"
import { FrameWriter } from "../../../../layers/journal/segments/FrameWriter.ts"
import { sizeOf } from "../../../../layers/journal/segments/Held.ts"
import type { Envelope } from "../../../../src/domain/Envelope.ts"
import { noSequence } from "../../../../src/domain/Decoded.ts"
import { FixedText } from "../../../../src/domain/FixedText.ts"
import { RecordWriter } from "../../../../src/domain/RecordWriter.ts"
import { testStream } from "../../../support/envelopes.ts"
import { type Dice, withSeeds } from "../../../support/seed.ts"
import { frameOf } from "../../../../src/domain/Frame.ts"

const stream = testStream({})
const writer = new RecordWriter("stream")

/** Written by its decoder; a few are long. */
const written = (dice: Dice): Envelope => {
  const key = String(dice.int(1e9))
  const value = "9".repeat(dice.pick([10, 1_700 + dice.int(400), 6_000]))
  const from = writer.lay(frameOf(Buffer.from(key + value)))
  writer.begin(stream)
  writer.copy(from, from + key.length)
  writer.noEventTime(1_700_000_000_000 + dice.int(1000) / 8)
  writer.put(new FixedText('{"price":"'))
  writer.copy(from + key.length, writer.frameEnd)
  writer.put(new FixedText('"}'))
  return writer.end(stream, 0, 1, 1, noSequence)
}

/** The same as an encoder would have left it. */
const encoded = ({ stream: of, type, key, timestamp, receivedAt, source, bytes, start, end }: Envelope) => ({
  stream: of,
  type,
  key,
  timestamp,
  receivedAt,
  source,
  bytes,
  start,
  end,
})

/** With `largeGroup` of some bytes runs of records are laid in WebAssembly, once one was as large. */
const lay = (envelopes: ReadonlyArray<Envelope>, largeGroup?: number): Buffer => {
  const frames = new FrameWriter(new Definitions(), largeGroup)
  for (let group = 0; group < (largeGroup === undefined ? 0 : 2); group++) {
    frames.beginSegment([])
    frames.clear(0)
    frames.envelopes(envelopes, 7)
  }
  frames.beginSegment([])
  frames.clear(0)
  frames.envelopes(envelopes, 7)
  return Buffer.from(frames.bytes)
}

describe("FrameWriter", () => {
  it.effect("lays a record that its decoder wrote as it lays the same one encoded, whatever its length", () =>
    withSeeds(100, (dice) =>
      Effect.sync(() => {
        const records = Array.from({ length: 1 + dice.int(20) }, () => written(dice))
        const mixed = records.map((each) => (dice.chance(0.5) ? each : encoded(each)))
        const bytes = lay(mixed)
        assert.isTrue(bytes.equals(lay(records.map(encoded))))
        assert.isTrue(bytes.equals(lay(mixed, 1)))
        assert.isTrue(bytes.equals(lay(records, 1)))
        assert.strictEqual(sizeOf(mixed).disk, sizeOf(records.map(encoded)).disk)
        // Each is whole by itself, in order, behind the one definition.
        let at = frameAt(bytes, 0, bytes.length)
        assert.strictEqual(kindAt(bytes, 0), frameKind.definition)
        for (let n = 0; n < records.length; n++) {
          const length = frameAt(bytes, at, bytes.length)
          assert.isAbove(length, 0, "its checksum is right")
          assert.strictEqual(positionAt(bytes, at), 7 + n)
          const { end, start } = records[n]!
          const payload = bytes.subarray(at + length - (end + 1 - start), at + length)
          assert.isTrue(payload.equals(records[n]!.bytes.subarray(start, end + 1)))
          at += length
        }
        assert.strictEqual(at, bytes.length)
      }),
    ),
  )
})
