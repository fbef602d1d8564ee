import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { encodeBatch } from "../../../../src/domain/Encoder.ts"
import { makeEntry } from "../../../../src/collect/StreamTable.ts"
import { makeTrails } from "../../../../src/collect/continuity/Trails.ts"
import { makeFindings, publish } from "../../../../src/collect/continuity/Continuity.ts"
import { makeGap } from "../../../../src/collect/continuity/Gap.ts"
import { allStreams, makeExchange, streams, trade } from "../../../support/restartedExchange.ts"
import { nothingKept, pendingOf, process, start } from "../../../support/restarting.ts"
import { withSeeds } from "../../../support/seed.ts"
import { testTime } from "../../../support/envelopes.ts"

/** Objects that are held, each once. */
const objectsIn = (...roots: ReadonlyArray<unknown>): number => {
  const seen = new Set<object>()
  const left = [...roots]
  while (left.length > 0) {
    const each = left.pop()
    if (typeof each !== "object" || each === null || seen.has(each)) continue
    seen.add(each)
    left.push(...(each instanceof Map || each instanceof Set ? [...each].flat() : Object.values(each)))
  }
  return seen.size
}

const options = { marks: [], position: 0, keepMillis: 3_600_000, collected: () => undefined }

describe("what is kept of a stream", () => {
  it.effect("hundreds of reconnects and subscriptions leave no more behind than the first ones", () =>
    withSeeds(1, (dice) =>
      Effect.gen(function* () {
        const exchange = makeExchange(dice)
        const driven = yield* start(nothingKept())
        const trails = makeTrails({ ...options, givesWay: () => false })
        trails.caughtUp()
        let accepted = 0

        const repair = () =>
          Effect.forEach(pendingOf(driven), (gap) => {
            const all = exchange.of(gap.stream, gap.first, gap.last)
            const records = dice.chance(0.5) ? all : all.filter(() => dice.chance(0.5))
            const holes = dice.chance(0.5) ? [{ first: gap.first, last: gap.last }] : []
            const backfill = { backfillOf: gap, records, holes, done: true, at: exchange.now() }
            return driven.handle({ kind: "backfill", backfill, bytes: 0 })
          })
        const reconnect = Effect.gen(function* () {
          yield* driven.interrupt("disconnect", exchange.now(), allStreams)
          exchange.steps(3)
          yield* driven.records(exchange.steps(2))
          const result = exchange.snapshot()
          yield* driven.handle({ kind: "snapshot", stream: streams.book, result, bytes: 0 })
          yield* Effect.suspend(repair)
        })
        const subscribe = Effect.suspend(() => {
          const { continuity } = driven.table.get(streams.aggregates)!
          driven.table.set(streams.aggregates, makeEntry(streams.aggregates, "api"))
          const departure = { departed: [continuity], at: exchange.now() }
          return driven.handle({ kind: "departed", departure, bytes: 0 })
        })
        /** Held after so many more of both; the least of the last hundred, since what came last may wait for its last word. */
        const heldAfter = Effect.fnUntraced(function* (rounds: number) {
          let least = Infinity
          for (let round = 1; round <= rounds; round++) {
            yield* reconnect
            yield* subscribe
            trails.follower.accepted(driven.envelopes.slice(accepted), driven.envelopes.length)
            accepted = driven.envelopes.length
            if (round <= rounds - 100) continue
            const states = [...driven.table.values()].map(({ chain, continuity }) => [chain, continuity])
            least = Math.min(least, objectsIn(states, trails.marks()))
          }
          return least
        })

        const before = yield* heldAfter(200)
        const after = yield* heldAfter(500)
        assert.isBelow(after - before, 50, `${before} objects became ${after}`)
        assert.isTrue(driven.balanced())
      }).pipe(Effect.scoped, Effect.provide(process)),
    ),
  )

  it("numbers that nobody names are bounded where the journal may drop, and not kept where it never does", () => {
    for (const [givesWay, most] of [
      [true, 256],
      [false, 0],
    ] as const) {
      const trails = makeTrails({ ...options, givesWay: () => givesWay })
      const holes = () => trails.marks()[0]!.holes?.length ?? 0
      const take = (...records: Parameters<typeof encodeBatch>[0]) =>
        trails.follower.accepted(encodeBatch(records, "stream"), 0)
      take(trade(1, testTime), trade(3, testTime))
      assert.strictEqual(holes(), 1, "what earlier processes left out may have been named later")
      trails.caughtUp()
      for (let id = 5; id < 2000; id += 2) take(trade(id, testTime))
      assert.strictEqual(holes(), most)
      // The exchange says that there are no such records: whole, and not here.
      for (let first = 2000; first < 4000; first += 2) {
        const findings = makeFindings()
        const from = { sequence: first, timestamp: testTime }
        const to = { sequence: first, timestamp: testTime }
        const gap = makeGap(streams.trades, {
          first,
          cause: "disconnect",
          from,
          to,
          missing: 1,
          repair: "pending",
        })
        publish(findings, gap, testTime)
        gap.repair = "complete"
        publish(findings, gap, testTime)
        const [opened, repaired] = findings.out.records
        take(opened!, trade(first + 1, testTime), repaired!)
      }
      assert.strictEqual(holes(), most)
    }
  })
})
