import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { parseDataType } from "../../../../src/domain/DataType.ts"
import { makeOutput } from "../../../../src/domain/Decoded.ts"
import { venues } from "../../../../src/exchanges/index.ts"
import { isRefusal, pollRoute } from "../../../../src/exchanges/Venue.ts"
import { makeSimulator } from "../../../../src/simulator/index.ts"
import { makeExchange } from "../../../../src/simulator/server/Exchange.ts"
import { protocols } from "../../../../src/simulator/venues/index.ts"
import { everyVenue } from "../../../support/everyVenue.ts"
import { runSeed, someTime } from "../support/markets.ts"
import { frameOf } from "../../../../src/domain/Frame.ts"

const hour = 3_600_000
/** Messages without a time of their own have this one. */
const receivedAt = 1_700_000_000_000
/** What moves with the time: Kraken's trades and best prices go by theirs. */
const timely = /"tradeTime":\d+|"sequence":\{[^}]*\}|"sequence":"\d{16}"|"tradeId":"[^"]*:[^"]*"/g

/** A venue, and how a message of its simulator is read. */
const worldOf = (name: string) => {
  const protocol = protocols.get(name)!
  const venue = venues.get(name)!()
  const options = { seed: runSeed, symbols: ["BTC-USDT"], rate: 400, limits: protocol.limits }
  const exchange = makeExchange(protocol, options)
  const read = (text: string, route: string) => {
    const output = makeOutput()
    const bytes = protocol.binary === undefined ? Buffer.from(text) : protocol.binary(text)
    venue.decode(frameOf(bytes), receivedAt, output, route)
    return output
  }
  const { dataTypes, symbols } = everyVenue()[name]!
  const streams = symbols.flatMap((symbol) =>
    dataTypes.flatMap((word) => {
      const instrument = venue.instrument(symbol)
      if (isRefusal(instrument)) return []
      const stream = venue.stream(parseDataType(word)!, instrument)
      return isRefusal(stream) || stream.route === pollRoute ? [] : [stream]
    }),
  )
  return { exchange, protocol, read, streams }
}

describe(`faults in each venue's own words (seed ${runSeed})`, () => {
  it.each([...protocols.keys()])(
    "%s: a wrong clock moves the times of every message, and nothing else",
    (name) => {
      const { exchange, protocol, read, streams } = worldOf(name)
      const start = someTime()
      let moved = 0
      for (const { route, wire } of streams) {
        const feed = exchange.feed(wire)
        for (const text of feed?.between(start, start + 5000).slice(0, 5) ?? []) {
          const records = (payload: string) => read(protocol.wrap(feed!.name, payload), route).records
          const before = records(text)
          const skewed = records(protocol.anatomy.skewed(text, hour))
          expect(skewed.map(({ timestamp }) => timestamp)).toEqual(
            before.map(({ timestamp }) =>
              timestamp === 0 || timestamp === receivedAt ? timestamp : timestamp + hour,
            ),
          )
          // Periods, prices and numbers of their own stay: what differs in the data are times that moved with it.
          for (const [index, { data }] of before.entries()) {
            const own = String(data).replaceAll(timely, "")
            const other = String(skewed[index]!.data).replaceAll(timely, "")
            expect(other).toBe(own)
            moved++
          }
        }
      }
      expect(moved).toBeGreaterThan(10)
    },
  )

  it.each([...protocols].flatMap(([name, { closing }]) => (closing === undefined ? [] : [name])))(
    "%s: the announcement of an end is one to its collector",
    (name) => {
      const { protocol, read, streams } = worldOf(name)
      const routes = new Set(streams.map(({ route }) => route))
      const said = [...routes].flatMap((route) => {
        const message = protocol.closing!(route, 1_700_000_000_000)
        if (message === undefined) return []
        const text = message.form === "payload" ? protocol.wrap(message.stream, message.text) : message.text
        return [read(text, route).controls]
      })
      expect(said.length).toBeGreaterThan(0)
      for (const controls of said) expect(controls).toEqual([{ kind: "shutdown" }])
    },
  )

  it.live("what no venue of a simulator can have is refused by name, with those that can", () =>
    Effect.gen(function* () {
      const started = yield* Effect.flip(makeSimulator({ venues: ["bybit"], faults: "shutdown@1s" }))
      expect(started.message).toMatch(
        /shutdown is no fault of bybit, which does not say that it will close a connection; it is one of binance, .*okx/,
      )
      const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], venues: ["binance", "kraken"] })
      yield* simulator.inject("shutdown@1h,checksum@book*/every=1000")
      const named = yield* Effect.flip(simulator.inject("shutdown@1h/venue=kraken"))
      expect(named.message).toContain("shutdown is no fault of kraken")
      const summed = yield* Effect.flip(simulator.inject("checksum@*/every=10/venue=binance"))
      expect(summed.message).toContain(
        "binance, which sends no checksum of its books; it is one of kraken, okx",
      )
    }).pipe(Effect.scoped),
  )
})
