import { Effect } from "effect"
import type { Journal } from "../../services/Journal.ts"
import { Metrics } from "../../services/Metrics.ts"
import { encodeBatch } from "../domain/Encoder.ts"
import type { Self } from "../runtime/Actor.ts"
import { makeAppend } from "./Append.ts"
import type { History } from "./continuity/History.ts"
import type { Restart } from "./continuity/Restart.ts"
import { makeFlow } from "./venue/Flow.ts"
import type { VenueRuntime } from "./venue/VenueRuntime.ts"

/**
 * All streams that are collected are known. What is to be said of gaps that the last process left open, and that nobody
 * will take up, goes to the journal before any stream goes on; a second time there is nothing to say.
 */
export const resumeFrom = Effect.fn("Collect.resume")(function* (
  restart: Restart,
  runtimes: ReadonlyMap<string, VenueRuntime>,
  history: Pick<History, "note"> | undefined,
  self: Self,
): Effect.fn.Return<void, never, Journal | Metrics> {
  const collected = () => {
    const keys = new Set<string>()
    for (const { table } of runtimes.values()) for (const { key } of table.keys()) keys.add(key)
    return keys
  }
  for (const [venue, { opened, out, said, states }] of restart.settled(collected)) {
    const runtime = runtimes.get(venue)
    const metrics = runtime?.metrics ?? (yield* Metrics).venue(venue)
    const append = makeAppend(metrics, runtime?.flow ?? makeFlow())
    metrics.recordsProduced("gap").add(states)
    for (const { cause, stream } of opened) metrics.gaps(stream.dataType.word, cause).add(1)
    history?.note(said)
    yield* append(encodeBatch(out.records, "stream"), self)
  }
})
