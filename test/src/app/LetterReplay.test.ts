import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import type { Letter } from "../../../services/DeadLetters.ts"
import { Metrics } from "../../../services/Metrics.ts"
import { makeLetterReplay } from "../../../src/app/LetterReplay.ts"
import { payloadOf } from "../../../src/domain/Envelope.ts"

const row = {
  type: "ticker",
  exchange: "acme",
  market: "spot",
  symbol: "BTC-USDT",
  native: "BTCUSDT",
  id: "acme:BTC-USDT:ticker:1700000000000",
  timestamp: 1700000000000,
  receivedAt: 1700000000001.5,
  source: "rest",
  data: { last: "2", volume: "3" },
}

const letter: Letter = {
  sequence: 1,
  at: 1700000000002,
  stage: "intake",
  venue: "plugins",
  connection: "plugin acme",
  reason: "no_record",
  detail: "a Schema that was too strict",
  attempts: 1,
  receivedAt: 1700000000001.5,
  bytes: Buffer.from(JSON.stringify(row)),
}

describe("letters of what was handed in", () => {
  const replayed = (each: Letter) =>
    Effect.flatMap(makeLetterReplay, (replay) => replay(each)).pipe(Effect.provide(Metrics.layer))

  it.effect("an object that is a record for the present Schema comes out of its letter", () =>
    Effect.gen(function* () {
      const result = yield* replayed(letter)
      assert.deepStrictEqual(
        Result.getOrThrow(result).map((envelope) => payloadOf(envelope).toString()),
        [JSON.stringify({ ...row, source: "replay" })],
      )
    }),
  )

  it.effect("one that still is none says why", () =>
    Effect.gen(function* () {
      const result = yield* replayed({ ...letter, bytes: Buffer.from('{"type":"ticker"}') })
      assert.isTrue(Result.isFailure(result))
      if (Result.isFailure(result)) assert.include(result.failure, "data")
    }),
  )

  it.effect("a plugin's record that a sink refused is found by itself, though its exchange is no venue", () =>
    Effect.gen(function* () {
      const result = yield* replayed({
        ...letter,
        stage: "sink",
        sink: "kafka",
        venue: "acme",
        stream: "acme:ticker:BTC-USDT",
      })
      assert.deepStrictEqual(
        Result.getOrThrow(result).map(({ stream, key }) => [stream.key, key]),
        [["acme:ticker:BTC-USDT", "1700000000000"]],
      )
    }),
  )
})
