import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, type Scope } from "effect"
import { parseRecord, type MarketRecord } from "../../../../src/domain/Record.ts"
import { type Interference, makeSimulator } from "../../../../src/simulator/index.ts"
import { allLive, collecting, type Collecting, collectInto } from "../../../support/collecting.ts"
import { type Dice, freshSeed, makeDice } from "../../../support/seed.ts"
import { isGap, newestGaps } from "../../../support/streamStates.ts"
import { until } from "../../../support/webSocketServer.ts"

const live = (
  name: string,
  test: (dice: Dice) => Effect.Effect<unknown, unknown, Collecting | Scope.Scope>,
) => {
  const seed = freshSeed()
  it.live(`${name} (seed ${seed})`, () =>
    Effect.scoped(test(makeDice(seed))).pipe(Effect.provide(collecting)),
  )
}

/** Leaves out runs of messages, repeats some, and exchanges neighbours. */
const faulty = (dice: Dice): Interference => {
  let dropping = 0
  return {
    deliver: (_, messages) => {
      const out: Array<(typeof messages)[number]> = []
      for (const message of messages) {
        if (dice.chance(0.01)) dropping = 1 + dice.int(10)
        if (dropping > 0) {
          dropping--
          continue
        }
        out.push(message)
        if (dice.chance(0.02)) out.push(message)
        if (out.length > 1 && dice.chance(0.02)) out.splice(-2, 2, out.at(-1)!, out.at(-2)!)
      }
      return out
    },
  }
}

/** Ends every connection with a reset now and then. */
const breaking = (dice: Dice): Interference => ({
  deliver: (victim, messages) => {
    if (dice.chance(0.01)) victim.reset()
    return messages
  },
})

const of = (records: ReadonlyArray<MarketRecord>, word: string) =>
  records.filter(({ id }) => {
    const [, , type, key] = id.split(":")
    if (type === "gap") return key === word
    if (type !== "trade") return type === word
    return (word === "aggTrade") === (key === "agg")
  })

/** The ids of the truth between the first and the last that came, and those of them that gaps name. */
const compare = (records: ReadonlyArray<MarketRecord>, truth: ReadonlyArray<number>, word: string) => {
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

const started = Date.now()

const truthOf = (
  simulator: { readonly truth: (stream: string, from: number, to: number) => ReadonlyArray<string> },
  stream: string,
  id: "t" | "a" | "u",
) =>
  simulator
    .truth(stream, started - 10_000, Date.now())
    .map((payload) => Number((JSON.parse(payload) as Record<string, unknown>)[id]))

describe("a faulty exchange", () => {
  live("every trade that was lost on the way is in a gap record, and nothing comes out twice", (dice) =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT"],
        rate: 800,
        interference: faulty(dice),
      })
      const asked = { symbols: ["BTC-USDT"], dataTypes: ["trade", "aggTrade", "bbo", "depth"] }
      const { collect, envelopes, tree } = yield* collectInto(simulator, {
        binance: asked,
        "binance-usdm": asked,
      })
      yield* until("live", allLive(collect))
      yield* Effect.sleep("3 seconds")
      yield* Fiber.interrupt(tree)
      const records = envelopes.map((envelope) => parseRecord(envelope))
      const { balanced, records: account } = yield* collect.service.accounts
      assert.isTrue(balanced)
      assert.isAbove(account.duplicate, 0)
      assert.strictEqual(
        new Set(records.map((record) => `${record.id} ${isGap(record) ? record.revision : ""}`)).size,
        records.length,
      )
      for (const [venue, market] of [
        ["binance", "spot"],
        ["binance-usdm", "perpetual"],
      ] as const) {
        const own = records.filter((record) => record.market === market)
        const simulated = simulator.venue(venue)
        const trades = compare(own, truthOf(simulated, "btcusdt@trade", "t"), "trade")
        compare(own, truthOf(simulated, "btcusdt@aggTrade", "a"), "aggTrade")
        assert.isAbove(trades.missing.length, 0)
        for (const { data } of trades.gaps) assert.strictEqual(data.cause, "sequence")
      }
      // A book's deltas follow each other, or a gap stands between them, and a snapshot.
      let last: number | undefined
      for (const record of of(
        records.filter(({ market }) => market === "spot"),
        "depth",
      )) {
        if (isGap(record)) {
          if (record.revision === 1) last = undefined
          else assert.deepStrictEqual([record.data.repair, record.data.repairedBy], ["complete", "resync"])
        } else if (record.type === "depth") {
          const { data } = record
          if (data.kind === "snapshot") assert.isUndefined(last, "a snapshot comes when the chain is broken")
          else assert.isTrue(last !== undefined && Number(data.sequence.first) <= last + 1)
          last = Number(data.sequence.last)
        }
      }
    }),
  )

  live(
    "connections that are reset leave a gap in every stream, and every best price that did not come lies in one",
    (dice) =>
      Effect.gen(function* () {
        const simulator = yield* makeSimulator({
          symbols: ["BTC-USDT"],
          rate: 400,
          venues: ["binance"],
          interference: breaking(dice),
        })
        const { collect, envelopes, tree } = yield* collectInto(simulator, {
          binance: {
            symbols: ["BTC-USDT"],
            dataTypes: ["trade", "bbo", "kline_1m", "ticker", "depth", "depth5"],
            connections: { reconnectDelay: "100 millis", maxReconnectDelay: "100 millis" },
          },
        })
        yield* until("live", allLive(collect))
        const gapsOf = (word: string) =>
          envelopes.filter(({ type, key }) => type === "gap" && key.startsWith(`${word}:`)).length
        yield* until("reset thrice", () =>
          ["bbo", "ticker", "kline_1m", "depth5"].every((word) => gapsOf(word) >= 5),
        )
        yield* Fiber.interrupt(tree)
        const records = envelopes.map((envelope) => parseRecord(envelope))
        const { missing, gaps } = compare(
          records,
          truthOf(simulator.venue("binance"), "btcusdt@trade", "t"),
          "trade",
        )
        assert.isAbove(missing.length, 0)
        for (const { data } of gaps) assert.strictEqual(data.cause, "disconnect")
        for (const gap of records.filter(isGap)) assert.strictEqual(gap.data.cause, "disconnect", gap.id)
        const sequences = of(records, "bbo").flatMap((record) =>
          record.type === "bbo" ? [{ u: Number(record.data.sequence), at: record.timestamp }] : [],
        )
        const closed = newestGaps(of(records, "bbo")).map(({ data }) => data)
        const came = new Set(sequences.map(({ u }) => u))
        const [first, last] = [sequences[0]!.u, sequences.at(-1)!.u]
        for (const u of truthOf(simulator.venue("binance"), "btcusdt@bookTicker", "u")) {
          if (u < first || u > last || came.has(u)) continue
          const before = sequences.findLast((each) => each.u < u)!
          const after = sequences.find((each) => each.u > u)!
          assert.isTrue(
            closed.some(({ from, to }) => from.timestamp === before.at && to.timestamp === after.at),
            `${u} is in a gap by time`,
          )
        }
        assert.isTrue((yield* collect.service.accounts).balanced)
      }),
  )
})
