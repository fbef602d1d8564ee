import { describe, expect, it } from "@effect/vitest"
import { argumentKey, argumentOf, makeOkxCatalogue } from "../../../../src/exchanges/okx/Channels.ts"
import { makeDecoder } from "../../../../src/exchanges/okx/Decoder.ts"
import { shareSubscriptions } from "../../../../src/exchanges/wire/SharedSubscriptions.ts"
import { introduced, itHoldsToGuards, type Scanned } from "../../../support/heldScanner.ts"
import { readSamples, readSession, recordingsAbsent } from "../../../support/recordings.ts"
import { holdToGuards, type Pair, shuffled, someDecimal, someLevels } from "../../../support/scanning.ts"
import type { Dice } from "../../../support/seed.ts"
import { messages } from "./fixtures/messages.ts"

const makePair = (): Pair => {
  const catalogue = makeOkxCatalogue()
  const { carriedBy } = shareSubscriptions(catalogue, (stream) => argumentKey(argumentOf(stream)))
  return {
    scanning: makeDecoder(catalogue, carriedBy),
    guarded: makeDecoder(catalogue, carriedBy, new Map()),
  }
}

const instruments = ["BTC-USDT", "BTC-USDT-SWAP", "BTC-USD-250328", "BTC-USD-250328-60000-C"]
const wide = (dice: Dice, levels: ReadonlyArray<readonly [string, string]>) =>
  levels.map((level) => [...level, "0", String(dice.int(20))])

const number = (dice: Dice, digits: number): number => dice.int(10 ** (1 + dice.int(digits)))

const trade = (dice: Dice, instId: string): string => {
  const first = `"instId":"${instId}","tradeId":"${number(dice, 12)}","px":"${someDecimal(dice)}","sz":"${someDecimal(dice)}","side":"${dice.pick(["buy", "sell"])}","ts":"${1 + number(dice, 13)}"`
  const more = [
    ...(dice.chance(0.7) ? [["count", `"${dice.int(12)}"`] as const] : []),
    ...(dice.chance(0.5) ? [["source", '"0"'] as const] : []),
    ...(dice.chance(0.5) ? [["seqId", number(dice, 12)] as const] : []),
  ]
  return `{${first}${more.length > 0 ? "," : ""}${shuffled(dice, more)}}`
}

/** What stands behind the levels of a book. */
const rest = (dice: Dice, instId: string): string =>
  shuffled(dice, [
    ["ts", `"${1 + number(dice, 13)}"`],
    ...(dice.chance(0.8) ? [["seqId", number(dice, 14)] as const] : []),
    ...(dice.chance(0.8) ? [["prevSeqId", dice.chance(0.1) ? -1 : number(dice, 14)] as const] : []),
    ...(dice.chance(0.8) ? [["checksum", dice.int(3) === 0 ? 0 : dice.int(4e9) - 2e9] as const] : []),
    ...(dice.chance(0.3) ? [["instId", `"${instId}"`] as const] : []),
  ])

const generate = (dice: Dice, channel: string, instId: string): string => {
  const head = `{"arg":{"channel":"${channel}","instId":"${instId}"},`
  if (channel.startsWith("trades")) {
    const count = dice.chance(0.7) ? 1 : 1 + dice.int(dice.chance(0.1) ? 300 : 12)
    return `${head}"data":[${Array.from({ length: count }, () => trade(dice, instId)).join(",")}]}`
  }
  const best = channel === "bbo-tbt" && dice.chance(0.8)
  const side = (highestFirst: boolean) =>
    JSON.stringify(
      wide(dice, best ? [[someDecimal(dice), someDecimal(dice)]] : someLevels(dice, highestFirst, 40)),
    )
  const action = channel === "books" ? `"action":"${dice.pick(["update", "update", "snapshot"])}",` : ""
  return `${head}${action}"data":[{"asks":${side(false)},"bids":${side(true)},${rest(dice, instId)}}]}`
}

const channels = ["trades", "trades-all", "books", "books5", "bbo-tbt"]

const scanned: Scanned = {
  makePair,
  first: instruments.flatMap((instId) =>
    channels.map((channel) => {
      const data = channel.startsWith("trades")
        ? `{"instId":"${instId}","tradeId":"1","px":"1","sz":"1","side":"buy","ts":"1"}`
        : '{"asks":[["2","1","0","1"]],"bids":[["1","1","0","1"]],"ts":"1","seqId":1,"prevSeqId":0}'
      return {
        text: Buffer.from(
          `{"arg":{"channel":"${channel}","instId":"${instId}"},"action":"update","data":[${data}]}`,
        ),
      }
    }),
  ),
  generate: (dice) => ({ text: Buffer.from(generate(dice, dice.pick(channels), dice.pick(instruments))) }),
  share: 0.6,
}

const taken = (pair: Pair, text: string): number => holdToGuards(pair, [{ text: Buffer.from(text) }])

describe("OKX's scanners", () => {
  itHoldsToGuards(scanned)

  it("take the messages of the documents", () => {
    const pair = introduced(scanned)
    const read = messages
      .filter(
        ({ dataType, records }) =>
          ["aggTrade", "trade", "bbo", "depth", "depth5"].includes(dataType) && records.length > 0,
      )
      .map(({ frame, what }) => {
        taken(pair, String(frame))
        return [what, taken(pair, String(frame))]
      })
    expect(read.length).toBeGreaterThan(7)
    for (const each of read) expect(each).toEqual([each[0], 1])
  })

  it("take several trades of a message, each with room for its record", () => {
    const pair = introduced(scanned)
    const one =
      '{"instId":"BTC-USDT","tradeId":"7","px":"1.5","sz":"2","side":"sell","ts":"1630048897897","count":"2"}'
    const all = (count: number) =>
      `{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[${Array.from({ length: count }, () => one).join(",")}]}`
    expect(taken(pair, all(200))).toBe(200)
    expect(taken(pair, all(300))).toBe(0)
  })

  it.skipIf(recordingsAbsent)(
    "take every trade and every book that was recorded, but a stream's first",
    () => {
      const pair = makePair()
      const streams = new Set<string>()
      let frames = 0
      let scanned = 0
      for (const { dir, raw } of readSession("okx/2022-05-13")) {
        if (dir !== "in") continue
        const { arg, data } = JSON.parse(raw!) as { arg: { channel: string; instId: string }; data?: unknown }
        scanned += taken(pair, raw!)
        if (data === undefined || !["trades", "books"].includes(arg.channel)) continue
        frames++
        streams.add(`${arg.channel}:${arg.instId}`)
      }
      expect([frames, scanned]).toEqual([364, 364 - streams.size])
      for (const { raw } of readSamples("okx")) {
        holdToGuards(pair, [{ text: Buffer.from(raw) }])
        holdToGuards(pair, [{ text: Buffer.from(raw) }])
      }
    },
  )
})
