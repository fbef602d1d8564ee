import { describe, expect, it } from "@effect/vitest"
import { makeDeribitCatalogue } from "../../../../src/exchanges/deribit/Channels.ts"
import { makeDecoder } from "../../../../src/exchanges/deribit/Decoder.ts"
import { bareSide, introduced, itHoldsToGuards, type Scanned } from "../../../support/heldScanner.ts"
import { readSession, recordingsAbsent } from "../../../support/recordings.ts"
import { holdToGuards, shuffled } from "../../../support/scanning.ts"
import type { Dice } from "../../../support/seed.ts"

const number = (dice: Dice, digits: number): number => dice.int(10 ** (1 + dice.int(digits)))

const instruments = ["BTC-PERPETUAL", "ETH-30JUL21-2800-C"]

const frame = (native: string, data: string) => ({
  text: Buffer.from(
    `{"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.${native}.100ms","data":{${data}}}}`,
  ),
})

const scanned: Scanned = {
  makePair: () => {
    const catalogue = makeDeribitCatalogue()
    const none = () => []
    return {
      scanning: makeDecoder(catalogue, none),
      guarded: makeDecoder(catalogue, none, false),
    }
  },
  first: instruments.map((native) =>
    frame(
      native,
      `"type":"snapshot","timestamp":1,"instrument_name":"${native}","change_id":1,"bids":[],"asks":[]`,
    ),
  ),
  generate: (dice) => {
    const native = dice.pick(instruments)
    const last = number(dice, 14)
    const side = (highestFirst: boolean) =>
      bareSide(dice, highestFirst, (quantity) =>
        /^[0.]+$/.test(quantity) || dice.chance(0.01) ? '"delete",' : dice.pick(['"new",', '"change",']),
      )
    const members = [
      ["type", dice.chance(0.95) ? '"change"' : '"snapshot"'] as const,
      ["timestamp", 1 + number(dice, 13)] as const,
      ["prev_change_id", dice.chance(0.8) ? Math.max(0, last - 1 - dice.int(40)) : number(dice, 14)] as const,
      ["instrument_name", `"${dice.chance(0.97) ? native : "BTC-27JUN25"}"`] as const,
      ["change_id", last] as const,
      ["bids", side(true)] as const,
      ["asks", side(false)] as const,
      // The last of two counts.
      ...(dice.chance(0.05) ? [["asks", side(false)] as const] : []),
      ...(dice.chance(0.05) ? [["index_name", '"btc_usd"'] as const] : []),
    ]
    return frame(native, shuffled(dice, members))
  },
  share: 0.4,
}

describe("Deribit's scanner of books", () => {
  itHoldsToGuards(scanned)

  it.skipIf(recordingsAbsent)("takes every change that was recorded, but a stream's first", () => {
    const pair = introduced(scanned)
    const known = new Set<string>()
    let changes = 0
    for (const { dir, raw } of readSession("deribit/2021-07-22")) {
      if (dir !== "in" || raw === undefined) continue
      const taken = holdToGuards(pair, [{ text: Buffer.from(raw) }])
      const [, channel] = /"channel":"(book\.[^"]*)"/.exec(raw) ?? []
      const isChange = channel !== undefined && known.has(channel) && raw.includes('"type":"change"')
      expect([raw, taken]).toEqual([raw, isChange ? 1 : 0])
      changes += taken
      if (channel !== undefined) known.add(channel)
    }
    expect(changes).toBeGreaterThan(30)
  })
})
