import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as JsonLines from "../../../../layers/recording/JsonLines.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import type { Letter } from "../../../../services/DeadLetters.ts"
import { makeLetterReplay } from "../../../../src/app/LetterReplay.ts"
import { openSession } from "../../../../src/collect/replay/Session.ts"
import { venues } from "../../../../src/exchanges/index.ts"
import { temporaryFolder } from "../../../support/process.ts"

const trade = (id: string) =>
  `{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1672304486868,"data":[{"T":1672304486865,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50","i":"${id}","BT":false}]}`

describe("what came on one of Bybit's routes", () => {
  it.effect("is known by its connection in a recorded session", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "bybit.session.jsonl")
      const at = "1672304486868000000"
      const lines = [
        { t: at, dir: "connect", url: "wss://stream.bybit.com/v5/public/linear" },
        { t: at, dir: "in", raw: trade("a") },
        { t: at, dir: "connect", url: "wss://stream.bybit.com/v5/public/spot" },
        { t: at, dir: "in", raw: trade("b") },
      ]
      writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n"))
      const { streams, venue } = yield* openSession(file, venues, undefined)
      assert.strictEqual(venue.name, "bybit")
      assert.deepStrictEqual(
        streams.map(({ key }) => key),
        ["bybit:trade:BTC-USDT-PERP", "bybit:trade:BTC-USDT"],
      )
    }).pipe(Effect.scoped, Effect.provide(JsonLines.layer)),
  )

  it.effect("is known by its letter, when it is decoded again", () =>
    Effect.gen(function* () {
      const replay = yield* makeLetterReplay
      const letter = (route: string): Letter => ({
        sequence: 1,
        at: 1,
        stage: "decode",
        venue: "bybit",
        connection: "bybit/connections/1",
        route,
        reason: "bad_field",
        detail: "an older version did not know it",
        attempts: 1,
        receivedAt: 1672304486868.5,
        bytes: Buffer.from(trade("a")),
      })
      for (const [route, symbol] of [
        ["linear", "BTC-USDT-PERP"],
        ["spot", "BTC-USDT"],
      ] as const) {
        const replayed = yield* replay(letter(route))
        if (Result.isFailure(replayed)) throw new Error(replayed.failure)
        assert.deepStrictEqual(
          replayed.success.map(({ stream }) => stream.instrument.symbol),
          [symbol],
        )
      }
    }).pipe(Effect.provide(Metrics.layer)),
  )
})
