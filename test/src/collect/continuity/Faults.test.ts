import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, type Scope } from "effect"
import { parseRecord } from "../../../../src/domain/Record.ts"
import type { Venue } from "../../../../src/exchanges/Venue.ts"
import { type Delivery, type Interference, makeSimulator } from "../../../../src/simulator/index.ts"
import { allLive, collecting, type Collecting, collectInto } from "../../../support/collecting.ts"
import { type Dice, freshSeed, makeDice } from "../../../support/seed.ts"
import {
  assertBook,
  assertOrder,
  assertSameAsTruth,
  compare,
  of,
  truthOf,
} from "../../../support/exchangeTruth.ts"
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
        if (dice.chance(0.004)) dropping = 1 + dice.int(10)
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

/** Klines are few: one in three is lost. */
const isThirdKline = ({ stream, text }: Delivery): boolean =>
  stream.includes("@kline") && (JSON.parse(text) as { readonly k: { readonly t: number } }).k.t % 3_000 === 0

/** The venues' weight in a twelfth of their minute: many gaps use it up, and the last are repaired in the next window. */
const weightWindowMillis = 5000

const inShortWindows = (venue: Venue): Venue => ({
  ...venue,
  limits: { ...venue.limits, restWeight: { ...venue.limits.restWeight, windowMillis: weightWindowMillis } },
})

describe("a faulty exchange", () => {
  live("everything that was lost on the way is named, asked for again, and comes out once", (dice) =>
    Effect.gen(function* () {
      let calm = false
      const faults = faulty(dice)
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT"],
        rate: 800,
        limits: { weightWindowMillis },
        interference: {
          deliver: (victim, messages) =>
            calm
              ? messages
              : faults.deliver!(
                  victim,
                  messages.filter((message) => !isThirdKline(message)),
                ),
        },
      })
      const dataTypes = ["trade", "aggTrade", "bbo", "depth"]
      const { collect, envelopes, tree } = yield* collectInto(
        simulator,
        {
          binance: { symbols: ["BTC-USDT"], dataTypes: [...dataTypes, "kline_1s"] },
          "binance-usdm": { symbols: ["BTC-USDT"], dataTypes },
        },
        undefined,
        inShortWindows,
      )
      const gapsSoFar = () =>
        envelopes.filter(({ type }) => type === "gap").map((envelope) => parseRecord(envelope))
      const recordsSoFar = () => envelopes.map((envelope) => parseRecord(envelope))
      yield* until("live", allLive(collect))
      yield* until("something of each is lost", () => {
        const gaps = newestGaps(gapsSoFar())
        const isLost = (market: string, word: string) =>
          gaps.some((gap) => gap.market === market && gap.data.channel === word)
        return (
          isLost("spot", "kline_1s") &&
          ["spot", "perpetual"].every((market) =>
            ["trade", "aggTrade", "depth"].every((word) => isLost(market, word)),
          )
        )
      })
      calm = true
      const calmAt = simulator.now()
      // What was lost last shows by what comes after it, of klines by the next one that is closed.
      const isShown = () =>
        envelopes.some(({ type, timestamp }) => type === "kline" && timestamp > calmAt + 2_000)
      yield* until(
        "every gap is settled",
        () =>
          isShown() &&
          newestGaps(gapsSoFar()).every(({ data }) => data.repair === "complete") &&
          envelopes.some(({ type, source }) => type === "kline" && source === "rest"),
      )
      yield* Fiber.interrupt(tree)
      const records = recordsSoFar()
      const { balanced, records: account } = yield* collect.service.accounts
      assert.isTrue(balanced)
      assert.isAbove(account.duplicate, 0)
      const states = records.map((record) => `${record.id} ${isGap(record) ? record.revision : ""}`)
      assert.strictEqual(new Set(states).size, records.length, "nothing comes twice")
      for (const [venue, market] of [
        ["binance", "spot"],
        ["binance-usdm", "perpetual"],
      ] as const) {
        const own = records.filter((record) => record.market === market)
        const simulated = simulator.venue(venue)
        for (const [word, stream, id] of [
          ["trade", "btcusdt@trade", "t"],
          ["aggTrade", "btcusdt@aggTrade", "a"],
        ] as const) {
          const { gaps, missing } = compare(own, truthOf(simulated, stream, id), word)
          assert.deepStrictEqual(missing, [])
          assert.isAbove(gaps.length, 0)
          assert.isTrue(gaps.some(({ data }) => data.repairedBy === "rest"))
          assertOrder(of(own, word))
        }
      }
      const spot = records.filter(({ market }) => market === "spot")
      const closed = of(spot, "kline")
        .flatMap((record) => (record.type === "kline" && record.data.closed ? [record] : []))
        .toSorted((left, right) => left.data.startTime - right.data.startTime)
      for (const [index, { data }] of closed.entries())
        assert.strictEqual(data.startTime, closed[0]!.data.startTime + index * 1000)
      assertSameAsTruth(simulator.venue("binance"), closed)
      assertBook(of(spot, "depth"))
    }),
  )

  live("connections that are reset leave a gap in every stream, and all that did not come lies in one", () =>
    Effect.gen(function* () {
      let reset = () => {}
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT"],
        rate: 400,
        venues: ["binance"],
        interference: {
          deliver: (victim, messages) => {
            reset = victim.reset
            return messages
          },
        },
      })
      const byTime = ["bbo", "kline_1m", "ticker", "depth5"]
      const { collect, envelopes, tree } = yield* collectInto(simulator, {
        binance: {
          symbols: ["BTC-USDT"],
          dataTypes: ["trade", "depth", ...byTime],
          connections: { reconnectDelay: "200 millis", maxReconnectDelay: "200 millis" },
        },
      })
      yield* until("live", allLive(collect))
      const states = (word: string) =>
        envelopes.filter(({ type, key }) => type === "gap" && key.startsWith(`${word}:`)).length
      for (const round of [1, 2]) {
        reset()
        yield* until(`all go on after reset ${round}`, () =>
          byTime.every((word) => states(word) === 2 * round),
        )
      }
      yield* until("trades are repaired", () =>
        newestGaps(
          envelopes.filter(({ type }) => type === "gap").map((envelope) => parseRecord(envelope)),
        ).every(({ data }) => data.repair !== "pending"),
      )
      yield* Fiber.interrupt(tree)
      const records = envelopes.map((envelope) => parseRecord(envelope))
      const truth = truthOf(simulator.venue("binance"), "btcusdt@trade", "t")
      const { gaps, missing } = compare(records, truth, "trade")
      assert.deepStrictEqual(missing, [])
      assert.isAbove(gaps.length, 0)
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
