import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { levelsText } from "../../../../src/exchanges/wire/Levels.ts"
import { RecordWriter } from "../../../../src/domain/RecordWriter.ts"
import { behind, levels, putLevels } from "../../../../src/exchanges/scan/Levels.ts"
import { makeStream } from "../../../../src/domain/Stream.ts"
import { laid } from "../../../support/scanning.ts"
import { somePrice } from "../../../support/prices.ts"
import { withSeeds } from "../../../support/seed.ts"
import { frameOf } from "../../../../src/domain/Frame.ts"

const stream = makeStream({
  venue: "test",
  dataType: { word: "depth", type: "depth" },
  instrument: { exchange: "test", market: "spot", base: "A", quote: "B", symbol: "A-B", native: "AB" },
  wire: "ab@depth",
  route: "",
})

/** What is written of a list; empty where it is left to the guards. */
const scanLevels = (text: string, highestFirst: boolean): string => {
  const writer = new RecordWriter("stream")
  const from = writer.lay(frameOf(Buffer.from(text)))
  const end = levels(writer.view, from, highestFirst)
  if (end === -1 || behind(end) !== writer.frameEnd) return ""
  writer.begin(stream)
  putLevels(writer, from, end)
  const { bytes, start, end: closing } = writer.end(stream, 1, 0, 0, 0)
  return bytes.toString("latin1", start + stream.headBytes.length, closing - 1)
}

const listOf = (prices: ReadonlyArray<string>): string =>
  JSON.stringify(prices.map((each, index) => [each, String(index)]))

describe("levels by a scan", () => {
  it.effect("are the guards' levels, or left to them", () =>
    withSeeds(1000, (dice) =>
      Effect.sync(() => {
        const prices = Array.from({ length: dice.int(6) }, () => somePrice(dice))
        const direction = dice.int(3) - 1
        const text = listOf(prices.toSorted((left, right) => direction * (Number(left) - Number(right))))
        for (const highestFirst of [true, false]) {
          const scanned = scanLevels(text, highestFirst)
          const guarded = levelsText(JSON.parse(text), highestFirst ? "bids" : "asks")
          if (scanned !== "") expect(scanned).toBe(guarded)
        }
      }),
    ),
  )

  it.effect("are taken as they stand or turned round, wherever the list is sorted", () =>
    withSeeds(400, (dice) =>
      Effect.sync(() => {
        const distinct = new Map(
          Array.from({ length: 1 + dice.int(8) }, () => somePrice(dice)).map((p) => [Number(p), p]),
        )
        const ascending = [...distinct.values()].toSorted((left, right) => Number(left) - Number(right))
        for (const text of [listOf(ascending), listOf(ascending.toReversed())]) {
          expect(scanLevels(text, false)).toBe(levelsText(JSON.parse(text), "asks"))
          expect(scanLevels(text, true)).toBe(levelsText(JSON.parse(text), "bids"))
        }
      }),
    ),
  )

  it("keep the order of equal prices as they came", () => {
    const text = '[["1.5","1"],["1.50","2"],["1","3"]]'
    expect(scanLevels(text, true)).toBe(text)
    expect(scanLevels('[["1.50","2"],["1.5","1"],["2","3"]]', true)).toBe("")
    const asks = '[["2","3"],["1.5","1"],["1.50","2"]]'
    expect(scanLevels(asks, false)).toBe("")
    expect(levelsText(JSON.parse(asks), "asks")).toBe('[["1.5","1"],["1.50","2"],["2","3"]]')
  })

  it("pass on what failed before them, and end with the frame", () => {
    expect(levels(laid("[]"), -1, true)).toBe(-1)
    expect(behind(-1)).toBe(-1)
    expect(scanLevels('[["1","2"]', true)).toBe("")
    expect(scanLevels('[["1","2"],', true)).toBe("")
  })

  it("take nothing behind a quantity, no space and no empty text", () => {
    for (const text of [
      '[["1","2",[]]]',
      '[["1", "2"]]',
      '[["1",""]]',
      '[["1",12"]]',
      '[["1","2"],[13","4"]]',
      '[["","1"]]',
      '[["1","2"]x',
      '[["1","2"],]',
      "[[]]",
      "[ ]",
    ]) {
      expect(scanLevels(text, true)).toBe("")
    }
  })
})
