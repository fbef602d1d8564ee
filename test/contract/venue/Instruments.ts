import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, References } from "effect"
import { makeDirectory } from "../../../src/collect/instruments/Directory.ts"
import { payloadOf } from "../../../src/domain/Envelope.ts"
import { isPlainDecimal } from "../../../src/domain/DecimalText.ts"
import type { ListedInstrument } from "../../../src/domain/ListedInstrument.ts"
import { parseRecord } from "../../../src/domain/Record.ts"
import { isRefusal, type InstrumentAnswer } from "../../../src/exchanges/Venue.ts"
import { makeSimulator } from "../../../src/simulator/index.ts"
import { allLive, collecting, collectInto } from "../../support/collecting.ts"
import { eventually } from "../../support/process.ts"
import { readSession, recordedSessions, recordingsAbsent } from "../../support/recordings.ts"
import { isGap } from "../../support/streamStates.ts"
import type { VenueFixture } from "../Venue.ts"

/** What the suite has to know of a venue's list of instruments. */
export type InstrumentsFixture = Pick<VenueFixture, "listed" | "make" | "name"> & {
  readonly simulated: Pick<VenueFixture["simulated"], "symbols">
}

const accepted = (answer: ReturnType<ReturnType<VenueFixture["make"]>["instruments"]["decode"]>) => {
  if ("reason" in answer) throw new Error(answer.detail)
  return answer satisfies InstrumentAnswer
}

/** Every part of a recorded list, by the path of its request. */
const recordedParts = (session: string, make: VenueFixture["make"]) => {
  const venue = make()
  const known = venue.instruments.requests.map(({ path }) => path.split("?")[0]!)
  const parts = new Map<string, string>()
  for (const { dir, raw, url } of readSession(session)) {
    if (dir !== "rest" || raw === undefined || url === undefined || !URL.canParse(url)) continue
    const { pathname, search } = new URL(url)
    if (known.includes(pathname)) parts.set(pathname + search, raw)
  }
  return parts
}

/** The recorded sessions of a venue that hold its list. */
const recordedLists = (name: string, make: VenueFixture["make"]) =>
  (recordingsAbsent ? [] : recordedSessions()).flatMap((session) => {
    if (session.split("/")[0] !== name) return []
    const parts = recordedParts(session, make)
    return parts.size === 0 ? [] : [{ session, parts }]
  })

const wellFormed = (each: ListedInstrument, exchange: string, markets: ReadonlyArray<string>): void => {
  expect(each.exchange).toBe(exchange)
  expect(markets).toContain(each.market)
  expect(each.symbol).toMatch(/^[\p{L}\p{N}.]+-[\p{L}\p{N}.-]+$/u)
  for (const number of [each.tickSize, each.lotSize, each.contractValue?.amount])
    if (number !== undefined) expect([each.symbol, isPlainDecimal(number)]).toEqual([each.symbol, true])
  if (each.quantityUnit === "contracts") expect(each.contractValue).toBeDefined()
}

/** The list of instruments: read whole, looked up in every spelling, and followed while it changes. */
export const instrumentsContract = ({ listed, make, name, simulated }: InstrumentsFixture): void => {
  describe("the list of instruments", () => {
    it.each(listed)("$what", ({ body, instruments, more = [], path }) => {
      const answer = accepted(make().instruments.decode(Buffer.from(body), { path, weight: 1 }))
      expect(answer.instruments).toEqual(instruments)
      expect(answer.unreadable).toEqual([])
      expect((answer.more ?? []).map((each) => each.path)).toEqual(more)
    })

    it("asks for nothing but lists, within the venue's weight", () => {
      const { limits, instruments } = make()
      expect(instruments.requests.length).toBeGreaterThan(0)
      for (const { path, weight } of instruments.requests) {
        expect(path).toMatch(/^\//)
        expect(weight).toBeLessThanOrEqual(limits.restWeight.limit)
      }
    })

    it("takes no answer that is none, and throws at nothing", () => {
      const { instruments } = make()
      const whole = listed[0]!
      const spoilt = ["", "null", "<html>Bad Gateway</html>", '{"code":-1121,"msg":"no"}', "5", '"x"']
      for (const request of instruments.requests)
        for (const text of [...spoilt, whole.body.slice(0, whole.body.length >> 1)])
          expect([text, "reason" in instruments.decode(Buffer.from(text), request)]).toEqual([text, true])
      // Each character of a short list left out once: an answer or a refusal, never a throw.
      for (let at = 0; at < Math.min(whole.body.length, 600); at++)
        instruments.decode(Buffer.from(whole.body.slice(0, at) + whole.body.slice(at + 1)), {
          path: whole.path,
          weight: 1,
        })
    })

    it.skipIf(recordingsAbsent).each(recordedLists(name, make))(
      "the lists of $session are read whole, and found again in every spelling",
      ({ parts }) => {
        const venue = make()
        const all: Array<ListedInstrument> = []
        for (const [path, body] of parts) {
          const answer = accepted(venue.instruments.decode(Buffer.from(body), { path, weight: 1 }))
          expect([path, answer.unreadable]).toEqual([path, []])
          all.push(...answer.instruments)
        }
        const directory = makeDirectory(venue, all)
        const pairs = new Set(all.map(({ symbol }) => symbol))
        for (const each of directory.listed) {
          wellFormed(each, venue.exchange, venue.instruments.markets)
          expect([each.symbol, directory.find(each.symbol)?.symbol]).toEqual([each.symbol, each.symbol])
          if (!directory.select({ text: "", glob: `${each.base}-${each.quote}` }).includes(each)) continue
          const { base, quote, symbol } = each
          for (const spelling of [`${base}/${quote}`, `${base}-${quote}`, `${base}${quote}`, each.native])
            expect([spelling, directory.find(spelling)?.symbol]).toEqual([spelling, symbol])
          const stream = venue.instrument(symbol)
          expect([symbol, isRefusal(stream)]).toEqual([symbol, false])
        }
        expect(pairs.size).toBe(directory.listed.length)
      },
    )

    it.live(
      "follows its simulator: symbols in every spelling and by pattern, a listing, a delisting, an unknown name",
      () =>
        Effect.scoped(
          Effect.gen(function* () {
            const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], venues: [name], rate: 200 })
            const exchange = simulator.venue(name)
            const symbol = simulated.symbols[0]!
            const asked = make().instrument(symbol)
            if (isRefusal(asked)) throw new Error(asked.refused)
            const { collect, envelopes } = yield* collectInto(simulator, {
              [name]: {
                symbols: [`${asked.market}:*`, symbol, "BTX-USDT-PERP"],
                dataTypes: ["trade"],
                instruments: { refreshInterval: "200 millis" },
              },
            })
            const { table } = collect.runtimes.get(name)!
            const statusOf = Effect.map(collect.service.venues, ([status]) => status!)
            const natives = () => [...table.keys()].map(({ instrument }) => instrument.native)
            const until = (what: string, test: () => boolean) =>
              eventually(
                what,
                Effect.sync(() => (test() ? true : undefined)),
              )
            yield* until("the pattern is collected", () => natives().length > 0 && allLive(collect)())
            yield* eventually(
              "the unknown name is named",
              Effect.map(statusOf, ({ instruments, refused }) =>
                instruments.state === "current" && refused.some((each) => each.symbol === "BTX-USDT-PERP")
                  ? true
                  : undefined,
              ),
            )
            const [refusal] = (yield* statusOf).refused
            assert.match(refusal!.reason, /did you mean|none of the/)
            const before = natives()
            const fresh = exchange.list("ETH-USDT")
            assert.isAbove(fresh.length, 0)
            yield* until(
              "what is listed is collected",
              () => natives().length > before.length && allLive(collect)(),
            )
            const collected = natives().filter((native) => !before.includes(native))
            for (const native of exchange.symbols)
              if (fresh.includes(native)) assert.isTrue(exchange.delist(native))
            yield* until("what is delisted ends", () => natives().join() === before.join())
            const [entry] = [...table.values()]
            const records = entry!.records
            yield* until("the others go on", () => entry!.records > records + 5 && allLive(collect)())
            // Listed once more, under the same names: what was known of it before is nothing to go by.
            yield* Effect.sleep("2 seconds")
            exchange.list("ETH-USDT")
            yield* until("it comes again", () => natives().length > before.length && allLive(collect)())
            const counts = [...table.values()].map((each) => [each, each.records] as const)
            yield* until("and goes on", () => counts.every(([each, count]) => each.records > count + 3))
            for (const native of exchange.symbols)
              if (fresh.includes(native)) assert.isTrue(exchange.delist(native))
            yield* until("and ends again", () => natives().join() === before.join())
            const status = yield* statusOf
            const changes = status.instruments.changes.map(({ change }) => change)
            assert.deepStrictEqual(changes.filter((each) => each === "listed").length, 2 * collected.length)
            assert.deepStrictEqual(changes.filter((each) => each === "delisted").length, 2 * collected.length)
            const gaps = envelopes.map((each) => parseRecord(payloadOf(each).toString())).filter(isGap)
            assert.deepStrictEqual(gaps, [])
            // Nobody had to connect again for it.
            for (const { failures, reconnects } of status.connections)
              assert.deepStrictEqual([failures, reconnects], [0, 0])
            const all = yield* collect.service.instruments({ venue: name })
            for (const each of simulated.symbols)
              assert.isTrue(all.some((one) => one.symbol === each) || each.endsWith("-INDEX"), each)
          }),
        ).pipe(Effect.provide(collecting), Effect.provideService(References.MinimumLogLevel, "None")),
      180_000,
    )
  })
}
