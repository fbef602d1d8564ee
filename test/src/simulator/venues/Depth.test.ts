import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeSimulator } from "../../../../src/simulator/index.ts"
import { connect, get, type Payload, until } from "../support/client.ts"
import { runSeed } from "../support/markets.ts"

type Side = Map<string, string>

const apply = (book: { bids: Side; asks: Side }, event: Payload) => {
  for (const [side, levels] of [
    [book.bids, event["b"]],
    [book.asks, event["a"]],
  ] as const)
    for (const [price, quantity] of levels as ReadonlyArray<readonly [string, string]>)
      if (Number(quantity) === 0) side.delete(price)
      else side.set(price, quantity)
}

/** The two rules as the venue publishes them: which event joins the snapshot, which follows another. */
const rules = {
  binance: {
    path: "/stream?streams=btcusdt@depth@100ms",
    rest: "/api/v3/depth?symbol=BTCUSDT&limit=5000",
    contained: (last: number, { u }: Payload) => u <= last,
    joins: (last: number, { U, u }: Payload) => U <= last + 1 && u >= last + 1,
    follows: (previous: number, { U }: Payload) => U === previous + 1,
  },
  "binance-usdm": {
    path: "/public/stream?streams=btcusdt@depth@100ms",
    rest: "/fapi/v1/depth?symbol=BTCUSDT&limit=1000",
    contained: (last: number, { u }: Payload) => u < last,
    joins: (last: number, { U, u, pu }: Payload) => (U <= last && u >= last) || pu === last,
    follows: (previous: number, { pu }: Payload) => pu === previous,
  },
}
type BinanceVenue = keyof typeof rules

const joined = (venue: BinanceVenue, snapshot: Payload, events: ReadonlyArray<Payload>) => {
  const rule = rules[venue]
  const book = {
    bids: new Map(snapshot["bids"] as ReadonlyArray<[string, string]>),
    asks: new Map(snapshot["asks"] as ReadonlyArray<[string, string]>),
  }
  const last = snapshot["lastUpdateId"] as number
  const rest = events.filter((event) => !rule.contained(last, event))
  expect(rule.joins(last, rest[0]!)).toBe(true)
  rest.forEach((event, index) => {
    if (index > 0) expect(rule.follows(rest[index - 1]!["u"] as number, event)).toBe(true)
    apply(book, event)
  })
  return { book, applied: rest.length, last: rest.at(-1)! }
}

const sorted = (side: Iterable<readonly [string, string]>) =>
  [...side].toSorted(([a], [b]) => Number(a) - Number(b)).map(([price, quantity]) => `${price} ${quantity}`)

describe(`depth over sockets (seed ${runSeed})`, () => {
  it.live("a snapshot and the deltas that join it by the published rules give the exchange's book", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ seed: runSeed, symbols: ["BTC-USDT"], rate: 150 })
      for (const { market, restEndpoint, venue: name, wsEndpoint } of simulator.venues) {
        const venue = name as BinanceVenue
        const client = yield* connect(`${wsEndpoint}${rules[venue].path}`)
        const events = () => client.of("btcusdt@depth@100ms")
        yield* until("two events", () => events().length > 2)
        const snapshot = yield* get(`${restEndpoint}${rules[venue].rest}`)
        const before = events().length
        yield* until("events after the snapshot", () => events().length > before + 10)
        const { applied, book, last } = joined(venue, snapshot.json, events())
        expect(applied).toBeGreaterThan(8)
        const symbol = market("BTCUSDT")!
        const truth = symbol.book.at(symbol.market.stepAt((last["E"] as number) - 1), 5000)
        const text = (levels: typeof truth.bids) =>
          sorted(levels.map(([rung, units]) => [symbol.price(rung), symbol.quantity(units)] as const))
        expect(sorted(book.bids)).toEqual(text(truth.bids))
        expect(sorted(book.asks)).toEqual(text(truth.asks))
      }
    }),
  )
})
