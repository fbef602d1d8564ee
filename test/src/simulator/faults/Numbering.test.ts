import { describe, expect, it } from "@effect/vitest"
import { makeFaultLog } from "../../../../src/simulator/faults/FaultLog.ts"
import { makeRule } from "../../../../src/simulator/faults/Rule.ts"
import { makeSequenceReset } from "../../../../src/simulator/faults/SequenceReset.ts"
import { wrongChecksum } from "../../../../src/simulator/faults/WrongChecksum.ts"
import { makeExchange } from "../../../../src/simulator/server/Exchange.ts"
import type { Victim } from "../../../../src/simulator/server/Interference.ts"
import { bookAnswer } from "../../../../src/simulator/venues/htx/Messages.ts"
import { protocols } from "../../../../src/simulator/venues/index.ts"
import { random, runSeed, someTime } from "../support/markets.ts"

/** A stream before and after its numbers begin anew, and what is told otherwise. */
const worldOf = (venue: string, stream: string) => {
  const protocol = protocols.get(venue)!
  const options = { seed: runSeed, symbols: ["BTC-USDT"], rate: 400, limits: protocol.limits }
  const exchange = makeExchange(protocol, options)
  const clock = { now: someTime() }
  const start = clock.now
  const log = makeFaultLog(100)
  const reset = makeSequenceReset({
    rule: makeRule({ kind: "sequence-reset", atMillis: 1000 }, { seed: 1, origin: start }),
    log,
    now: () => clock.now,
    exchanges: () => exchange,
  })
  const nothing = () => {}
  const victim: Victim = {
    id: 1,
    venue,
    route: "",
    openedAt: start,
    since: start,
    streams: () => [stream],
    send: nothing,
    close: nothing,
    reset: nothing,
    throttle: nothing,
    halt: nothing,
  }
  const feed = exchange.feed(stream)!
  const between = (from: number, to: number): ReadonlyArray<readonly [text: string, told: string]> => {
    clock.now = start + to
    const due = feed.between(start + from, start + to).map((text) => ({ stream, text }))
    return reset.deliver(victim, due).map(({ text }, index) => [due[index]!.text, text])
  }
  const quiet = between(0, 999)
  const later = between(1000, 4000)
  // What is told of after the moment may all have happened before it.
  const begins = Math.max(
    0,
    later.findIndex(([text, told]) => text !== told),
  )
  const before = [...quiet, ...later.slice(0, begins)].map(([, told]) => told)
  const after = later.slice(begins).map(([, told]) => told)
  const symbol = exchange.symbols.get(protocol.stream(stream)!.native)!
  const rest = (path: string) => {
    const asked = reset.request(venue, path)
    const { pathname, searchParams } = new URL(asked, "http://localhost")
    const { body, status } = protocol.rest(pathname, searchParams, clock.now, exchange)!
    return reset.answer(venue, path, { status, headers: {}, body }).body
  }
  return { before, after, clock, log, reset, rest, symbol }
}

const numbers = (texts: ReadonlyArray<string>, field: string): ReadonlyArray<number> =>
  texts.flatMap((text) =>
    [...text.matchAll(new RegExp(`"${field}":"?(-?\\d+)`, "g"))].map(([, digits]) => Number(digits)),
  )

/** 1, 2, 3, … */
const counted = (length: number) => Array.from({ length }, (_, index) => index + 1)

describe(`numbers that begin anew (seed ${runSeed})`, () => {
  it("go on by the old one on OKX, as after maintenance: nothing is missing", () => {
    const { after, before } = worldOf("okx", "books:BTC-USDT")
    expect(numbers(after, "prevSeqId")[0]).toBe(numbers(before, "seqId").at(-1))
    expect(numbers(after, "prevSeqId").slice(1)).toEqual(numbers(after, "seqId").slice(0, -1))
    expect(numbers(after, "seqId").every((id) => id < 1e6)).toBe(true)
  })

  it("come with a snapshot whose number is 1 on Bybit, and count up from it", () => {
    const { after } = worldOf("bybit", "linear:orderbook.1000.BTCUSDT")
    expect(after.map((text) => text.includes('"type":"snapshot"'))).toEqual(after.map((_, at) => at === 0))
    expect(numbers(after, "u")).toEqual(counted(after.length))
  })

  it("are those of whole changes on Deribit and HTX: none goes on from an old one", () => {
    for (const [venue, stream, number, previous] of [
      ["deribit", "book.BTC-PERPETUAL.100ms", "change_id", "prev_change_id"],
      ["htx", "market.btcusdt.mbp.150", "seqNum", "prevSeqNum"],
    ] as const) {
      const { after, before } = worldOf(venue, stream)
      expect(numbers(after, previous)).not.toContain(numbers(before, number).at(-1))
      expect(numbers(after, previous).slice(1)).toEqual(numbers(after, number).slice(0, -1))
      expect(numbers(after, number).every((id) => id < 1e6)).toBe(true)
    }
  })

  it("are the same in a book that is asked for on the connection", () => {
    const { after, clock, reset, symbol } = worldOf("htx", "market.btcusdt.mbp.150")
    const told = reset.tell("htx", "market.btcusdt.mbp.150", bookAnswer(symbol, "mbp.150", "1", clock.now))
    expect(numbers(after, "seqNum")).toContain(numbers([told], "seqNum")[0])
  })

  it("count the pushes of HTX's swaps from 1", () => {
    const { after } = worldOf("htx-swap", "market.BTC-USDT.depth.size_150.high_freq")
    expect(numbers(after, "version")).toEqual(counted(after.length))
  })

  it("are those of trades too, by REST and in what is asked for", () => {
    for (const [venue, stream, field, path] of [
      [
        "okx",
        "trades-all:BTC-USDT",
        "tradeId",
        "/api/v5/market/history-trades?instId=BTC-USDT&type=1&after=6",
      ],
      [
        "deribit",
        "trades.BTC-PERPETUAL.100ms",
        "trade_seq",
        "/api/v2/public/get_last_trades_by_instrument?instrument_name=BTC-PERPETUAL&start_seq=1&end_seq=5&count=5&sorting=asc",
      ],
      ["coinbase", "matches:BTC-USDT", "trade_id", "/products/BTC-USDT/trades?after=6&limit=5"],
    ] as const) {
      const { after, rest } = worldOf(venue, stream)
      expect(numbers(after, field)).toEqual(counted(after.length))
      const told = numbers([rest(path)], field).filter((id) => id < 1e6)
      expect([venue, told.toSorted((a, b) => a - b)]).toEqual([venue, counted(5)])
    }
  })

  it("are none of Kraken's", () => {
    const { log } = worldOf("kraken", "book-1000:XBT/USDT")
    expect(log.read({})).toEqual([])
  })
})

describe("a wrong checksum", () => {
  it("is another one than there was, and never 0, where there is one", () => {
    for (const [venue, text] of [
      ["okx", `{"data":[{"checksum":-1881014294,"seqId":5}]}`],
      ["okx", `{"data":[{"checksum":0,"seqId":5}]}`],
      ["kraken", `[336,{"b":[],"c":"974942666"},"book-1000","XBT/USD"]`],
    ] as const) {
      const wrong = wrongChecksum(text, random(1e9), protocols.get(venue)!)
      expect(wrong).not.toBe(text)
      expect(wrong).toMatch(/"(checksum":|c":")[1-9]/)
      expect(() => JSON.parse(wrong) as unknown).not.toThrow()
    }
    expect(wrongChecksum(`{"u":5}`, 1, protocols.get("binance")!)).toBe(`{"u":5}`)
  })
})
