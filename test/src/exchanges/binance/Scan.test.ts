import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { levelsText } from "../../../../src/exchanges/wire/Levels.ts"
import {
  decimal,
  integer,
  levels,
  literal,
  ownText,
  valueOf,
} from "../../../../src/exchanges/binance/Scan.ts"
import { type Dice, withSeeds } from "../../../support/seed.ts"

const scanLevels = (text: string, at: number, highestFirst: boolean): string =>
  levels(Buffer.from(text), text, at, highestFirst)

describe("steps of a scan", () => {
  const bytes = Buffer.from('"u":35346513501,"p":"2683.80000000"')

  it("pass on what failed before them", () => {
    expect(literal(bytes, -1, '"u":')).toBe(-1)
    expect(integer(bytes, -1, 15)).toBe(-1)
    expect(decimal(bytes, -1)).toBe(-1)
    expect(scanLevels("[]", -1, true)).toBe("")
  })

  it("stop behind what they read", () => {
    const from = literal(bytes, 0, '"u":')
    const to = integer(bytes, from, 15)
    expect(valueOf(bytes, from, to)).toBe(35346513501)
    const price = literal(bytes, to, ',"p":"')
    expect(bytes.toString("latin1", price, decimal(bytes, price))).toBe("2683.80000000")
  })

  it("end with the text", () => {
    expect(literal(Buffer.from("12"), 0, "123")).toBe(-1)
    expect(integer(Buffer.from("12"), 0, 15)).toBe(2)
    expect(decimal(Buffer.from("1."), 0)).toBe(-1)
    expect(scanLevels('[["1","2"]', 0, true)).toBe("")
    expect(scanLevels('[["1","2"],', 0, true)).toBe("")
  })

  it("take no integer of too many digits, of none, or with a zero in front", () => {
    expect(integer(Buffer.from("123456,"), 0, 5)).toBe(-1)
    expect(integer(Buffer.from(","), 0, 5)).toBe(-1)
    // The step stops behind the zero, and whatever must follow is not there.
    expect(integer(Buffer.from("007,"), 0, 5)).toBe(1)
    expect(decimal(Buffer.from('00.5"'), 0)).toBe(1)
  })

  it("give ids that are whole, however long", () => {
    const text = `x${"123456789012345"}y`
    for (let length = 1; length <= 15; length++) {
      expect(ownText(text, 1, 1 + length)).toBe("123456789012345".slice(0, length))
    }
  })
})

const price = (dice: Dice): string => {
  const whole = dice.pick(["0", "1", "9", "10", "99", "100", "101"])
  return whole + dice.pick(["", ".0", ".00", ".5", ".50", ".500", ".05", ".49", ".51", ".9", ".99"])
}

const listOf = (prices: ReadonlyArray<string>): string =>
  JSON.stringify(prices.map((each, index) => [each, String(index)]))

describe("levels by a scan", () => {
  it.effect("are the guards' levels, or left to them", () =>
    withSeeds(1000, (dice) =>
      Effect.sync(() => {
        const prices = Array.from({ length: dice.int(6) }, () => price(dice))
        const direction = dice.int(3) - 1
        const text = listOf(prices.toSorted((left, right) => direction * (Number(left) - Number(right))))
        for (const highestFirst of [true, false]) {
          const scanned = scanLevels(text, 0, highestFirst)
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
          Array.from({ length: 1 + dice.int(8) }, () => price(dice)).map((p) => [Number(p), p]),
        )
        const ascending = [...distinct.values()].toSorted((left, right) => Number(left) - Number(right))
        for (const text of [listOf(ascending), listOf(ascending.toReversed())]) {
          expect(scanLevels(text, 0, false)).toBe(levelsText(JSON.parse(text), "asks"))
          expect(scanLevels(text, 0, true)).toBe(levelsText(JSON.parse(text), "bids"))
        }
      }),
    ),
  )

  it("keep the order of equal prices as they came", () => {
    const text = '[["1.5","1"],["1.50","2"],["1","3"]]'
    expect(scanLevels(text, 0, true)).toBe(text)
    expect(scanLevels('[["1.50","2"],["1.5","1"],["2","3"]]', 0, true)).toBe("")
    const asks = '[["2","3"],["1.5","1"],["1.50","2"]]'
    expect(scanLevels(asks, 0, false)).toBe("")
    expect(levelsText(JSON.parse(asks), "asks")).toBe('[["1.5","1"],["1.50","2"],["2","3"]]')
  })

  it("take nothing behind a quantity, no space and no empty text", () => {
    for (const text of [
      '[["1","2",[]]]',
      '[["1", "2"]]',
      '[["1",""]]',
      '[["","1"]]',
      '[["1","2"]x',
      '[["1","2"],]',
      "[[]]",
      "[ ]",
    ]) {
      expect(scanLevels(text, 0, true)).toBe("")
    }
  })
})
