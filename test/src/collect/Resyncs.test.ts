import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { makeResyncs } from "../../../src/collect/Resyncs.ts"
import type { Stream } from "../../../src/domain/Stream.ts"
import { Actors } from "../../../src/runtime/Actors.ts"
import { root } from "../../../src/runtime/Supervisor.ts"

const bench = Effect.fnUntraced(function* (count: number) {
  const streams = Array.from({ length: count }, (_, index) => ({ key: `book ${index}` }) as Stream)
  const table = new Map<Stream, unknown>(streams.map((stream) => [stream, undefined]))
  const joined = new Set<Stream>()
  const asked: Array<ReadonlyArray<Stream>> = []
  const resyncs = makeResyncs({
    venue: "test",
    table,
    isJoined: (stream) => joined.has(stream),
    ask: (some) => asked.push(some),
  })
  yield* Effect.forkChild(root("test", resyncs.run), { startImmediately: true })
  yield* TestClock.adjust(1)
  return { streams, table, joined, asked, resyncs }
})

const effect = (name: string, test: Effect.Effect<unknown, unknown, Actors>) =>
  it.effect(name, () => Effect.provide(test, Actors.layer))

describe("Resyncs", () => {
  effect(
    "books that break together are asked for together, in the order of the configuration",
    Effect.gen(function* () {
      const { asked, resyncs, streams } = yield* bench(300)
      for (const stream of streams.toReversed()) resyncs.request(stream, true)
      yield* TestClock.adjust(100)
      assert.deepStrictEqual(asked, [streams])
    }),
  )

  effect(
    "a book that does not become whole is asked for again with growing delays, and named",
    Effect.gen(function* () {
      const { asked, joined, resyncs, streams } = yield* bench(2)
      const [lost, found] = streams
      for (const stream of streams) resyncs.request(stream, true)
      yield* TestClock.adjust(100)
      joined.add(found!)
      yield* TestClock.adjust("15 seconds")
      assert.deepStrictEqual(asked.slice(1), [[lost!]])
      assert.match(resyncs.failing.get(lost!)!.why, /asked for 2 times/)
      yield* TestClock.adjust("10 minutes")
      assert.isAtLeast(asked.length, 5)
      assert.isAtMost(asked.length, 12)
      joined.add(lost!)
      yield* TestClock.adjust("3 minutes")
      assert.strictEqual(resyncs.failing.size, 0)
    }),
  )

  effect(
    "a book that breaks again and again makes no storm",
    Effect.gen(function* () {
      const { asked, resyncs, streams } = yield* bench(1)
      for (let times = 0; times < 1000; times++) {
        resyncs.request(streams[0]!, true)
        yield* TestClock.adjust(10)
      }
      assert.isAbove(asked.length, 2)
      assert.isAtMost(asked.length, 14)
    }),
  )

  effect(
    "a book that was whole in between has no long wait behind it, however often it broke",
    Effect.gen(function* () {
      const { asked, joined, resyncs, streams } = yield* bench(1)
      const [book] = streams
      for (let times = 0; times < 6; times++) {
        joined.delete(book!)
        resyncs.request(book!, true)
        yield* TestClock.adjust(2_100)
        joined.add(book!)
      }
      joined.delete(book!)
      resyncs.request(book!, true)
      yield* TestClock.adjust(2_100)
      const before = asked.length
      yield* TestClock.adjust(12_100)
      assert.strictEqual(asked.length, before + 1, "its snapshot did not come: it is asked for again")
    }),
  )

  effect(
    "what cannot be read does not put off what is due after a pause",
    Effect.gen(function* () {
      const { asked, resyncs, streams } = yield* bench(1)
      for (let times = 0; times < 500; times++) {
        resyncs.request(streams[0]!, false)
        yield* TestClock.adjust(10)
      }
      assert.isAtLeast(asked.length, 2)
    }),
  )

  effect(
    "nothing is asked for a stream that nobody wants any more",
    Effect.gen(function* () {
      const { asked, resyncs, streams, table } = yield* bench(1)
      resyncs.request(streams[0]!, false)
      table.clear()
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual(asked, [])
    }),
  )
})
