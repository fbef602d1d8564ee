import { describe, expect, it } from "@effect/vitest"
import { venues } from "../../../../src/exchanges/index.ts"
import { isRefusal, pollRoute, type Venue } from "../../../../src/exchanges/Venue.ts"
import { makeExchange } from "../../../../src/simulator/server/Exchange.ts"
import { protocols } from "../../../../src/simulator/venues/index.ts"
import { ask, published, streamOf } from "../../../contract/venue/Support.ts"

const hour = 3_600_000
const now = 1_790_000_100_000

/** The venues that have perpetuals, and one of each, of the simulator. */
const perpetuals = [
  ["binance-usdm", "BTC-USDT-PERP"],
  ["binance-coinm", "BTC-USD-PERP"],
  ["okx", "BTC-USDT-PERP"],
  ["bybit", "BTC-USD-PERP"],
  ["deribit", "BTC-USD-PERP"],
  ["htx-swap", "BTC-USD-PERP"],
] as const

const makeWorld = (name: string, symbol: string) => {
  const venue: Venue = venues.get(name)!()
  const protocol = protocols.get(name)!
  const options = { seed: 1, symbols: ["BTC-USDT"], rate: 100, limits: protocol.limits }
  const exchange = makeExchange(protocol, options)
  const stream = streamOf(venue, { symbol, dataType: "funding_settled" })
  const schedule = venue.polls!.schedule(stream)
  const poll = (since: number | undefined, at: number) => {
    const requests = schedule.requests(since, at)
    const records = requests.flatMap(({ path }, index) => {
      const { pathname, searchParams } = new URL(path, "http://localhost")
      const { body, status } = protocol.rest(pathname, searchParams, at, exchange)!
      expect([path, status]).toEqual([path, 200])
      const read = venue.polls!.decode(Buffer.from(body), stream, at, index)
      if ("reason" in read) throw new Error(read.detail)
      return published(read)
    })
    return { requests, records }
  }
  return { venue, stream, schedule, poll }
}

describe("funding that was paid", () => {
  it.each(perpetuals)("%s: is a stream of its own, asked for each hour", (name, symbol) => {
    const { poll, schedule, stream, venue } = makeWorld(name, symbol)
    expect([stream.route, stream.key]).toEqual([pollRoute, `${name}:funding_settled:${symbol}`])
    expect(venue.streamOfWire(stream.wire)).toBe(stream)
    expect(schedule).toMatchObject({ everyMillis: hour, keepsHistory: true })
    expect(schedule.delayMillis).toBeGreaterThanOrEqual(60_000)
    expect(schedule.delayMillis).toBeLessThan(hour / 2)
    const { records } = poll(undefined, now)
    expect(records.length).toBeGreaterThan(0)
    for (const { data, id, timestamp } of records) {
      expect(data).toMatchObject({ settled: true })
      expect(id.endsWith(`:funding:settled:${timestamp}`)).toBe(true)
      expect(timestamp).toBeLessThanOrEqual(now)
    }
    venue.forget(stream)
    expect(streamOf(venue, { symbol, dataType: "funding_settled" })).not.toBe(stream)
  })

  it.each(perpetuals)("%s: is complete after weeks in which nobody asked", (name, symbol) => {
    const { poll } = makeWorld(name, symbol)
    const every = name === "deribit" ? hour : 8 * hour
    const first = Math.floor(now / every) * every - 60 * every
    const { records, requests } = poll(first, now)
    const times = new Set(records.map(({ timestamp }) => timestamp))
    const wanted = Array.from({ length: 60 }, (_, index) => first + (60 - index) * every)
    expect(wanted.filter((time) => !times.has(time))).toEqual([])
    expect(requests.length).toBeLessThanOrEqual(8)
  })

  it("is of perpetuals alone, and of venues that have some", () => {
    for (const [name, make] of venues) {
      const venue = make()
      const has = perpetuals.some(([each]) => each === name)
      expect([name, venue.offers.includes("funding_settled")]).toEqual([name, has])
    }
    const okx = venues.get("okx")!()
    const refused = ask(okx, { symbol: "BTC-USDT", dataType: "funding_settled" })
    expect(isRefusal(refused) && refused.refused).toContain('no "funding_settled" of BTC-USDT, which is spot')
    const unknown = ask(okx, { symbol: "BTC-USDT", dataType: "volatility_index" })
    expect(isRefusal(unknown) && unknown.refused).toContain("funding_settled")
  })

  it("does not come all at once: contracts have their own moments after the hour", () => {
    const venue = venues.get("binance-usdm")!()
    const delays = Array.from({ length: 100 }, (_, index) => {
      const stream = streamOf(venue, { symbol: `AB${index}C-USDT-PERP`, dataType: "funding_settled" })
      return venue.polls!.schedule(stream).delayMillis
    })
    expect(new Set(delays).size).toBeGreaterThan(20)
  })
})
