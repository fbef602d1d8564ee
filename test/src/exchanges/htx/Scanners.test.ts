import { describe, expect, it } from "@effect/vitest"
import { gunzipSync } from "node:zlib"
import { makeHtxSwapCatalogue } from "../../../../src/exchanges/htx-swap/Channels.ts"
import { readerOf as swapReaderOf } from "../../../../src/exchanges/htx-swap/Readers.ts"
import { makeHtxCatalogue } from "../../../../src/exchanges/htx/Channels.ts"
import { makeDecoder } from "../../../../src/exchanges/htx/Decoder.ts"
import { readerOf } from "../../../../src/exchanges/htx/Readers.ts"
import { scanSpotBook, scanSwapBook } from "../../../../src/exchanges/htx/Scanners.ts"
import { bareSide, introduced, itHoldsToGuards, type Scanned } from "../../../support/heldScanner.ts"
import { holdToGuards, shuffled } from "../../../support/scanning.ts"
import type { Dice } from "../../../support/seed.ts"
import { messages as swapMessages } from "../htx-swap/fixtures/messages.ts"
import { messages } from "./fixtures/messages.ts"

const spotTopic = "market.btcusdt.mbp.150"
const swapTopic = "market.BTC-USDT.depth.size_150.high_freq"

const textOf = (frame: string | Buffer): string => {
  const bytes = Buffer.from(frame)
  return (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString()
}

const number = (dice: Dice, digits: number): number => dice.int(10 ** (1 + dice.int(digits)))

/** The sides, each sometimes in one of the ways in which there is none, sometimes one of them twice: the last counts. */
const sides = (dice: Dice): ReadonlyArray<readonly [string, unknown]> =>
  (["bids", "asks", ...(dice.chance(0.05) ? (["bids"] as const) : [])] as const).flatMap(
    (side): ReadonlyArray<readonly [string, unknown]> => {
      if (dice.chance(0.1)) return []
      return [[side, dice.chance(0.1) ? dice.pick(["null", "{}", "[]"]) : bareSide(dice, side === "bids")]]
    },
  )

/** Its tick in front or behind, in a frame of gzip as it comes or as a text. */
const message = (dice: Dice, topic: string, tick: string) => {
  const members = [["ts", 1 + number(dice, 13)] as const, ["tick", `{${tick}}`] as const]
  return { text: Buffer.from(`{"ch":"${topic}",${shuffled(dice, members)}}`) }
}

const spot: Scanned = {
  makePair: () => {
    const catalogue = makeHtxCatalogue()
    return {
      scanning: makeDecoder(catalogue, readerOf, scanSpotBook),
      guarded: makeDecoder(catalogue, readerOf),
    }
  },
  first: [{ text: Buffer.from(`{"ch":"${spotTopic}","ts":1,"tick":{"seqNum":2,"prevSeqNum":1}}`) }],
  generate: (dice) => {
    const last = number(dice, 14)
    const previous = dice.chance(0.8) ? Math.max(0, last - 1 - dice.int(40)) : number(dice, 14)
    const tick = [
      ["seqNum", last] as const,
      ...(dice.chance(0.95) ? [["prevSeqNum", previous] as const] : []),
      ...sides(dice),
    ]
    return message(dice, spotTopic, shuffled(dice, tick))
  },
  share: 0.6,
}

const swap: Scanned = {
  makePair: () => {
    const catalogue = makeHtxSwapCatalogue()
    return {
      scanning: makeDecoder(catalogue, swapReaderOf, scanSwapBook),
      guarded: makeDecoder(catalogue, swapReaderOf),
    }
  },
  first: [{ text: Buffer.from(`{"ch":"${swapTopic}","tick":{"event":"update","version":1},"ts":1}`) }],
  generate: (dice) => {
    const tick = [
      ...sides(dice),
      ["ch", `"${swapTopic}"`] as const,
      ["event", dice.chance(0.9) ? '"update"' : '"snapshot"'] as const,
      ["id", number(dice, 14)] as const,
      ["mrid", number(dice, 14)] as const,
      ["ts", number(dice, 13)] as const,
      ["version", number(dice, 14)] as const,
    ]
    return message(dice, swapTopic, shuffled(dice, tick))
  },
  share: 0.5,
}

describe("HTX's scanner of spot books", () => {
  itHoldsToGuards(spot)

  it("takes a change as it comes, in gzip, and leaves numbers with exponents to the guards", () => {
    const pair = introduced(spot)
    let changes = 0
    for (const { frame, what } of messages) {
      const text = textOf(frame)
      if (!text.startsWith(`{"ch":"${spotTopic}"`)) continue
      const taken = holdToGuards(pair, [{ text: Buffer.from(frame) }])
      const isChange = text.includes("prevSeqNum") && !text.includes("E-")
      changes += taken
      expect([what, taken]).toEqual([what, isChange ? 1 : 0])
    }
    expect(changes).toBeGreaterThan(0)
  })
})

describe("HTX's scanner of swaps' books", () => {
  itHoldsToGuards(swap)

  it("takes a change as it comes, in gzip, and leaves whole books to the guards", () => {
    const pair = introduced(swap)
    let changes = 0
    for (const { frame, what } of swapMessages) {
      const text = textOf(frame)
      if (!text.includes(".high_freq")) continue
      // The first of a stream is for the guards.
      holdToGuards(pair, [{ text: Buffer.from(frame) }])
      const taken = holdToGuards(pair, [{ text: Buffer.from(frame) }])
      const isChange = text.includes('"update"')
      changes += taken
      expect([what, taken]).toEqual([what, isChange ? 1 : 0])
    }
    expect(changes).toBeGreaterThan(0)
  })
})
