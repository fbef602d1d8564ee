import { Effect, Fiber, Layer } from "effect"
import * as MemoryJournal from "../../layers/journal/Memory.ts"
import * as JsonLines from "../../layers/recording/JsonLines.ts"
import { Journal } from "../../services/Journal.ts"
import { Metrics } from "../../services/Metrics.ts"
import { replaySession } from "../../src/collect/replay/Replay.ts"
import type { Envelope } from "../../src/domain/Envelope.ts"
import { venues } from "../../src/exchanges/index.ts"
import { Actors } from "../../src/runtime/Actors.ts"
import { makeDynamic, root } from "../../src/runtime/Supervisor.ts"
import { kept } from "../../src/domain/WrittenRecord.ts"

const services = Layer.mergeAll(
  MemoryJournal.layer({ capacityBytes: 1 << 20 }),
  JsonLines.layer,
  Actors.layer,
  Metrics.layer,
)

/** Plays a session at full speed and gives all envelopes that a sink would see. */
export const replayed = (file: string) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const reader = yield* journal.reader("test", "latest")
    const envelopes: Array<Envelope> = []
    const reading = yield* Effect.forkChild(
      Effect.forever(
        Effect.gen(function* () {
          const batch = yield* reader.take(4096)
          envelopes.push(...kept(batch.envelopes))
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
