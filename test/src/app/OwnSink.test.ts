import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeSink } from "../../../src/app/OwnSink.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import { giveBack } from "../../../src/domain/Slab.ts"
import { numberOf, testEnvelopes, testStream } from "../../support/envelopes.ts"
import { areThere, inSlab } from "../../support/slabs.ts"

it.effect("an application's function gets envelopes that it may keep", () =>
  Effect.gen(function* () {
    const all: Array<Envelope> = []
    const sink = makeSink({ name: "mine", deliver: (envelopes) => Effect.sync(() => all.push(...envelopes)) })
    const writer = yield* sink.open
    const given = inSlab(testEnvelopes([testStream({})], 0, 3))
    yield* yield* writer.write(given, 3)
    giveBack(given)
    assert.isFalse(areThere(given))
    assert.isTrue(areThere(all))
    assert.deepStrictEqual(all.map(numberOf), [0, 1, 2])
  }).pipe(Effect.scoped),
)
