import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, References } from "effect"
import { parseRecord } from "../../../src/domain/Record.ts"
import { payloadOf } from "../../../src/domain/Envelope.ts"
import { isRefusal } from "../../../src/exchanges/Venue.ts"
import { makeSimulator } from "../../../src/simulator/index.ts"
import { allLive, collecting, collectInto } from "../../support/collecting.ts"
import { eventually } from "../../support/process.ts"
import type { VenueFixture } from "../Venue.ts"
import { ask, channelOf } from "./Support.ts"

/** Klines of one interval and partial books of one depth stand for the others: a simulated exchange has time, a test has not. */
const wordsOf = ({ make, polls = [], simulated }: VenueFixture): ReadonlyArray<string> => {
  const seen = new Set<string>()
  const polled = new Set(polls.map(({ dataType }) => channelOf(dataType)))
  return make().offers.filter((word) => {
    if (polled.has(channelOf(word)) || simulated.leftOut?.[word] !== undefined) return false
    if (word.startsWith("kline_")) return word === "kline_1m"
    if (!/^depth\d/.test(word)) return true
    const isFirst = !seen.has("depth")
    seen.add("depth")
    return isFirst
  })
}

/** On real sockets, from the venue's part of the simulator. */
export const collectionContract = (fixture: VenueFixture): void => {
  describe("a collection", () => {
    const { make, name, simulated } = fixture

    it.live(
      "brings every channel from its simulator, again after a disconnect, and the accounts balance",
      () =>
        Effect.scoped(
          Effect.gen(function* () {
            const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], venues: [name], rate: 300 })
            const dataTypes = wordsOf(fixture)
            const { collect, envelopes, tree } = yield* collectInto(simulator, {
              [name]: { symbols: simulated.symbols, dataTypes },
            })
            const venue = make()
            const asked = simulated.symbols.flatMap((symbol) =>
              dataTypes.filter((dataType) => !isRefusal(ask(venue, { symbol, dataType }))),
            )
            const { table } = collect.runtimes.get(name)!
            assert.strictEqual(table.size, asked.length)
            assert.deepStrictEqual(new Set(asked), new Set(dataTypes))
            const live = Effect.sync(() => (allLive(collect)() ? true : undefined))
            yield* eventually("every stream is live", live)
            const before = envelopes.length
            yield* simulator.inject("disconnect@0s")
            const counts = new Map([...table.values()].map((entry) => [entry, entry.records]))
            yield* eventually(
              "every stream goes on",
              Effect.sync(() =>
                [...table.values()].every((entry) => entry.records > counts.get(entry)!) && allLive(collect)()
                  ? true
                  : undefined,
              ),
            )
            assert.isAbove(envelopes.length, before)
            yield* Fiber.interrupt(tree)
            const accounts = yield* collect.service.accounts
            assert.isTrue(accounts.balanced, JSON.stringify(accounts))
            assert.deepStrictEqual(accounts.frames.rejected, {})
            const types = new Set(
              envelopes.map((envelope) => parseRecord(payloadOf(envelope).toString()).type),
            )
            assert.isAbove(types.size, 1)
          }),
        ).pipe(Effect.provide(collecting), Effect.provideService(References.MinimumLogLevel, "None")),
      90_000,
    )
  })
}
