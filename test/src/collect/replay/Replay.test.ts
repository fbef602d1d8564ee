import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Envelope, payloadOf } from "../../../../src/domain/Envelope.ts"
import { binanceOracle } from "../../../support/binanceOracle.ts"
import { readSession, recordingsAbsent, sessionPath } from "../../../support/recordings.ts"
import { replayed } from "../../../support/replaying.ts"

const fileOf = ({ stream, type, timestamp }: Envelope) =>
  `${type}/${stream.instrument.exchange}/${stream.instrument.symbol}/${new Date(timestamp).toISOString().slice(0, 10)}`

const sessions = [
  ["binance", "2024-08-08-ethusdt"],
  ["binance", "2021-10-12"],
  ["binance-usdm", "2024-08-08-ethusdt"],
  ["binance-usdm", "2021-10-12"],
] as const

describe.skipIf(recordingsAbsent)("Replay", () => {
  for (const [venue, name] of sessions)
    it.live(
      `${venue}/${name} comes out exactly as it was recorded, byte for byte and in order per stream`,
      () =>
        Effect.gen(function* () {
          const oracle = binanceOracle(venue, readSession(`${venue}/${name}`))
          const { report, envelopes } = yield* replayed(sessionPath(`${venue}/${name}`))
          const files = new Map<string, Array<string>>()
          for (const envelope of envelopes) {
            const file = fileOf(envelope)
            const lines = files.get(file) ?? []
            files.set(file, lines)
            lines.push(payloadOf(envelope).toString())
            assert.strictEqual(envelope.bytes[envelope.end], 10, "a newline stands behind each payload")
          }
          assert.deepStrictEqual([...files.keys()].sort(), [...oracle.files.keys()].sort())
          for (const [file, lines] of oracle.files) assert.deepStrictEqual(files.get(file), lines, file)
          assert.strictEqual(report.venue, venue)
          assert.isTrue(report.balanced)
          assert.strictEqual(report.records.accepted, oracle.records)
          assert.deepStrictEqual(report.records.filtered, { contained: oracle.contained })
          assert.deepStrictEqual(
            [report.frames.rejected, report.frames.inFlight, report.records.inFlight],
            [{}, 0, 0],
          )
        }),
    )
})
