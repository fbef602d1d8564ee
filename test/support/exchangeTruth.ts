import { assert } from "@effect/vitest"
import type { MarketRecord } from "../../src/domain/Record.ts"
import { isGap, newestGaps } from "./streamStates.ts"

export const of = (records: ReadonlyArray<MarketRecord>, word: string) =>
  records.filter(({ id }) => {
    const [, , type, key] = id.split(":")
    if (type === "gap") return key === word
    if (type !== "trade" || (word !== "trade" && word !== "aggTrade")) return type === word
    return (word === "aggTrade") === (key === "agg")
  })

/** The ids of the truth between the first and the last that came, and those of them that gaps name. */
export const compare = (records: ReadonlyArray<MarketRecord>, truth: ReadonlyArray<number>, word: string) => {
  const own = of(records, word)
  const came = own.flatMap((record) => (record.type === "trade" ? [Number(record.data.tradeId)] : []))
  assert.isAbove(came.length, 50)
  assert.strictEqual(new Set(came).size, came.length, `${word}: nothing comes twice`)
  const [lowest, highest] = [Math.min(...came), Math.max(...came)]
  const gaps = newestGaps(own).filter(({ data }) => data.from.sequence !== undefined)
  const isNamed = (id: number) =>
    gaps.some(({ data }) => Number(data.from.sequence) <= id && id <= Number(data.to.sequence))
  const here = new Set(came)
  const between = truth.filter((id) => lowest <= id && id <= highest)
  const missing = between.filter((id) => !here.has(id))
  for (const id of missing) assert.isTrue(isNamed(id), `${word} ${id} did not come, and no gap names it`)
  assert.strictEqual(between.length, came.length + missing.length, "nothing was made up")
  return { gaps, missing, came }
}

/** Repaired records stand behind the gap that names them and before what is said of it then, in order. */
export const assertOrder = (records: ReadonlyArray<MarketRecord>) => {
  let last = 0
  const open = new Map<number, number>()
  for (const record of records) {
    if (isGap(record)) {
      if (record.revision === 1) open.set(Number(record.data.from.sequence), Number(record.data.to.sequence))
      last = 0
    } else if (record.type === "trade" && record.source === "rest") {
      const id = Number(record.data.tradeId)
      assert.isTrue([...open].some(([from, to]) => from <= id && id <= to))
      assert.strictEqual(record.timestamp, record.data.tradeTime)
      assert.isAbove(id, last, "in order among themselves")
      last = id
    }
  }
}

/** However a kline came, it says what the stream would have said. */
export const assertSameAsTruth = (
  simulator: { readonly truth: (stream: string, from: number, to: number) => ReadonlyArray<string> },
  klines: ReadonlyArray<Extract<MarketRecord, { readonly type: "kline" }>>,
) => {
  assert.isTrue(klines.some(({ source }) => source === "rest"))
  const said = new Map(
    simulator
      .truth("btcusdt@kline_1s", started - 10_000, Date.now())
      .map((payload) => (JSON.parse(payload) as { readonly k: Record<string, unknown> }).k)
      .filter(({ x }) => x === true)
      .map((k) => [k["t"], k]),
  )
  for (const { data, source, timestamp } of klines) {
    const k = said.get(data.startTime)!
    assert.deepStrictEqual(
      [data.endTime, data.open, data.high, data.low, data.close, data.volume, data.quoteVolume, data.trades],
      [k["T"], k["o"], k["h"], k["l"], k["c"], k["v"], k["q"], k["n"]],
    )
    if (source === "rest") assert.strictEqual(timestamp, data.endTime)
  }
}

/** A book's deltas follow each other, or a gap stands between them, and a snapshot. */
export const assertBook = (records: ReadonlyArray<MarketRecord>) => {
  let last: number | undefined
  for (const record of records) {
    if (isGap(record)) {
      // One that begins where the last one did is that gap once more.
      if (record.revision === 1 || record.data.repair === "pending") last = undefined
      else assert.deepStrictEqual([record.data.repair, record.data.repairedBy], ["complete", "resync"])
    } else if (record.type === "depth") {
      const { data } = record
      if (data.kind === "snapshot") assert.isUndefined(last, "a snapshot comes when the chain is broken")
      else assert.isTrue(last !== undefined && Number(data.sequence.first) <= last + 1)
      last = Number(data.sequence.last)
    }
  }
}

const started = Date.now()

export const truthOf = (
  simulator: { readonly truth: (stream: string, from: number, to: number) => ReadonlyArray<string> },
  stream: string,
  id: "t" | "a" | "u",
) =>
  simulator
    .truth(stream, started - 10_000, Date.now())
    .map((payload) => Number((JSON.parse(payload) as Record<string, unknown>)[id]))
