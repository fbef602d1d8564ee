import { Clock, Effect, Latch, Result } from "effect"
import type { LetterDraft } from "../../../services/DeadLetters.ts"
import { Journal } from "../../../services/Journal.ts"
import { catalog } from "../../../services/MetricCatalog.ts"
import { Metrics, type VenueMetrics } from "../../../services/Metrics.ts"
import {
  IntakeError,
  type IntakeOutcome,
  RecordIntake,
  type RefusedRow,
} from "../../../services/RecordIntake.ts"
import type { Decoded } from "../../domain/Decoded.ts"
import { encodeBatch } from "../../domain/Encoder.ts"
import type { Envelope } from "../../domain/Envelope.ts"
import { recordId } from "../../domain/Stream.ts"
import { WrittenRecord } from "../../domain/WrittenRecord.ts"
import { reconnect, waits } from "../../runtime/Backoff.ts"
import * as RateLimitedLog from "../../runtime/RateLimitedLog.ts"
import { appendInTime } from "../Append.ts"
import type { Quarantine } from "../Quarantine.ts"
import { type Flow, makeFlow } from "../venue/Flow.ts"
import { IntakeStreams } from "./IntakeStreams.ts"
import { KnownIds } from "./KnownIds.ts"
import { readOutside, type Row } from "./Outside.ts"

/** Under which name what comes from outside is counted: exchanges that others name are no label of ours. */
export const outside = "plugins"

export interface IntakeOptions {
  /** Where what is no record goes with its bytes; without one it is only counted by its caller. */
  readonly quarantine?: Pick<Quarantine, "add" | "put">
}

/** Where records come in that no socket brought. */
export interface Intake {
  readonly service: RecordIntake["Service"]
  /** What is on its way, by the name that it is counted under: a venue's, or `outside`. */
  readonly flows: ReadonlyMap<string, Flow>
}

/** One name's counters. */
interface Account {
  readonly metrics: VenueMetrics
  readonly flow: Flow
}

const idOf = ({
  key,
  revision,
  stream,
  type,
}: Pick<Decoded, "key" | "revision" | "stream" | "type">): string =>
  recordId(stream, type, revision === undefined ? key : `${key}:${revision}`)

/** In order; neighbours of one source are encoded together. */
const encodeRows = (rows: ReadonlyArray<Row>): ReadonlyArray<Envelope> => {
  const envelopes: Array<Envelope> = []
  let from = 0
  for (let index = 1; index <= rows.length; index++) {
    if (index < rows.length && rows[index]!.source === rows[from]!.source) continue
    const records = rows.slice(from, index).map(({ record }) => record)
    for (const envelope of encodeBatch(records, rows[from]!.source)) envelopes.push(envelope)
    from = index
  }
  return envelopes
}

const closed = new IntakeError({
  reason: "closed",
  detail: "the journal is closed, because the process is about to end; hand them in again at the next start",
})

export const makeIntake = Effect.fnUntraced(function* (
  options: IntakeOptions = {},
): Effect.fn.Return<Intake, never, Journal | Metrics> {
  const journal = yield* Journal
  const metrics = yield* Metrics
  const log = RateLimitedLog.make()
  const streams = new IntakeStreams()
  const known = new KnownIds()
  const flows = new Map<string, Flow>()

  const countTasks = (envelopes: ReadonlyArray<Envelope>): void => {
    const counts = new Map<string, number>()
    for (const { stream } of envelopes)
      if (stream.task !== undefined) counts.set(stream.task, (counts.get(stream.task) ?? 0) + 1)
    for (const [task, count] of counts) metrics.series.counter(catalog.taskRecords, { task }).add(count)
  }

  const accountOf = (name: string): Account => {
    const flow = flows.get(name) ?? makeFlow()
    flows.set(name, flow)
    return { metrics: metrics.venue(name), flow }
  }

  /** Counts rows as produced, and gives those that are new. */
  const select = (rows: ReadonlyArray<Row>, flight: Latch.Latch, account: Account): ReadonlyArray<Row> => {
    const fresh = rows.filter(({ record }) => {
      const id = idOf(record)
      account.metrics.recordsProduced(record.type).add(1)
      if (known.has(id)) return false
      known.depart(id, flight)
      return true
    })
    account.metrics.recordsDuplicate.add(rows.length - fresh.length)
    account.flow.appending += fresh.length
    return fresh
  }

  /** Completes when all are accepted. What does not get that far was never known. */
  const deliver = Effect.fnUntraced(function* (
    fresh: ReadonlyArray<Row>,
    flight: Latch.Latch,
    { flow, metrics }: Account,
  ) {
    const envelopes = encodeRows(fresh)
    const ids = new Map(envelopes.map((envelope, index) => [envelope, idOf(fresh[index]!.record)]))
    const pause = yield* waits(reconnect({ first: "100 millis", max: "10 seconds" }))
    let rest = envelopes

    const decided = (some: ReadonlyArray<Envelope>, decide: (id: string) => void) => {
      flow.appending -= some.length
      for (const envelope of some) {
        decide(ids.get(envelope)!)
        ids.delete(envelope)
      }
      if (ids.size === 0) flight.openUnsafe()
    }
    const onAccepted = (taken: ReadonlyArray<Envelope>) => {
      metrics.recordsAccepted.add(taken.length)
      countTasks(taken)
      decided(taken, (id) => known.accept(id))
    }
    const giveUp = Effect.sync(() => {
      metrics.recordsDropped("stopped").add(rest.length)
      decided(rest, (id) => known.forget(id))
    })

    const put = Effect.gen(function* () {
      while (rest.length > 0) {
        const left = yield* appendInTime(journal, rest, onAccepted, () => Effect.void)
        if (left === "closed") return yield* closed
        rest = left
        // Rows can be waited for: they do not give way as what a socket brings may.
        if (rest.length > 0) yield* Effect.sleep(yield* pause(yield* Clock.currentTimeMillis))
      }
    })
    yield* Effect.onError(put, () => giveUp)
    // The journal is amid telling what it accepted: who goes on at once would stand between its parts.
    if (ids.size > 0) yield* Effect.andThen(flight.await, Effect.yieldNow)
  })

  const accept = Effect.fnUntraced(function* (rows: ReadonlyArray<Row>, name: string) {
    const ids = rows.map(({ record }) => idOf(record))
    for (;;) {
      const undecided = known.undecided(ids)
      if (undecided === undefined) break
      yield* Effect.andThen(undecided.await, Effect.yieldNow)
    }
    const flight = Latch.makeUnsafe(false)
    const account = accountOf(name)
    const fresh = select(rows, flight, account)
    if (fresh.length > 0) yield* deliver(fresh, flight, account)
    return { accepted: fresh.length, duplicate: rows.length - fresh.length }
  })

  const outcome = Effect.fnUntraced(function* (
    counts: { readonly accepted: number; readonly duplicate: number },
    refused: ReadonlyArray<RefusedRow>,
  ): Effect.fn.Return<IntakeOutcome> {
    return { ...counts, refused, position: (yield* journal.status).accepted }
  })

  /** What is no record is kept with its bytes, for a person to look at and to try again. */
  const bury = Effect.fnUntraced(function* (
    values: ReadonlyArray<unknown>,
    refused: ReadonlyArray<RefusedRow>,
    origin: string,
    receivedAt: number,
  ) {
    if (refused.length === 0) return
    const { detail } = refused[0]!
    yield* log.log("Warn", origin, () => [
      `${refused.length} of ${values.length} objects of ${origin} are no records, and are kept as dead letters; the first: ${detail}`,
      { origin, refused: refused.length },
    ])
    const letters = refused.map(({ index, detail }) =>
      letterOf(values[index], { origin, detail, receivedAt }),
    )
    const { quarantine } = options
    if (quarantine === undefined) return
    // Where the disk takes none now, they wait in memory; what does not fit there is counted.
    yield* quarantine.put(letters).pipe(
      Effect.catch(() =>
        Effect.sync(() => {
          for (const letter of letters) quarantine.add(letter)
        }),
      ),
    )
  })

  const service = RecordIntake.of({
    decoded: Effect.fn("RecordIntake.decoded")(function* (records, origin, task) {
      yield* Effect.annotateCurrentSpan({ origin, records: records.length })
      let accepted = 0
      let duplicate = 0
      for (const rows of byVenue(records.map((record) => rowOf(record, streams, task)))) {
        const counts = yield* accept(rows, rows[0]!.record.stream.venue)
        accepted += counts.accepted
        duplicate += counts.duplicate
      }
      return yield* outcome({ accepted, duplicate }, [])
    }),
    objects: Effect.fn("RecordIntake.objects")(function* (values, origin, taskOf) {
      yield* Effect.annotateCurrentSpan({ origin, records: values.length })
      const now = Number((yield* Clock.currentTimeNanos) / 1000n) / 1000
      const rows: Array<Row> = []
      const refused: Array<RefusedRow> = []
      for (const [index, value] of values.entries()) {
        const read = readOutside(value, now, streams, taskOf?.(index))
        if (Result.isSuccess(read)) rows.push(read.success)
        else refused.push({ index, detail: read.failure })
      }
      yield* bury(values, refused, origin, now)
      return yield* outcome(yield* accept(rows, outside), refused)
    }),
  })

  return { service, flows }
})

const rowOf = (record: Decoded, streams: IntakeStreams, task: string | undefined): Row => ({
  source: "rest",
  // One that was written already has its stream's name in its bytes.
  record: record instanceof WrittenRecord ? record : { ...record, stream: streams.of(record.stream, task) },
})

/** Neighbours of one venue. */
const byVenue = (rows: ReadonlyArray<Row>): ReadonlyArray<ReadonlyArray<Row>> => {
  const parts: Array<Array<Row>> = []
  for (const row of rows) {
    const part = parts.at(-1)
    if (part?.[0]?.record.stream.venue === row.record.stream.venue) part.push(row)
    else parts.push([row])
  }
  return parts
}

const textOf = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}

const letterOf = (
  value: unknown,
  about: { readonly origin: string; readonly detail: string; readonly receivedAt: number },
): LetterDraft => ({
  stage: "intake",
  venue: outside,
  connection: about.origin,
  reason: "no_record",
  detail: about.detail,
  attempts: 1,
  receivedAt: about.receivedAt,
  bytes: Buffer.from(textOf(value)),
})
