import { Effect } from "effect"
import type { Reject } from "../../domain/Decoded.ts"
import { type RateLimitedLog, startOf } from "../../runtime/RateLimitedLog.ts"
import type { BookFault } from "../books/LocalBook.ts"
import type { Gap } from "../continuity/Gap.ts"
import type { ChainEvent } from "../StreamStates.ts"

/** Once per reason and minute, with the start of the frame. */
export const logReject = (
  log: RateLimitedLog,
  venue: string,
  reject: Reject,
  frame: Buffer,
  connection: string,
): Effect.Effect<void> =>
  log.log("Warn", `reject:${reject.reason}`, () => [
    `a frame was rejected (${reject.reason}): ${reject.detail}`,
    { venue, connection, reason: reject.reason, frame: startOf(frame) },
  ])

const faults: Readonly<Record<BookFault, string>> = {
  checksum: "it does not add up to what the venue says",
  crossed: "its best bid is not below its best ask",
  unknown: "what it was before this process is not known",
}

export const logChain = (log: RateLimitedLog, event: ChainEvent): Effect.Effect<void> => {
  const { stream } = event
  const annotations = { venue: stream.venue, stream: stream.key }
  // It is said once the batch is handed on: by then the delta may be another record.
  const { first, last } = "delta" in event ? event.delta : { first: 0, last: 0 }
  if (event.kind === "broken" && event.fault !== undefined) {
    const why = faults[event.fault]
    return log.log("Warn", `broken:${stream.key}`, () => [
      `the book after ${last} is not published: ${why}; a new snapshot is on its way`,
      annotations,
    ])
  }
  if (event.kind === "broken")
    return log.log("Warn", `broken:${stream.key}`, () => [
      `the chain of book updates broke after ${event.last}: the next one covers ${first} to ${last}; a new snapshot is on its way`,
      annotations,
    ])
  if (event.kind === "doubted")
    return log.log("Warn", `broken:${stream.key}`, () => [
      `a frame that cannot be read may have changed the book after ${event.last}, and no number would tell: it is not published; a new snapshot is on its way`,
      annotations,
    ])
  if (event.kind === "restarted")
    return log.log("Info", `restarted:${stream.key}`, () => [
      `the venue counts the book's updates anew from ${last}; nothing is missing`,
      annotations,
    ])
  if (event.kind === "rejected")
    return log.log("Warn", `snapshot:${stream.key}`, () => [
      `the book snapshot could not be read: ${event.detail}; it is fetched again`,
      annotations,
    ])
  if (event.kind === "wanted" && event.because === "stale")
    return log.log("Warn", `stale:${stream.key}`, () => [
      "the book snapshot does not fit: it is older than the updates that wait for it, or of another book; another one is asked for",
      annotations,
    ])
  return Effect.void
}

/** What is missing, where that can be told; a chain of book updates is spoken of by `logChain`, a connection by itself. */
export const logGap = (log: RateLimitedLog, { stream, cause, from, to, missing }: Gap): Effect.Effect<void> =>
  missing === undefined
    ? Effect.void
    : log.log("Warn", `gap:${stream.key}`, () => [
        `missing: ${missing} (${from.sequence} to ${to.sequence}, cause: ${cause})`,
        { venue: stream.venue, stream: stream.key },
      ])

/** Lines to be logged after the batch that gave rise to them: one a key, so that a bad batch makes a few. */
export const makePendingLog = () => {
  const lines = new Map<string, Effect.Effect<void>>()
  return {
    add: (key: string, line: Effect.Effect<void>) => {
      if (!lines.has(key)) lines.set(key, line)
    },
    flush: Effect.suspend(() => {
      if (lines.size === 0) return Effect.void
      const waiting = [...lines.values()]
      lines.clear()
      return Effect.all(waiting, { discard: true })
    }),
  }
}
