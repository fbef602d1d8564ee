import { Effect } from "effect"
import { Journal } from "../../services/Journal.ts"
import { Metrics } from "../../services/Metrics.ts"
import type { BookSettings } from "../../src/collect/books/BookSettings.ts"
import type { Gap } from "../../src/collect/continuity/Gap.ts"
import type { Parsed } from "../../src/collect/Inlet.ts"
import { type ChainEvent, makeStreamStates, recordsIn } from "../../src/collect/StreamStates.ts"
import { makeEntry, type StreamEntry } from "../../src/collect/StreamTable.ts"
import { makeFlow, recordAccount, recordsBalance } from "../../src/collect/venue/Flow.ts"
import type { Decoded } from "../../src/domain/Decoded.ts"
import { type Envelope, payloadOf } from "../../src/domain/Envelope.ts"
import { type MarketRecord, parseRecord } from "../../src/domain/Record.ts"
import type { Stream } from "../../src/domain/Stream.ts"
import type { DepthRule } from "../../src/exchanges/Venue.ts"
import { breaches } from "./recordContract.ts"
import { kept } from "../../src/domain/WrittenRecord.ts"

/** The stream states on a journal in memory: what goes in, and every record that came out, checked against the contract. */
export const drivenStates = Effect.fnUntraced(function* (
  streams: ReadonlyArray<Stream>,
  options: {
    readonly depth?: DepthRule
    readonly books?: BookSettings
    readonly bboOf?: (stream: Stream) => Stream | undefined
    readonly canSnapshot?: boolean
    readonly canRepair?: boolean
    /** The entry of a stream; one that begins anew unless given. */
    readonly enter?: (stream: Stream) => StreamEntry
  } = {},
) {
  const metrics = (yield* Metrics).venue("test")
  const journal = yield* Journal
  const reader = yield* journal.reader("states", "latest")
  const flow = makeFlow()
  const enter = options.enter ?? ((stream: Stream) => makeEntry(stream, "config"))
  const table = new Map<Stream, StreamEntry>(streams.map((stream) => [stream, enter(stream)]))
  const events: Array<ChainEvent> = []
  const gaps: Array<Gap> = []
  const out: Array<MarketRecord> = []
  const envelopes: Array<Envelope> = []
  const states = makeStreamStates({
    table,
    metrics,
    flow,
    depth: options.depth,
    books: options.books,
    bboOf: options.bboOf,
    sources: { stream: "stream", rest: "rest" },
    canSnapshot: () => options.canSnapshot ?? true,
    canRepair: () => options.canRepair ?? false,
    onChain: (event) => events.push(event),
    onGap: (gap) => gaps.push(gap),
  })

  const drain = Effect.gen(function* () {
    yield* journal.sync
    while ((yield* journal.status).accepted > reader.start + out.length) {
      const batch = yield* reader.take(10_000)
      for (const envelope of batch.envelopes) {
        const text = payloadOf(envelope).toString()
        const wrong = breaches(JSON.parse(text) as Record<string, unknown>)
        if (wrong.length > 0) return yield* Effect.die(new Error(`${wrong.join("; ")}: ${text}`))
        out.push(parseRecord(text))
      }
      envelopes.push(...kept(batch.envelopes))
      yield* reader.commit(batch.next)
    }
  })

  const handle = Effect.fnUntraced(function* (...messages: ReadonlyArray<Parsed>) {
    for (const message of messages) flow.parsed += recordsIn(message)
    for (const message of messages)
      if (message.kind === "backfill") metrics.recordsProduced("trade").add(recordsIn(message))
      else if (message.kind === "records")
        for (const { type } of message.records) metrics.recordsProduced(type).add(1)
      else if (recordsIn(message) > 0) metrics.recordsProduced("depth").add(1)
    yield* states.handle(messages)
    yield* drain
  })

  return {
    table,
    events,
    gaps,
    /** Everything that came out so far. */
    out,
    /** The same, as the journal has it. */
    envelopes,
    handle,
    records: (records: ReadonlyArray<Decoded>) => handle({ kind: "records", records, bytes: 0 }),
    interrupt: (cause: "disconnect" | "stall" | "restart", at: number, interrupted = streams) =>
      handle({ kind: "interrupted", interruption: { interrupted, cause, at }, bytes: 0 }),
    close: Effect.andThen(states.close, drain),
    finish: Effect.andThen(states.finish, drain),
    account: () => recordAccount(metrics, flow),
    balanced: () => recordsBalance(recordAccount(metrics, flow)),
  }
})

type GapRecord = Extract<MarketRecord, { readonly type: "gap" }>

export const isGap = (record: MarketRecord): record is GapRecord => record.type === "gap"

/** The newest revision of each gap, in the order in which they were opened. */
export const newestGaps = (records: ReadonlyArray<MarketRecord>): ReadonlyArray<GapRecord> => {
  const newest = new Map<string, GapRecord>()
  for (const record of records) {
    if (!isGap(record)) continue
    const before = newest.get(record.id)?.revision ?? 0
    if (record.revision !== before + 1) throw new Error(`${record.id}: ${record.revision} after ${before}`)
    newest.set(record.id, record)
  }
  return [...newest.values()]
}
