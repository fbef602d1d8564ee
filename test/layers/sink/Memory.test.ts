import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope, Stream } from "effect"
import * as Memory from "../../../layers/sink/Memory.ts"
import { payloadOf } from "../../../src/domain/Envelope.ts"
import { giveBack } from "../../../src/domain/Slab.ts"
import { sinkContract } from "../../contract/Sink.ts"
import { numberOf, testEnvelopes, testStream } from "../../support/envelopes.ts"
import { areThere, inSlab } from "../../support/slabs.ts"

sinkContract({
  name: "the memory sink",
  make: Effect.gen(function* () {
    const { sink, envelopes } = yield* Memory.make({ name: "memory", capacity: 64 })
    const received: Array<string> = []
    yield* Effect.forkScoped(
      Stream.runForEach(envelopes, (envelope) =>
        Effect.sync(() => received.push(payloadOf(envelope).toString("utf8"))),
      ),
    )
    return { sink, received: Effect.sync(() => received.slice()) }
  }),
  exactlyOnce: false,
  seeds: 5,
})

const stream = testStream({})
const range = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index)

describe("the memory sink", () => {
  it.live("gives records as values", () =>
    Effect.gen(function* () {
      const { sink, records } = yield* Memory.make({ name: "memory" })
      const writer = yield* sink.open
      yield* Effect.asVoid(writer.write(testEnvelopes([stream], 7, 1), 1))
      const [record] = yield* Stream.runCollect(Stream.take(records, 1))
      if (record?.type !== "trade") return assert.fail("a trade was sent")
      assert.strictEqual(record.symbol, "BTC-USDT")
      assert.strictEqual(record.data.price, "7.00")
      yield* Effect.forkDetach(Stream.runDrain(records))
    }).pipe(Effect.scoped),
  )

  it.live("gives envelopes that its consumer may keep, whatever becomes of the bytes that it was given", () =>
    Effect.gen(function* () {
      const { sink, batches } = yield* Memory.make({ name: "memory" })
      const writer = yield* sink.open
      const given = inSlab(testEnvelopes([stream], 0, 3))
      yield* Effect.asVoid(writer.write(given, 3))
      const taken = (yield* Stream.runCollect(Stream.take(batches, 1))).flat()
      giveBack(given)
      assert.isFalse(areThere(given))
      assert.isTrue(areThere(taken))
      assert.deepStrictEqual(taken.map(numberOf), [0, 1, 2])
      yield* Effect.forkDetach(Stream.runDrain(batches))
    }).pipe(Effect.scoped),
  )

  it.live("takes no more than it may while no one reads, and says nothing is delivered", () =>
    Effect.gen(function* () {
      const { sink, batches } = yield* Memory.make({ name: "memory", capacity: 20 })
      const writer = yield* sink.open
      let written = 0
      let delivered = 0
      yield* Effect.forkScoped(
        Effect.gen(function* () {
          for (let batch = 0; batch < 10; batch++) {
            const done = yield* writer.write(testEnvelopes([stream], batch * 10, 10), batch * 10 + 10)
            written++
            yield* Effect.forkScoped(Effect.map(done, () => delivered++))
          }
        }),
      )
      yield* Effect.yieldNow.pipe(Effect.repeat({ times: 10 }))
      assert.deepStrictEqual([written, delivered], [2, 0])
      yield* Effect.forkDetach(Stream.runDrain(batches))
      yield* Effect.yieldNow.pipe(Effect.repeat({ times: 50 }))
      assert.deepStrictEqual([written, delivered], [10, 10])
    }).pipe(Effect.scoped),
  )

  it.live("has the next consumer begin with the batch that the last one left in the middle", () =>
    Effect.gen(function* () {
      const { sink, envelopes } = yield* Memory.make({ name: "memory" })
      const writer = yield* sink.open
      yield* Effect.asVoid(writer.write(testEnvelopes([stream], 0, 5), 5))
      yield* Effect.asVoid(writer.write(testEnvelopes([stream], 5, 5), 10))
      const first = yield* Stream.runCollect(Stream.take(envelopes, 7))
      assert.deepStrictEqual(first.map(numberOf), range(0, 7))
      const second = yield* Stream.runCollect(Stream.take(envelopes, 5))
      assert.deepStrictEqual(second.map(numberOf), range(5, 5))
      yield* Effect.forkDetach(Stream.runDrain(envelopes))
    }).pipe(Effect.scoped),
  )

  it.live("ends its stream when it is closed, after what is on its way", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { sink, envelopes } = yield* Memory.make({ name: "memory" }).pipe(Scope.provide(scope))
      const writers = yield* Scope.make()
      const writer = yield* sink.open.pipe(Scope.provide(writers))
      yield* Effect.asVoid(writer.write(testEnvelopes([stream], 0, 5), 5))
      yield* Scope.close(scope, Exit.void)
      const reading = yield* Effect.forkChild(Stream.runCollect(envelopes))
      assert.deepStrictEqual((yield* Fiber.join(reading)).map(numberOf), range(0, 5))
    }),
  )
})
