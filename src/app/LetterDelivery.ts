import { Effect, Layer } from "effect"
import * as MemoryJournal from "../../layers/journal/Memory.ts"
import { Journal } from "../../services/Journal.ts"
import { makeSinks, type SinkEntry } from "../collect/sinks/Sinks.ts"
import type { Envelope } from "../domain/Envelope.ts"
import type { Self } from "../runtime/Actor.ts"
import { Actors } from "../runtime/Actors.ts"
import { makeDynamic, root } from "../runtime/Supervisor.ts"
import { cursorsOf } from "./Replay.ts"

/**
 * Runs sinks of their own over `work`, which gives them envelopes; completes when each is done with all of them, and
 * says how it fared.
 */
export const deliverInto = <E, R>(
  entries: ReadonlyArray<SinkEntry>,
  memory: number,
  work: (deliver: (envelopes: ReadonlyArray<Envelope>) => Effect.Effect<void>) => Effect.Effect<void, E, R>,
) => {
  const run = Effect.fnUntraced(function* (self: Self) {
    const journal = yield* Journal
    const sinks = yield* makeSinks(entries)
    const supervisor = yield* makeDynamic<Journal | Actors>(self, {})
    yield* supervisor.start({ id: "sinks", run: sinks.run })
    yield* cursorsOf(entries)
    yield* self.ready
    const all = work((envelopes) => Effect.orDie(journal.append(envelopes)))
    yield* Effect.raceFirst(Effect.andThen(all, sinks.delivered), supervisor.await)
    return yield* sinks.accounts
  }, Effect.scoped)
  return root("replay", (self) => Effect.result(run(self))).pipe(
    Effect.flatMap(Effect.fromResult),
    Effect.provide(Layer.merge(MemoryJournal.layer({ capacityBytes: memory / 2 }), Actors.layer)),
  )
}
