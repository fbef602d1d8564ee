import { describe, expect, it } from "@effect/vitest"
import { makeDecoder } from "../../../../src/exchanges/bybit/Decoder.ts"
import { makeBybitCatalogue, subscriptionOf } from "../../../../src/exchanges/bybit/Topics.ts"
import { shareSubscriptions } from "../../../../src/exchanges/wire/SharedSubscriptions.ts"
import { introduced, itHoldsToGuards, type Scanned } from "../../../support/heldScanner.ts"
import { readSamples, recordingsAbsent } from "../../../support/recordings.ts"
import { holdToGuards, type Pair, shuffled, someDecimal, someLevels } from "../../../support/scanning.ts"
import type { Dice } from "../../../support/seed.ts"
import { messages } from "./fixtures/messages.ts"

const makePair = (): Pair => {
  const catalogue = makeBybitCatalogue()
  const { carriedBy } = shareSubscriptions(catalogue, subscriptionOf)
  return {
    scanning: makeDecoder(catalogue, carriedBy),
    guarded: makeDecoder(catalogue, carriedBy, new Map()),
  }
}

/** The same native name is spot's and a perpetual's: the route tells them apart. */
const instruments = [
  ["spot", "BTCUSDT"],
  ["linear", "BTCUSDT"],
  ["linear", "BTCPERP"],
  ["inverse", "BTCUSD"],
  ["inverse", "BTCUSDH25"],
] as const

const time = (dice: Dice): number => 1 + dice.int(10 ** (1 + dice.int(13)))

const uuid = "20f43950-d8dd-5b31-9112-a178eb6023af"

const extra = (dice: Dice): ReadonlyArray<readonly [string, unknown]> =>
  dice.chance(0.3)
    ? []
    : [
        dice.pick([
          ["BT", false],
          ["RPI", true],
          ["seq", 1783284617],
          ["mP", '"1.5"'],
          ["L", '"PlusTick"'],
          ["L", '"ZeroMinusTick"'],
          ["more", dice.pick(['"a \\" quote"', '"\\q"', '"\t"', "1e5", "01", "nil", "{}", "-", "1."])],
        ] as const),
      ]

const trade = (dice: Dice, native: string): string =>
  `{${shuffled(dice, [
    ["T", time(dice)],
    ["s", `"${native}"`],
    ["S", `"${dice.pick(["Buy", "Sell"])}"`],
    ["v", `"${someDecimal(dice)}"`],
    ["p", `"${someDecimal(dice)}"`],
    ["i", `"${dice.pick([uuid, "2290000000028731465", "a_b"])}"`],
    ...extra(dice),
  ])}}`

const book = (dice: Dice, native: string, best: boolean): string => {
  const side = (highestFirst: boolean) =>
    JSON.stringify(best ? [[someDecimal(dice), someDecimal(dice)]] : someLevels(dice, highestFirst, 40))
  return `{${shuffled(dice, [
    ["s", `"${native}"`],
    ["b", side(true)],
    ["a", side(false)],
    ["u", dice.chance(0.1) ? 1 : dice.int(1e9)],
    ["seq", dice.int(1e9)],
    ...extra(dice),
  ])}}`
}

const generate = (dice: Dice, channel: string, native: string): string => {
  const count = dice.chance(0.5) ? 1 : 1 + dice.int(dice.chance(0.1) ? 300 : 12)
  const data =
    channel === "publicTrade"
      ? `[${Array.from({ length: count }, () => trade(dice, native)).join(",")}]`
      : book(dice, native, channel === "orderbook.1" && dice.chance(0.8))
  const type = channel === "orderbook.1000" ? dice.pick(["delta", "delta", "snapshot"]) : "snapshot"
  return `{"topic":"${channel}.${native}",${shuffled(dice, [
    ["type", `"${type}"`],
    ["ts", time(dice)],
    ["data", data],
    ...(dice.chance(0.5) ? [["cts", time(dice)] as const] : []),
  ])}}`
}

const channels = ["publicTrade", "orderbook.1", "orderbook.1000"]

const scanned: Scanned = {
  makePair,
  first: instruments.flatMap(([route, native]) =>
    channels.map((channel) => {
      const data =
        channel === "publicTrade"
          ? `[{"T":1,"s":"${native}","S":"Buy","v":"1","p":"1","i":"1"}]`
          : `{"s":"${native}","b":[["1","1"]],"a":[["2","1"]],"u":1,"seq":1}`
      const text = `{"topic":"${channel}.${native}","type":"snapshot","ts":1,"data":${data}}`
      return { text: Buffer.from(text), route }
    }),
  ),
  generate: (dice) => {
    const [route, native] = dice.pick(instruments)
    return { route, text: Buffer.from(generate(dice, dice.pick(channels), native)) }
  },
  share: 0.6,
}

describe("Bybit's scanners", () => {
  itHoldsToGuards(scanned)

  it("take the messages of the documents, of spot and of contracts alike", () => {
    const pair = introduced(scanned)
    const wanted = messages.filter(
      ({ dataType, records }) => ["trade", "bbo", "depth"].includes(dataType) && records.length > 0,
    )
    expect(wanted.length).toBeGreaterThan(6)
    for (const { frame, records, symbol, what } of wanted) {
      const route = symbol.includes("-USD-") ? "inverse" : /PERP/.test(symbol) ? "linear" : "spot"
      const once = () => holdToGuards(pair, [{ text: Buffer.from(String(frame)), route }])
      once()
      // Levels in no order are sorted by the guards.
      expect([what, once()]).toEqual([what, /in no order/.test(what) ? 0 : records.length])
    }
  })

  it("take several trades of a message, each with room for its record", () => {
    const pair = introduced(scanned)
    const one = `{"T":1672304486865,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50","i":"${uuid}"}`
    const all = (count: number) =>
      `{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1672304486868,"data":[${Array.from({ length: count }, () => one).join(",")}]}`
    const taken = (count: number) => holdToGuards(pair, [{ text: Buffer.from(all(count)), route: "linear" }])
    expect(taken(200)).toBe(200)
    expect(taken(300)).toBe(0)
  })

  it("leave a frame of an unknown category to the guards", () => {
    const pair = introduced(scanned)
    const text = Buffer.from(
      `{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1,"data":[{"T":1,"s":"BTCUSDT","S":"Buy","v":"1","p":"1","i":"1"}]}`,
    )
    expect(holdToGuards(pair, [{ text, route: "spot" }])).toBe(1)
    expect(holdToGuards(pair, [{ text, route: "option" }])).toBe(0)
    expect(holdToGuards(pair, [{ text }])).toBe(0)
  })

  it.skipIf(recordingsAbsent)("agree with the guards on every sample", () => {
    const pair = introduced(scanned)
    for (const route of ["spot", "linear", "inverse"])
      for (const { raw } of readSamples("bybit")) {
        const compact = raw.replace(/\s+/g, "")
        for (const text of [raw, compact, compact]) holdToGuards(pair, [{ text: Buffer.from(text), route }])
      }
  })
})
