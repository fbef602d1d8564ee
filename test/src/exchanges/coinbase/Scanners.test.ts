import { describe, expect, it } from "@effect/vitest"
import { makeCoinbaseCatalogue } from "../../../../src/exchanges/coinbase/Channels.ts"
import { makeDecoder } from "../../../../src/exchanges/coinbase/Decoder.ts"
import { introduced, itHoldsToGuards, type Scanned } from "../../../support/heldScanner.ts"
import { readSession, recordingsAbsent } from "../../../support/recordings.ts"
import { holdToGuards, someLevels } from "../../../support/scanning.ts"
import type { Dice } from "../../../support/seed.ts"

const products = ["BTC-USD", "SKL-BTC"]

const two = (dice: Dice, least: number, most: number): string =>
  String(least + dice.int(most - least + 1)).padStart(2, "0")

/** Of any day, also one that no month has; mostly with six decimals. */
const moment = (dice: Dice): string => {
  const year = dice.chance(0.95) ? 1970 + dice.int(280) : dice.pick(["9999", "0001", "2260"])
  const fraction = dice.chance(0.9)
    ? `.${String(dice.int(1_000_000)).padStart(6, "0")}`
    : dice.pick(["", ".5", ".1234567"])
  const hour = dice.chance(0.97) ? two(dice, 0, 23) : "24"
  return `${year}-${two(dice, 1, 12)}-${two(dice, 1, 31)}T${hour}:${two(dice, 0, 59)}:${two(dice, 0, 59)}${fraction}Z`
}

const frame = (product: string, changes: string, time: string) => ({
  text: Buffer.from(`{"type":"l2update","product_id":"${product}","changes":${changes},"time":"${time}"}`),
})

const scanned: Scanned = {
  makePair: () => {
    const catalogue = makeCoinbaseCatalogue()
    return { scanning: makeDecoder(catalogue), guarded: makeDecoder(catalogue, false) }
  },
  first: products.map((product) => ({
    text: Buffer.from(`{"type":"snapshot","product_id":"${product}","bids":[],"asks":[]}`),
  })),
  generate: (dice) => {
    const most = dice.chance(0.5) ? 2 : 6
    const of = (side: "buy" | "sell") =>
      someLevels(dice, side === "buy", most).map((level) => [side, ...level])
    const [bids, asks] = [of("buy"), of("sell")]
    const changes = dice.chance(0.5) ? [...bids, ...asks] : [...asks, ...bids]
    return frame(dice.pick(products), JSON.stringify(changes), moment(dice))
  },
  share: 0.35,
}

describe("Coinbase's scanner of books", () => {
  itHoldsToGuards(scanned)

  it("reads the seconds of messages in any order", () => {
    const pair = introduced(scanned)
    const seconds = ["16:43:37", "16:43:38", "16:43:37", "23:59:59", "16:43:37"]
    const frames = seconds.map((second, index) =>
      frame("BTC-USD", `[["buy","${index + 1}","1.5"]]`, `2021-04-17T${second}.10995${index}Z`),
    )
    expect(holdToGuards(pair, frames)).toBe(seconds.length)
  })

  it.skipIf(recordingsAbsent)("takes every change that was recorded, but a stream's first", () => {
    const pair = introduced(scanned)
    const known = new Set(products)
    let changes = 0
    for (const { dir, raw } of readSession("coinbase/2021-04-17")) {
      if (dir !== "in" || raw === undefined) continue
      const taken = holdToGuards(pair, [{ text: Buffer.from(raw) }])
      const [, product] = /"type":"(?:snapshot|l2update)","product_id":"([^"]*)"/.exec(raw) ?? []
      const isChange = product !== undefined && known.has(product) && raw.includes('"l2update"')
      expect([raw.slice(0, 500), taken]).toEqual([raw.slice(0, 500), isChange ? 1 : 0])
      changes += taken
      if (product !== undefined) known.add(product)
    }
    expect(changes).toBeGreaterThan(9000)
  })
})
