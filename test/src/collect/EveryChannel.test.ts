import { assert, describe, it } from "@effect/vitest"
import { Effect, References } from "effect"
import { payloadOf } from "../../../src/domain/Envelope.ts"
import { parseRecord } from "../../../src/domain/Record.ts"
import { venues } from "../../../src/exchanges/index.ts"
import { makeSimulator } from "../../../src/simulator/index.ts"
import { collecting, collectInto } from "../../support/collecting.ts"
import { channelOf, everyVenue } from "../../support/everyVenue.ts"
import { eventually } from "../../support/process.ts"
import { breaches } from "../../support/recordContract.ts"

/** `okx depth<levels>`: a cell of the table of venues and channels. */
const cells = (words: Iterable<readonly [venue: string, word: string]>): ReadonlyArray<string> =>
  [...new Set(Array.from(words, ([venue, word]) => `${venue} ${channelOf(word)}`))].toSorted()

describe("a collection of everything", () => {
  it.live(
    "brings records of every channel of every venue, each as its Schema has it, from one simulator",
    () =>
      Effect.gen(function* () {
        const asked = everyVenue()
        const simulator = yield* makeSimulator({
          symbols: ["BTC-USDT"],
          venues: Object.keys(asked),
          rate: 100,
        })
        const { collect, envelopes } = yield* collectInto(simulator, asked)
        const entries = () =>
          [...collect.runtimes].flatMap(([venue, { table }]) =>
            [...table.values()].map((entry) => ({ venue, entry })),
          )
        assert.deepStrictEqual(
          cells(entries().map(({ venue, entry }) => [venue, entry.stream.dataType.word])),
          cells([...venues].flatMap(([venue, make]) => make().offers.map((word) => [venue, word] as const))),
          "every word that a venue offers is a stream of one of its symbols here",
        )
        // Accepted, not only counted. Which streams are silent is said when it is waited for in vain.
        yield* eventually(
          "the journal has records of every stream of every venue",
          Effect.suspend(() => {
            const got = new Set(envelopes.flatMap(({ stream, type }) => (type === "gap" ? [] : [stream.key])))
            const silent = entries().flatMap(({ entry }) =>
              got.has(entry.stream.key) ? [] : [entry.stream.key],
            )
            return silent.length === 0 ? Effect.succeed(true) : Effect.fail(new Error(silent.join(", ")))
          }),
          "60 seconds",
        )
        for (const envelope of envelopes) {
          const text = payloadOf(envelope).toString()
          const { type } = parseRecord(text)
          assert.deepStrictEqual(breaches(JSON.parse(text) as Record<string, unknown>), [], text)
          if (type !== "gap") assert.strictEqual(type, envelope.stream.dataType.type, text)
        }
        const accounts = yield* collect.service.accounts
        assert.deepStrictEqual(accounts.frames.rejected, {})
      }).pipe(
        Effect.scoped,
        Effect.provide(collecting),
        Effect.provideService(References.MinimumLogLevel, "None"),
      ),
    90_000,
  )
})
