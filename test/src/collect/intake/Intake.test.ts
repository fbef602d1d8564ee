import { assert, describe } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import * as MemoryJournal from "../../../../layers/journal/Memory.ts"
import { DeadLetters } from "../../../../services/DeadLetters.ts"
import { Journal } from "../../../../services/Journal.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import type { IntakeOutcome } from "../../../../services/RecordIntake.ts"
import { makeTrails } from "../../../../src/collect/continuity/Trails.ts"
import { type Intake, makeIntake, outside } from "../../../../src/collect/intake/Intake.ts"
import { makeQuarantine } from "../../../../src/collect/Quarantine.ts"
import { addFlows, recordAccount, recordsBalance } from "../../../../src/collect/venue/Flow.ts"
import { payloadOf } from "../../../../src/domain/Envelope.ts"
import { testEnvelopes, testStream, testTrade } from "../../../support/envelopes.ts"
import { pluginRows as rows, pluginTime as time } from "../../../support/pluginRows.ts"
import { breaches } from "../../../support/recordContract.ts"
import { inMemory, live } from "../../../support/venueBench.ts"

const balance = Effect.fnUntraced(function* (intake: Intake, name: string) {
  const account = recordAccount((yield* Metrics).venue(name), addFlows(intake.flows.get(name), undefined))
  return { account, balanced: recordsBalance(account) }
})

const opened = Effect.gen(function* () {
  const quarantine = yield* makeQuarantine
  const journal = yield* Journal
  const reader = yield* journal.reader("test", "latest")
  return { intake: yield* makeIntake({ quarantine }), reader }
})

const countsOf = ({ accepted, duplicate, refused }: IntakeOutcome) => [accepted, duplicate, refused.length]

describe("the intake of records", () => {
  live(
    "what a plugin wrote comes out by the contract, with what it left out filled in, once however often it is handed in",
    inMemory,
    Effect.gen(function* () {
      const { intake, reader } = yield* opened
      const all = rows.map(([row]) => row)
      const first = yield* intake.service.objects(all, "plugin acme")
      assert.deepStrictEqual(countsOf(first), [rows.length, 0, 0])
      assert.strictEqual(first.position, rows.length)
      const again = yield* intake.service.objects([...all, all[0]], "plugin acme")
      assert.deepStrictEqual(countsOf(again), [0, rows.length + 1, 0])
      const { envelopes } = yield* reader.take(100)
      const records = envelopes.map((envelope) => JSON.parse(payloadOf(envelope).toString()))
      assert.deepStrictEqual(
        records.map(({ id }) => id as string),
        rows.map(([, id]) => `acme:BTC-USDT:${id}`),
      )
      for (const record of records) {
        assert.deepStrictEqual(breaches(record as Record<string, unknown>), [])
        assert.strictEqual(record.source, "rest")
        assert.isAbove(record.receivedAt as number, time)
      }
      assert.strictEqual(records[0].timestamp, time)
      assert.strictEqual(records[2].timestamp, time + 59_999)
      assert.strictEqual(records[8].data.status, "gefüllt")
      const { account, balanced } = yield* balance(intake, outside)
      assert.isTrue(balanced)
      assert.deepStrictEqual(
        [account.produced, account.accepted, account.duplicate],
        [2 * rows.length + 1, rows.length, rows.length + 1],
      )
    }),
  )

  live(
    "what is no record is refused with its place and its reason, and kept with its bytes; the others go on",
    inMemory,
    Effect.gen(function* () {
      const { intake } = yield* opened
      const good = rows[0]![0]
      const bad = [
        "text",
        { ...good, type: "trades" },
        { ...good, data: { ...(good["data"] as object), price: 1.5 } },
        { ...good, id: "other:BTC-USDT:trade:1" },
        { ...good, symbol: "BTC USDT" },
        { ...good, timestamp: 0 },
        { ...good, data: { ...(good["data"] as object), tradeId: 'a"b' } },
        { ...rows.at(-1)![0], data: { ...(rows.at(-1)![0]["data"] as object), channel: "news" } },
      ]
      const outcome = yield* intake.service.objects([...bad, good], "plugin acme")
      assert.deepStrictEqual(countsOf(outcome), [1, 0, bad.length])
      assert.deepStrictEqual(
        outcome.refused.map(({ index, detail }) => [index, detail.split(":")[0]]),
        [
          [0, 'an object, got "text"'],
          [
            1,
            "Expected an object whose `type` is one of trade, kline, ticker, bbo, depth, funding, open_interest, liquidation, mark_price, index_price, long_short_ratio, volatility_index, gap",
          ],
          [2, "data.price"],
          [3, "id"],
          [4, "symbol"],
          [5, "timestamp"],
          [6, "id"],
          [7, '"news" is no word of dataTypes'],
        ].map(([index, detail]) => [index, detail]),
      )
      const letters = (yield* (yield* DeadLetters).list({ order: "oldest", limit: 100 })).letters
      assert.deepStrictEqual(
        letters.map(({ stage, connection, bytes }) => [
          stage,
          connection,
          JSON.parse(Buffer.from(bytes).toString()),
        ]),
        bad.map((value) => ["intake", "plugin acme", value]),
      )
    }),
  )

  live(
    "rows of a venue are counted as the venue's, and do not touch the continuity of its streams",
    inMemory,
    Effect.gen(function* () {
      const { intake, reader } = yield* opened
      const stream = testStream({ exchange: "binance" })
      const outcome = yield* intake.service.decoded(
        [1, 2, 2, 5].map((number) => testTrade(stream, number)),
        "task one",
      )
      assert.deepStrictEqual(countsOf(outcome), [3, 1, 0])
      const { account, balanced } = yield* balance(intake, "binance")
      assert.deepStrictEqual([balanced, account.accepted], [true, 3])
      const { envelopes, next } = yield* reader.take(100)
      assert.deepStrictEqual(
        envelopes.map(({ source, key, stream }) => [source, key, stream.key]),
        ["1", "2", "5"].map((key) => ["rest", key, stream.key]),
      )
      const trails = makeTrails({ marks: [], position: 0, keepMillis: 1000, collected: () => undefined })
      trails.follower.accepted(envelopes, next)
      assert.deepStrictEqual(trails.marks(), [])
      trails.follower.accepted(testEnvelopes([stream], 7, 1), next + 1)
      assert.strictEqual(trails.marks().length, 1)
    }),
  )

  live(
    "two that hand in the same at once: one brings it, the other hears that it is known once it is accepted",
    inMemory,
    Effect.gen(function* () {
      const accept = yield* Deferred.make<void>()
      const journal = yield* Journal
      const slow = Journal.of({
        ...journal,
        append: (envelopes, onAccepted) =>
          Effect.as(
            Effect.forkDetach(
              Effect.andThen(
                Deferred.await(accept),
                Effect.sync(() => onAccepted?.(envelopes)),
              ),
            ),
            undefined,
          ),
      })
      const intake = yield* Effect.provideService(makeIntake(), Journal, slow)
      const one = yield* Effect.forkChild(intake.service.objects([rows[0]![0]], "one"))
      const two = yield* Effect.forkChild(intake.service.objects([rows[0]![0], rows[1]![0]], "two"))
      yield* Effect.sleep("20 millis")
      assert.deepStrictEqual([one.pollUnsafe(), two.pollUnsafe()], [undefined, undefined])
      yield* Deferred.succeed(accept, undefined)
      assert.deepStrictEqual(countsOf(yield* Fiber.join(one)), [1, 0, 0])
      assert.deepStrictEqual(countsOf(yield* Fiber.join(two)), [1, 1, 0])
    }),
  )

  live(
    "who gives up while the journal has no room has handed in nothing: it may come again, and is counted once",
    inMemory,
    Effect.gen(function* () {
      const narrow = yield* MemoryJournal.make({ capacityBytes: 1000 })
      const reader = yield* narrow.reader("slow", "latest")
      const intake = yield* Effect.provideService(makeIntake(), Journal, narrow)
      const stream = testStream({})
      const page = (first: number) =>
        Array.from({ length: 5 }, (_, index) => testTrade(stream, first + index))
      yield* intake.service.decoded(page(0), "task")
      const waiting = yield* Effect.forkChild(intake.service.decoded(page(5), "task"))
      yield* Effect.sleep("20 millis")
      assert.isUndefined(waiting.pollUnsafe())
      yield* Fiber.interrupt(waiting)
      const taken = yield* reader.take(100)
      yield* reader.commit(taken.next)
      const outcome = yield* intake.service.decoded(page(5), "task")
      assert.deepStrictEqual(countsOf(outcome), [5, 0, 0])
      const { account, balanced } = yield* balance(intake, "test")
      assert.deepStrictEqual(
        [balanced, account.produced, account.accepted, account.dropped, account.inFlight],
        [true, 15, 10, { stopped: 5 }, 0],
      )
    }),
  )

  live(
    "rows do not give way where the journal has no room and their channel is declared to: they wait",
    inMemory,
    Effect.gen(function* () {
      const journal = yield* Journal
      let refusals = 2
      const giving = Journal.of({
        ...journal,
        append: (envelopes, onAccepted) =>
          refusals-- > 0 ? Effect.succeed({ dropped: envelopes }) : journal.append(envelopes, onAccepted),
      })
      const intake = yield* Effect.provideService(makeIntake(), Journal, giving)
      const outcome = yield* intake.service.decoded([testTrade(testStream({}), 1)], "task")
      assert.deepStrictEqual(countsOf(outcome), [1, 0, 0])
      const { account, balanced } = yield* balance(intake, "test")
      assert.deepStrictEqual([balanced, account.accepted, account.dropped], [true, 1, {}])
    }),
  )

  live(
    "a journal that is closed is said: nothing was taken, and nothing is known",
    inMemory,
    Effect.gen(function* () {
      const scoped = yield* Effect.scoped(MemoryJournal.make({ capacityBytes: 1000 }))
      const intake = yield* Effect.provideService(makeIntake(), Journal, scoped)
      const { reason } = yield* Effect.flip(intake.service.decoded([testTrade(testStream({}), 1)], "task"))
      assert.strictEqual(reason, "closed")
      const { account, balanced } = yield* balance(intake, "test")
      assert.deepStrictEqual([balanced, account.dropped], [true, { stopped: 1 }])
    }),
  )
})
