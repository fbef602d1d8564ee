import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { get, type Payload, until } from "../support/client.ts"
import { clientOf, dueOn, faulty, payloadsIn } from "../support/faulty.ts"
import { runSeed } from "../support/markets.ts"

const depth = "btcusdt@depth@100ms"
const tickers = "btcusdt@bookTicker"
const trades = "btcusdt@trade"

const parsed = (texts: ReadonlyArray<string>) => texts.map((text) => JSON.parse(text) as Payload)

describe(`a sequence reset (seed ${runSeed})`, () => {
  it.live("lets a book's ids count from 1 again on every stream and connection, and in the snapshot", () =>
    Effect.gen(function* () {
      const simulator = yield* faulty()
      const { restEndpoint } = simulator.venue("binance")
      const one = yield* clientOf(simulator, "depth@100ms", "trade")
      const two = yield* clientOf(simulator, "bookTicker")
      yield* until("data", () => one.of(depth).length > 2 && two.messages.length > 10)
      yield* simulator.inject("sequence-reset@200ms@btcusdt@depth*")
      yield* until("the reset", () => simulator.faults().length > 0)
      const [strike] = simulator.faults()
      expect(simulator.faults()).toHaveLength(1)
      const { firstId } = strike!
      const isNew = ({ u }: Payload) => (u as number) < firstId! / 2
      yield* until("new ids", () => one.of(depth).filter(isNew).length > 3 && two.of(tickers).some(isNew))

      const got = parsed(payloadsIn(one.messages, depth))
      const due = parsed(dueOn(simulator, depth)).slice(0, got.length)
      const shown = (id: number) => (id >= firstId! ? id - firstId! + 1 : id)
      expect(got.map(({ u }) => u as number)).toEqual(due.map(({ u }) => shown(u as number)))
      const after = got.filter(isNew)
      expect(after[0]!["U"]).toBe(1)
      expect(after.slice(1).every(({ U }, index) => U === after[index]!["u"] + 1)).toBe(true)
      expect(got.map(({ b, a }) => [b, a])).toEqual(due.map(({ b, a }) => [b, a]))

      const others = parsed(payloadsIn(two.messages, tickers))
      const theirs = parsed(dueOn(simulator, tickers, 2)).slice(0, others.length)
      expect(others.map(({ u }) => u as number)).toEqual(theirs.map(({ u }) => shown(u as number)))

      const snapshot = (yield* get(`${restEndpoint}/api/v3/depth?symbol=BTCUSDT&limit=5`)).json
      yield* until("deltas behind the snapshot", () =>
        one.of(depth).some((delta) => isNew(delta) && delta["u"] > snapshot["lastUpdateId"]),
      )
      const joins = one
        .of(depth)
        .some(({ U, u }) => U <= snapshot["lastUpdateId"] + 1 && u >= snapshot["lastUpdateId"] + 1)
      expect(joins).toBe(true)
      const traded = payloadsIn(one.messages, trades)
      expect(traded).toEqual(dueOn(simulator, trades).slice(0, traded.length))
    }),
  )

  it.live("of trades holds for the stream, for REST and for what is asked for by the new ids", () =>
    Effect.gen(function* () {
      const simulator = yield* faulty()
      const { restEndpoint } = simulator.venue("binance")
      const client = yield* clientOf(simulator, "trade", "aggTrade")
      yield* until("data", () => client.messages.length > 20)
      yield* simulator.inject("sequence-reset@100ms@*@trade")
      yield* until("the reset", () => simulator.faults().length > 0)
      const { firstId } = simulator.faults({ stream: trades })[0]!
      const fresh = () => parsed(payloadsIn(client.messages, trades)).filter(({ t }) => t < firstId! / 2)
      yield* until("new trades", () => fresh().length > 50)
      const ids = fresh().map(({ t }) => t as number)
      expect(ids).toEqual(ids.map((_, index) => index + 1))
      const rest = (yield* get(`${restEndpoint}/api/v3/historicalTrades?symbol=BTCUSDT&fromId=11&limit=30`))
        .json as ReadonlyArray<Payload>
      expect(rest.map(({ id, time, price, qty }) => [id, time, price, qty])).toEqual(
        fresh()
          .slice(10, 40)
          .map(({ t, T, p, q }) => [t, T, p, q]),
      )
      const before = (yield* get(
        `${restEndpoint}/api/v3/historicalTrades?symbol=BTCUSDT&fromId=${firstId! - 5}&limit=10`,
      )).json as ReadonlyArray<Payload>
      expect(before.map(({ id }) => id as number)).toEqual(
        [-5, -4, -3, -2, -1, 1, 2, 3, 4, 5].map((id) => (id < 0 ? firstId! + id : id)),
      )
      const aggregates = (yield* get(`${restEndpoint}/api/v3/aggTrades?symbol=BTCUSDT&fromId=1&limit=5`))
        .json as ReadonlyArray<Payload>
      expect(aggregates.map(({ a }) => a as number)).toEqual([1, 2, 3, 4, 5])
      expect(aggregates[0]!["f"]).toBe(1)
    }),
  )
})
