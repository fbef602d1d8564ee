import { describe, expect, it } from "@effect/vitest"
import { coinmInstrument } from "../../../../src/exchanges/binance-coinm/Names.ts"
import { coinmReaders } from "../../../../src/exchanges/binance-coinm/Readers.ts"
import { makeCatalogue } from "../../../../src/exchanges/binance/Catalogue.ts"
import { makeDecoder } from "../../../../src/exchanges/binance/Decoder.ts"
import { introduced, itHoldsToGuards, type Scanned } from "../../../support/heldScanner.ts"
import { holdToGuards, someLevels } from "../../../support/scanning.ts"
import type { Dice } from "../../../support/seed.ts"

const natives = ["BTCUSD_PERP", "BTCUSD_220325"]

const number = (dice: Dice, digits: number): number => dice.int(10 ** (1 + dice.int(digits)))

const frame = (native: string, middle: string, sides: string) => ({
  text: Buffer.from(
    `{"stream":"${native.toLowerCase()}@depth@100ms","data":{"e":"depthUpdate",${middle},${sides}}}`,
  ),
})

const scanned: Scanned = {
  makePair: () => {
    const decoder = (readers: typeof coinmReaders) =>
      makeDecoder(
        makeCatalogue({ venue: "binance-coinm", offers: ["depth"], read: coinmInstrument, route: () => "" }),
        readers,
      )
    return {
      scanning: decoder(coinmReaders),
      guarded: decoder({ ...coinmReaders, depth: { read: coinmReaders.depth.read } }),
    }
  },
  first: natives.map((native) =>
    frame(native, `"E":1,"T":1,"s":"${native}","ps":"BTCUSD","U":1,"u":1,"pu":0`, '"b":[],"a":[]'),
  ),
  generate: (dice) => {
    const native = dice.pick(natives)
    const pair = dice.chance(0.9)
      ? '"ps":"BTCUSD",'
      : dice.pick(["", '"ps":"BTC USD",', '"ps":1,', '"ps":"",'])
    const first = number(dice, 14)
    const last = first + (dice.chance(0.95) ? dice.int(40) : -1)
    const numbers = `"E":${1 + number(dice, 13)},"T":${number(dice, 13)},"s":"${native}",${pair}"U":${first},"u":${last},"pu":${number(dice, 14)}`
    const sides = `"b":${JSON.stringify(someLevels(dice, true, 8))},"a":${JSON.stringify(someLevels(dice, false, 8))}`
    return frame(native, numbers, sides)
  },
  share: 0.5,
}

describe("COIN-M's scanner of books", () => {
  itHoldsToGuards(scanned)

  it("takes a change with the pair behind the symbol, as it is documented", () => {
    const pair = introduced(scanned)
    const change = frame(
      "BTCUSD_PERP",
      '"E":1591269996801,"T":1591269996646,"s":"BTCUSD_PERP","ps":"BTCUSD","U":17276694,"u":17276701,"pu":17276678',
      '"b":[["9523.0","5"]],"a":[["9524.6","2"]]',
    )
    expect(holdToGuards(pair, [change])).toBe(1)
  })
})
