import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import * as MemoryJournal from "../../../../layers/journal/Memory.ts"
import * as JsonLines from "../../../../layers/recording/JsonLines.ts"
import { Journal } from "../../../../services/Journal.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import { replaySession } from "../../../../src/collect/replay/Replay.ts"
import { type Envelope, payloadOf } from "../../../../src/domain/Envelope.ts"
import { venues } from "../../../../src/exchanges/index.ts"
import { Actors } from "../../../../src/runtime/Actors.ts"
import { makeDynamic, root } from "../../../../src/runtime/Supervisor.ts"
import { binanceOracle } from "../../../support/binanceOracle.ts"
import { readSession, recordingsAbsent, sessionPath } from "../../../support/recordings.ts"

const services = Layer.mergeAll(
  MemoryJournal.layer({ capacityBytes: 1 << 20 }),
  JsonLines.layer,
  Actors.layer,
  Metrics.layer,
)

/** Plays a session at full speed and gives all envelopes that a sink would see. */
const replayed = (file: string) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const reader = yield* journal.reader("test", "latest")
    const envelopes: Array<Envelope> = []
    const reading = yield* Effect.forkChild(
      Effect.forever(
        Effect.gen(function* () {
          const batch = yield* reader.take(4096)
          envelopes.push(...batch.envelopes)
          yield* reader.commit(batch.next)
        }),
      ),
    )
    const report = yield* root("test", (self) =>
      Effect.gen(function* () {
        const supervisor = yield* makeDynamic<Journal | Actors>(self, {})
        return yield* replaySession({
          file,
          venues,
          venue: undefined,
          speed: "max",
          supervisor,
          onProgress: () => {},
        })
      }),
    )
    while ((yield* journal.status).cursors.some(({ waiting }) => waiting > 0)) yield* Effect.sleep(5)
    yield* Fiber.interrupt(reading)
    return { report, envelopes }
  }).pipe(Effect.scoped, Effect.provide(services))

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
