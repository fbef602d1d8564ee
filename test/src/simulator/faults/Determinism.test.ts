import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeSimulator } from "../../../../src/simulator/index.ts"
import { connect, until } from "../support/client.ts"
import { runSeed } from "../support/markets.ts"

const startAt = 1_800_000_030_000
const streams = "btcusdt@trade/btcusdt@depth@100ms/ethusdt@bookTicker"

/** What a client gets of ten minutes and more of the market, and what struck it. */
const life = (seed: number, faults: string) =>
  Effect.gen(function* () {
    const simulator = yield* makeSimulator({
      seed,
      symbols: ["BTC-USDT", "ETH-USDT"],
      venues: ["binance"],
      rate: 50,
      pace: "flood",
      startAt,
      faults,
    })
    const client = yield* connect(`${simulator.venue("binance").wsEndpoint}/stream?streams=${streams}`)
    yield* until("ten minutes", () => simulator.now() > startAt + 600_000 || client.closed() !== undefined)
    yield* until("the messages of them", () => client.messages.length > 5000 || client.closed() !== undefined)
    const { messages } = client
    return {
      messages: [...messages],
      strikes: simulator.faults().map(({ at, kind, payload, stream }) => ({ at, kind, stream, payload })),
      truth: simulator.venue("binance").truth("btcusdt@trade", startAt, startAt + 60_000),
    }
  }).pipe(Effect.scoped)

const schedule = [
  "drop/p=0.01",
  "duplicate@*@trade/p=0.02",
  "reorder:3@*@depth@100ms/every=7",
  "garbage/p=0.01",
  "malformed@1m/every=30s",
  "stall@2m@btcusdt@*/for=20s",
  "skew:1s@5m/for=1m",
].join(",")

const common = <A>(one: ReadonlyArray<A>, other: ReadonlyArray<A>) => Math.min(one.length, other.length)

describe(`a schedule of faults (seed ${runSeed})`, () => {
  it.live("with the same seed strikes the same messages in the same way", () =>
    Effect.gen(function* () {
      const first = yield* life(runSeed, schedule)
      const again = yield* life(runSeed, schedule)
      const count = common(first.messages, again.messages)
      expect(count).toBeGreaterThan(5000)
      expect(first.messages.slice(0, count)).toEqual(again.messages.slice(0, count))
      const strikes = common(first.strikes, again.strikes)
      expect(first.strikes.slice(0, strikes)).toEqual(again.strikes.slice(0, strikes))
      const kinds = new Set(first.strikes.map(({ kind }) => kind))
      expect(kinds.size).toBe(7)
    }),
  )

  it.live("changes nothing of the market", () =>
    Effect.gen(function* () {
      const faulted = yield* life(runSeed, schedule)
      const calm = yield* life(runSeed, "drop@1000h")
      expect(faulted.truth).toEqual(calm.truth)
      expect(calm.strikes).toEqual([])
      const said = new Set(calm.messages)
      const kept = faulted.messages.slice(0, 2000).filter((text) => said.has(text))
      expect(kept.length).toBeGreaterThan(1800)
    }),
  )

  it.live("with another seed strikes others", () =>
    Effect.gen(function* () {
      const dropped = (seed: number) =>
        Effect.map(life(seed, "drop@*@trade/p=0.1"), ({ strikes }) => strikes.map(({ payload }) => payload))
      const one = yield* dropped(runSeed)
      const other = yield* dropped(runSeed + 1)
      expect(one.length).toBeGreaterThan(20)
      expect(other.slice(0, 20)).not.toEqual(one.slice(0, 20))
    }),
  )
})
