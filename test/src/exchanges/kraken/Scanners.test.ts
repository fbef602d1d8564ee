import { describe, expect, it } from "@effect/vitest"
import { makeKrakenCatalogue } from "../../../../src/exchanges/kraken/Channels.ts"
import { makeDecoder } from "../../../../src/exchanges/kraken/Decoder.ts"
import { introduced, itHoldsToGuards, type Scanned } from "../../../support/heldScanner.ts"
import { readSession, recordingsAbsent } from "../../../support/recordings.ts"
import { holdToGuards, someLevels } from "../../../support/scanning.ts"
import type { Dice } from "../../../support/seed.ts"

const pairs = ["XBT/USD", "XMR/USD"]

const moment = (dice: Dice): string =>
  dice.chance(0.98)
    ? `${1 + dice.int(dice.chance(0.98) ? 4_000_000_000 : 9_999_999_998)}.${String(dice.int(1_000_000)).padStart(6, "0")}`
    : dice.pick([
        "0.000001",
        "1618678133",
        "01618678133.365913",
        "1618678133.3659",
        "9999999999999.000000",
        "x",
      ])

const side = (dice: Dice, highestFirst: boolean): string =>
  JSON.stringify(
    someLevels(dice, highestFirst, 8).map((level) => [
      ...level,
      moment(dice),
      ...(dice.chance(0.1) ? ["r"] : []),
    ]),
  )

const scanned: Scanned = {
  makePair: () => {
    const catalogue = makeKrakenCatalogue()
    return { scanning: makeDecoder(catalogue), guarded: makeDecoder(catalogue, false) }
  },
  first: pairs.map((pair) => ({ text: Buffer.from(`[1,{"as":[],"bs":[]},"book-1000","${pair}"]`) })),
  generate: (dice) => {
    const sum = dice.chance(0.05) ? dice.pick(["0", "007", "12345678901", "", "-1"]) : String(dice.int(4e9))
    const end = `,"c":"${sum}"}`
    const asks = `{"a":${side(dice, false)}`
    const bids = `{"b":${side(dice, true)}`
    const parts = dice.pick([
      `${asks}${end}`,
      `${bids}${end}`,
      `${asks}},${bids}${end}`,
      `${bids}},${asks}${end}`,
    ])
    return { text: Buffer.from(`[${dice.int(3000)},${parts},"book-1000","${dice.pick(pairs)}"]`) }
  },
  share: 0.3,
}

describe("Kraken's scanner of books", () => {
  itHoldsToGuards(scanned)

  it.skipIf(recordingsAbsent)("takes every change that was recorded, but a stream's first", () => {
    const pair = introduced(scanned)
    const known = new Set(pairs)
    let changes = 0
    let left = 0
    for (const { dir, raw } of readSession("kraken/2021-04-17")) {
      if (dir !== "in" || raw === undefined) continue
      const taken = holdToGuards(pair, [{ text: Buffer.from(raw) }])
      const [, name] = /"book-1000","([^"]*)"\]$/.exec(raw) ?? []
      if (name === undefined) expect([raw, taken]).toEqual([raw, 0])
      else if (known.has(name) && raw.includes('"c":')) {
        changes += taken
        left += 1 - taken
      }
      if (name !== undefined) known.add(name)
    }
    expect(changes).toBeGreaterThan(4000)
    // Two sides in one object, or levels in no order.
    expect(left).toBeLessThan(changes / 100)
  })
})
