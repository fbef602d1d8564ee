import { assert, describe, it } from "@effect/vitest"
import { bytesOf, type Parsed } from "../../../../src/collect/Inlet.ts"
import { makeOverload } from "../../../../src/collect/overload/Overload.ts"
import { Thinning } from "../../../../src/collect/overload/Thinning.ts"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import { WrittenRecord } from "../../../../src/domain/WrittenRecord.ts"
import { testEnvelopes, testStream } from "../../../support/envelopes.ts"

const streams = ["BTC", "ETH", "SOL", "XRP"].map((base) => testStream({ dataType: "bbo", base }))

/** Records as scanners write them. */
const written = (count: number): ReadonlyArray<Decoded> =>
  testEnvelopes(streams, 0, count).map(
    ({ bytes, end, receivedAt, source, start, stream, timestamp }, index) =>
      new WrittenRecord(bytes).become(
        stream,
        source,
        timestamp,
        receivedAt,
        index,
        index,
        index,
        start,
        start,
        end,
      ),
  )

const messageOf = (records: ReadonlyArray<Decoded>): Parsed => ({
  kind: "records",
  records,
  bytes: bytesOf(records),
})

describe("records taken out of what waits", () => {
  it("free the room that they took, of records that are written already too", () => {
    const records = written(400)
    const thinning = new Thinning([messageOf(records)])
    thinning.remove("newest first", 20_000, () => true)
    const gone = records.slice(400 - thinning.dropped)
    assert.strictEqual(thinning.freed, bytesOf(gone))
    assert.isAtLeast(thinning.freed, 20_000)
    assert.isBelow(bytesOf(gone.slice(1)), 20_000)
  })

  it("are found in a few passes, however many there are", () => {
    const records = written(500)
    let asked = 0
    const overload = makeOverload(
      () => {
        asked++
        return "drop_newest"
      },
      1_000_000,
      () => {},
    )
    const message = messageOf(records)
    const room = Math.floor(message.bytes / 2)
    const smaller = overload.withoutNewest(message, room)
    assert.isAtMost(smaller!.left.bytes, room)
    assert.isAbove(smaller!.left.records.length, 200)
    assert.isAtMost(asked, 12 * records.length)
  })
})
