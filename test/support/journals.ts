import { Effect } from "effect"
import type { JournalReader } from "../../services/Journal.ts"
import type { Envelope } from "../../src/domain/Envelope.ts"
import { numberOf, testEnvelopes, testStream } from "./envelopes.ts"

const stream = testStream({})
/** Envelopes of one stream, numbered from `first`. */
export const some = (first: number, count: number) => testEnvelopes([stream], first, count)

/** Takes exactly `count` envelopes. */
export const takeNumbers = (reader: JournalReader, count: number, maxItems = count) =>
  Effect.gen(function* () {
    const taken: Array<Envelope> = []
    let next = 0
    while (taken.length < count) {
      const batch = yield* reader.take(Math.min(maxItems, count - taken.length))
      taken.push(...batch.envelopes)
      next = batch.next
    }
    return { numbers: taken.map(numberOf), next, envelopes: taken }
  })

export const range = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => first + index)
