import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { DeadLettersError, type LetterDraft } from "../../../../services/DeadLetters.ts"
import type { RefusedRecord } from "../../../../services/Sink.ts"
import { type Envelope, payloadOf } from "../../../../src/domain/Envelope.ts"
import { accountOf, appender, balanced, range, settle, start, test } from "../../../support/drivenSinks.ts"
import { scriptedSink } from "../../../support/scriptedSink.ts"

describe("records that a sink refuses one by one", () => {
  const refused = (envelope: Envelope): RefusedRecord => ({
    envelope,
    reason: "too_large",
    detail: "a record of 2 MiB",
    attempts: 3,
  })

  test(
    "are counted apart from what it delivered, and kept with their bytes, like what it gave up by policy",
    Effect.gen(function* () {
      const scripted = scriptedSink("a")
      const append = appender()
      const letters: Array<LetterDraft> = []
      const put = (some: ReadonlyArray<LetterDraft>) => Effect.sync(() => void letters.push(...some))
      const { sinks } = yield* start([scripted], { quarantine: { put } })
      yield* append(20)
      yield* settle
      const [first, second] = scripted.given
      yield* first!.deliver()
      const deadLettered = [second!.envelopes[3]!, second!.envelopes[9]!].map(refused)
      yield* second!.deliver({ deadLettered, dropped: { expired: 3 } })
      yield* settle
      const account = yield* accountOf(sinks)
      assert.deepInclude(account, { delivered: 15, deadLettered: 2, dropped: { expired: 3 }, waiting: 0 })
      yield* balanced(sinks)
      const { stream } = deadLettered[0]!.envelope
      assert.deepStrictEqual(
        letters,
        [13, 19].map((number) => ({
          stage: "sink",
          venue: stream.venue,
          sink: "a",
          stream: stream.key,
          position: number,
          reason: "too_large",
          detail: "a record of 2 MiB",
          attempts: 3,
          receivedAt: deadLettered.find(({ envelope }) => envelope.key === String(number))!.envelope
            .receivedAt,
          bytes: payloadOf(deadLettered.find(({ envelope }) => envelope.key === String(number))!.envelope),
        })),
      )
    }),
  )

  test(
    "hold the cursor while they cannot be kept: the sink gets them again",
    Effect.gen(function* () {
      const scripted = scriptedSink("a")
      const append = appender()
      let room = false
      const full = new DeadLettersError({ path: "data/deadletters", detail: "the disk is full" })
      const put = () => Effect.suspend(() => (room ? Effect.void : Effect.fail(full)))
      const { sinks } = yield* start([scripted], { quarantine: { put } })
      yield* append(10)
      yield* settle
      const deadLettered = [refused(scripted.given[0]!.envelopes[3]!)]
      yield* scripted.given[0]!.deliver({ deadLettered, dropped: {} })
      yield* settle
      const account = yield* accountOf(sinks)
      assert.deepInclude(account, { delivered: 0, deadLettered: 0, waiting: 10, state: "unavailable" })
      assert.include(account.lastError, "the disk is full")
      room = true
      yield* TestClock.adjust("5 seconds")
      yield* settle
      assert.deepStrictEqual(scripted.given[1]!.numbers, range(0, 10))
      yield* scripted.given[1]!.deliver({ deadLettered, dropped: {} })
      yield* settle
      assert.deepInclude(yield* accountOf(sinks), {
        delivered: 9,
        deadLettered: 1,
        waiting: 0,
        state: "open",
      })
      yield* balanced(sinks)
    }),
  )
})
