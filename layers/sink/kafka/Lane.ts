import { Clock, Effect } from "effect"
import type { SinkError } from "../../../services/Sink.ts"
import type { Delivery } from "./Delivery.ts"
import type { Gathering } from "./Gathering.ts"

/**
 * One lane: sends what gathers, one send at a time, each when it is due. Ends when the gathering is closed and empty.
 * `acknowledged` is told the bytes of each send.
 */
export const runLane = (
  gathering: Gathering,
  delivery: Delivery,
  lingerMillis: number,
  acknowledged: (bytes: number) => void,
): Effect.Effect<void, SinkError> =>
  Effect.gen(function* () {
    while (true) {
      yield* gathering.some.await
      const since = gathering.since()
      if (since !== undefined && !gathering.due.isOpen()) {
        const left = since + lingerMillis - (yield* Clock.currentTimeMillis)
        if (left > 0) yield* Effect.timeoutOption(gathering.due.await, left)
      }
      const chunk = gathering.take()
      if (chunk === undefined) {
        if (gathering.closing) return
        continue
      }
      chunk.settle(yield* delivery.deliver(chunk.batches))
      acknowledged(chunk.bytes)
    }
  })
