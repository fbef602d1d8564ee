import { Effect } from "effect"
import { monotonicMillis } from "../../../src/runtime/Monotonic.ts"
import type { SinkError } from "../../../services/Sink.ts"
import type { Delivery } from "./Delivery.ts"
import type { Gathering } from "./Gathering.ts"
import type { Transactor } from "./Transactor.ts"

/** Completes when something is due. */
const due = (gathering: Gathering, lingerMillis: number): Effect.Effect<void> =>
  Effect.gen(function* () {
    yield* gathering.some.await
    const since = gathering.since()
    if (since === undefined || gathering.due.isOpen()) return
    const left = since + lingerMillis - (yield* monotonicMillis)
    if (left > 0) yield* Effect.timeoutOption(gathering.due.await, left)
  })

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
      yield* due(gathering, lingerMillis)
      const chunk = gathering.take()
      if (chunk === undefined) {
        if (gathering.closing) return
        continue
      }
      for (const refused of yield* delivery.deliver(chunk.batches)) chunk.refuse(refused)
      chunk.settle()
      acknowledged(chunk.bytes)
    }
  })

/**
 * The lane of a transactional sink: a transaction takes everything that has gathered, which is whole writes, and the
 * cursor after the last of them. What comes meanwhile gathers for the next one.
 */
export const runTransactions = (
  gathering: Gathering,
  transactor: Transactor,
  lingerMillis: number,
  taken: () => number,
  acknowledged: (bytes: number) => void,
): Effect.Effect<void, SinkError> =>
  Effect.gen(function* () {
    while (true) {
      yield* due(gathering, lingerMillis)
      const chunks = gathering.takeAll()
      if (chunks.length === 0) {
        if (gathering.closing) return
        continue
      }
      yield* transactor.deliver(chunks, taken())
      let bytes = 0
      for (const chunk of chunks) {
        chunk.settle()
        bytes += chunk.bytes
      }
      acknowledged(bytes)
    }
  })
