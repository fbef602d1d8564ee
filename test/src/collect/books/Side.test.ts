import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  applyDelta,
  type Book,
  changeBook,
  forgetDeeper,
  isCrossed,
  makeBook,
  resetBook,
} from "../../../../src/collect/books/Book.ts"
import { levelsOfSide, roomOfSide } from "../../../../src/collect/books/Side.ts"
import { bestOf, bestPrice, bestQuantity, bestText } from "../../../../src/collect/books/SideTexts.ts"
import { compareDecimals } from "../../../../src/domain/DecimalText.ts"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import { makeOkx } from "../../../../src/exchanges/okx/index.ts"
import { decodeFrame } from "../../../contract/venue/Support.ts"
import { type Dice, withSeeds } from "../../../support/seed.ts"

type Level = readonly [price: string, quantity: string]

/** The same in the plainest way: a list, compared digit by digit. */
const makeModel = () => {
  const sides = { bids: [] as Array<Level>, asks: [] as Array<Level> }
  const change = (name: "bids" | "asks", [price, quantity]: Level) => {
    const side = sides[name]
    const at = side.findIndex((each) => compareDecimals(each[0], price) === 0)
    if (/^[0.]+$/.test(quantity)) {
      if (at >= 0) side.splice(at, 1)
    } else if (at >= 0) side[at] = [price, quantity]
    else {
      side.push([price, quantity])
      const sign = name === "bids" ? -1 : 1
      side.sort(([left], [right]) => sign * compareDecimals(left, right))
    }
  }
  return { sides, change }
}

const digits = (dice: Dice, count: number): string =>
  Array.from({ length: count }, () => dice.int(10)).join("")

/** Few prices, so that they meet; some differ after the fifteenth digit alone, some are written otherwise. */
const somePrice = (dice: Dice): string => {
  const whole = String(1 + dice.int(60))
  switch (dice.int(6)) {
    case 0:
      return whole
    case 1:
      return `${whole}.${"0".repeat(1 + dice.int(3))}`
    case 2:
      return `${whole}.00000000000000000${dice.int(3)}`
    case 3:
      return `0.0000000${whole}`
    case 4:
      if (dice.chance(0.3)) return `0${whole}.5`
      return dice.chance(0.05)
        ? digits(dice, 128).replace(/^0/, "1")
        : `9007199254740${whole.padStart(3, "9")}`
    default:
      return `${whole}.${dice.int(100)}`
  }
}

const someQuantity = (dice: Dice): string =>
  dice.pick([
    "0",
    "0.000",
    "1",
    "12.5",
    "0.10",
    "00.50",
    `${1 + dice.int(1_000_000_000)}.00000000`,
    digits(dice, 1 + dice.int(40)).replace(/^0+/, "1"),
  ])

/** So many digits with a point anywhere or nowhere, and zeros at either end at times: not all of them. */
const anyDecimal = (dice: Dice): string => {
  const zeros = () => "0".repeat(dice.chance(0.3) ? dice.int(17) : 0)
  const text = `${zeros()}${1 + dice.int(9)}${digits(dice, dice.int(19))}${zeros()}`
  const point = dice.int(text.length)
  return point === 0 ? text : `${text.slice(0, point)}.${text.slice(point)}`
}

const someLevels = (dice: Dice, most: number): ReadonlyArray<Level> =>
  Array.from({ length: dice.int(most) }, () => [somePrice(dice), someQuantity(dice)])

const all = (side: Book["bids"]): ReadonlyArray<Level> =>
  bestOf(side, Number.POSITIVE_INFINITY).map(([price, quantity]) => [price, quantity])

describe("a side of a book", () => {
  it.effect("is what a sorted list is, however long prices are and however they are written", () =>
    withSeeds(12, (dice) =>
      Effect.sync(() => {
        const book = makeBook()
        const model = makeModel()
        for (let step = 0; step < 120; step++) {
          const levels = { bids: someLevels(dice, 8), asks: someLevels(dice, 8) }
          changeBook(book, levels)
          for (const name of ["bids", "asks"] as const)
            for (const level of levels[name]) model.change(name, level)
          if (dice.chance(0.05)) {
            const keep = dice.int(40)
            forgetDeeper(book, keep)
            model.sides.bids.length = Math.min(keep, model.sides.bids.length)
            model.sides.asks.length = Math.min(keep, model.sides.asks.length)
          }
          if (dice.chance(0.03)) resetBook(book, structuredClone(model.sides))
          assert.deepStrictEqual(all(book.bids), model.sides.bids)
          assert.deepStrictEqual(all(book.asks), model.sides.asks)
          const [bid] = model.sides.bids
          const [ask] = model.sides.asks
          const crossed = bid !== undefined && ask !== undefined && compareDecimals(bid[0], ask[0]) >= 0
          assert.strictEqual(isCrossed(book), crossed)
          assert.isAtMost(book.bids.odd.size, model.sides.bids.length)
        }
      }),
    ),
  )

  it.effect("gives back each text as it was written", () =>
    withSeeds(50, (dice) =>
      Effect.sync(() => {
        for (let count = 0; count < 100; count++) {
          const book = makeBook()
          const level = [anyDecimal(dice), anyDecimal(dice)] as const
          changeBook(book, { bids: [], asks: [level] })
          assert.deepStrictEqual(all(book.asks), [level])
          assert.strictEqual(bestText(book.asks, 1), JSON.stringify([level]))
          assert.deepStrictEqual<unknown>([bestPrice(book.asks), bestQuantity(book.asks)], level)
          const other = [level[0], anyDecimal(dice)] as const
          changeBook(book, { bids: [], asks: [other] })
          assert.deepStrictEqual(all(book.asks), [other])
          changeBook(book, { bids: [], asks: [[level[0], "0.0"]] })
          assert.deepStrictEqual([all(book.asks), book.asks.odd.size], [[], 0])
        }
      }),
    ),
  )

  it("takes a snapshot whose levels repeat or stand in no order", () => {
    const book = makeBook()
    resetBook(book, {
      bids: [
        ["3", "1"],
        ["5", "2"],
        ["4", "0"],
        ["3.0", "7"],
      ],
      asks: [],
    })
    assert.deepStrictEqual(all(book.bids), [
      ["5", "2"],
      ["3.0", "7"],
    ])
  })

  it("keeps no more room than it needs for long", () => {
    const book = makeBook()
    for (let price = 1; price <= 100_000; price++) {
      changeBook(book, { bids: [[String(price), "1"]], asks: [] })
      forgetDeeper(book, 100)
    }
    assert.strictEqual(levelsOfSide(book.bids), 100)
    assert.isAtMost(roomOfSide(book.bids), 400)
    assert.deepStrictEqual(all(book.bids)[0], ["100000", "1"])
    resetBook(book, { bids: [], asks: [] })
    assert.strictEqual(roomOfSide(book.bids), 0)
  })
})

describe("a delta", () => {
  const venue = makeOkx()
  const frame = (bids: string, asks: string) =>
    `{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":${asks},"bids":${bids},"ts":"1","checksum":0,"prevSeqId":1,"seqId":2}]}`
  const bids = '[["10.5","1","0","1"],["9","0","0","0"]]'
  const asks = '[["11","3.0","0","1"]]'

  it("is read where its levels stand, from a decoder's text and from a scanner's bytes alike", () => {
    const [byGuards] = decodeFrame(venue, frame(bids, asks)).records
    const [byScanner] = decodeFrame(venue, frame(bids, asks)).records
    assert.notStrictEqual(byGuards!.constructor, byScanner!.constructor)
    for (const record of [byGuards!, byScanner!]) {
      const book = makeBook()
      changeBook(book, { bids: [["9.0", "4"]], asks: [] })
      applyDelta(book, record)
      assert.deepStrictEqual(all(book.bids), [["10.5", "1"]])
      assert.deepStrictEqual(all(book.asks), [["11", "3.0"]])
    }
    const [empty] = decodeFrame(venue, frame("[]", "[]")).records
    const book = makeBook()
    applyDelta(book, empty!)
    assert.deepStrictEqual([all(book.bids), all(book.asks)], [[], []])
  })

  it("that no decoder makes is a defect, not a book that is wrong", () => {
    const [record] = decodeFrame(makeOkx(), frame(bids, asks)).records
    for (const data of [
      "{}",
      '{"bids":[]}',
      '{"bids":[["1',
      '{"bids":[["1","x"]],"asks":[]}',
      '{"bids":[["1.","1"]],"asks":[]}',
      '{"bids":[["1",".1"]],"asks":[]}',
      '{"bids":[["1","1.1.1"]],"asks":[]}',
      '{"bids":[["1",""]],"asks":[]}',
      '{"bids":[["1","1"]],"asks":{}}',
    ])
      assert.throws(() => applyDelta(makeBook(), { ...record!, data } as Decoded), /without lists of levels/)
  })
})
