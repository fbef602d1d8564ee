import { assert, describe, it } from "@effect/vitest"
import { saidBy, placeOfStream } from "./messages.ts"
import { makeOracle, type Judgement } from "./oracle.ts"
import { makeSentLog } from "./sentLog.ts"

const at = 1_700_000_000_000

const message = (id: number) =>
  `{"e":"trade","E":${at + id},"s":"BTCUSDT","t":${id},"p":"${id}.50","q":"2","T":${at + id},"m":true,"M":true}`

const record = (id: number, change: object = {}) =>
  JSON.stringify({
    type: "trade",
    exchange: "binance",
    market: "spot",
    symbol: "BTC-USDT",
    native: "BTCUSDT",
    id: `binance:BTC-USDT:trade:${id}`,
    timestamp: at + id,
    receivedAt: at + id + 0.5,
    source: "stream",
    data: { price: `${id}.50`, quantity: "2", side: "sell", tradeId: String(id), tradeTime: at + id },
    ...change,
  })

const gap = (from: number, to: number, repair = "none") =>
  JSON.stringify({
    type: "gap",
    exchange: "binance",
    market: "spot",
    symbol: "BTC-USDT",
    native: "BTCUSDT",
    id: `binance:BTC-USDT:gap:trade:${from}`,
    timestamp: at,
    receivedAt: at,
    source: "stream",
    data: {
      channel: "trade",
      cause: "disconnect",
      from: { sequence: String(from), timestamp: at + from },
      to: { sequence: String(to), timestamp: at + to },
      repair,
    },
    revision: 1,
  })

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

/** What it says when the exchange sent these trades and a sink has these lines. */
const judged = (sent: ReadonlyArray<number>, lines: ReadonlyArray<string>, whole = true): Judgement => {
  const log = makeSentLog()
  for (const id of sent) log.add(placeOfStream("btcusdt@trade")!, saidBy("btcusdt@trade", message(id)))
  const oracle = makeOracle({
    sent: log,
    truth: ({ timestamp }) =>
      timestamp < at + 1000 ? saidBy("btcusdt@trade", message(timestamp - at)).hash : undefined,
  })
  for (const line of lines) oracle.take(line)
  return oracle.judge({ whole })
}

const wrongIn = (found: Judgement) => {
  const { corrupt, disordered, duplicates, lost, madeUp, named } = found
  return { corrupt, disordered, duplicates, lost, madeUp, named }
}

const nothing = { corrupt: 0, disordered: 0, duplicates: 0, lost: 0, madeUp: 0, named: 0 }
const all = range(1, 10)
const lines = all.map((id) => record(id))
const without = (...ids: ReadonlyArray<number>) =>
  all.filter((id) => !ids.includes(id)).map((id) => record(id))

describe("the oracle of the fault scenarios", () => {
  it("has nothing against everything that was sent, once and in order", () => {
    assert.deepStrictEqual(wrongIn(judged(all, lines)), nothing)
  })

  it("misses what was sent and is not there, first, in the middle, and last when all had to arrive", () => {
    assert.strictEqual(judged(all, without(1)).lost, 1)
    assert.strictEqual(judged(all, without(4, 5)).lost, 2)
    assert.strictEqual(judged(all, without(10)).lost, 1)
    assert.strictEqual(judged(all, without(10), false).lost, 0)
    assert.strictEqual(judged(all, []).lost, 10)
  })

  it("takes what a gap names for named, and no more than that", () => {
    assert.deepStrictEqual(wrongIn(judged(all, [...without(4, 5), gap(4, 5)])), { ...nothing, named: 2 })
    assert.deepStrictEqual(wrongIn(judged(all, [...without(4, 5), gap(4, 4)])), {
      ...nothing,
      lost: 1,
      named: 1,
    })
    assert.strictEqual(judged(all, [...without(4, 5), gap(4, 5, "pending")]).pending, 1)
  })

  it("knows of trades that happened while nobody was connected", () => {
    const sent = [...range(1, 3), ...range(8, 10)]
    const here = without(4, 5, 6, 7)
    assert.strictEqual(judged(sent, here).lost, 4)
    assert.deepStrictEqual(wrongIn(judged(sent, [...here, gap(4, 7)])), { ...nothing, named: 4 })
    const fetched = range(4, 7).map((id) => record(id, { source: "rest" }))
    assert.deepStrictEqual(wrongIn(judged(sent, [...here, gap(4, 7, "complete"), ...fetched])), nothing)
    assert.strictEqual(judged(sent, [...here, ...fetched, fetched[0]!]).duplicates, 1)
  })

  it("sees what comes twice, out of order, changed, torn, or out of nowhere", () => {
    assert.strictEqual(judged(all, [...lines, lines[3]!]).duplicates, 1)
    assert.strictEqual(judged(all, [record(2), record(1), ...lines.slice(2)]).disordered, 1)
    const cheaper = { price: "4.49", quantity: "2", side: "sell", tradeId: "4", tradeTime: at + 4 }
    const changed = [...lines.slice(0, 3), record(4, { data: cheaper }), ...lines.slice(4)]
    assert.deepStrictEqual(wrongIn(judged(all, changed)), { ...nothing, corrupt: 1, lost: 1 })
    assert.strictEqual(judged(all, [...lines, lines[3]!.slice(0, 50)]).corrupt, 1)
    assert.strictEqual(judged(all, [...lines, record(5000)]).madeUp, 1)
  })
})
