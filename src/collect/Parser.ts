import type { VenueMetrics } from "../../services/Metrics.ts"
import {
  type Control,
  type Decoded,
  makeOutput,
  type Reject,
  type Skipped,
  type Source,
} from "../domain/Decoded.ts"
import { Frame, type FrameBatch } from "../domain/Frame.ts"
import { showFrame } from "../domain/Frames.ts"
import type { Stream } from "../domain/Stream.ts"
import { restSnapshots, type Venue } from "../exchanges/Venue.ts"
import { type Handover, isRecord, type Item } from "./connections/Handover.ts"
import type { Handovers } from "./connections/Handovers.ts"
import {
  type Backfill,
  bytesOf,
  type Inlet,
  type Interruption,
  isFrames,
  mergedRecords,
  type Parsed,
  type Polled,
  recordOverhead,
  type SnapshotBody,
} from "./Inlet.ts"
import { countProduced } from "./Produced.ts"

export interface ParserOptions {
  readonly venue: Venue
  readonly metrics: VenueMetrics
  /** Of the records that frames hold; `stream` unless given. */
  readonly source?: Source
  readonly onControl: (connection: string, control: Control) => void
  /** What no decoder could use. Called in order; must be cheap, and copy the bytes if it keeps them. */
  readonly onReject: (rejected: Rejected) => void
  /** The books on a connection, of which a frame of nobody may have been a change; none unless given. */
  readonly booksOn?: (connection: string) => ReadonlyArray<Stream>
  /** Connections that move from one socket to another. */
  readonly handovers?: Pick<Handovers, "of" | "heed">
}

/** Bytes that no decoder could use, with what was wrong. */
export interface Rejected extends Reject {
  readonly bytes: Buffer
  readonly connection: string
  /** The route of the connection, where known. */
  readonly route?: string
  readonly receivedAt: number
  /** How often it was decoded. */
  readonly attempts: number
  /** The stack of what the decoder threw, where it threw. */
  readonly cause?: string
  /** A book's snapshot: what its stream needs is another, not a gap. */
  readonly snapshot?: boolean
}

/** A decoder that throws is called so often with the same frame. */
export const decodeAttempts = 3

interface Thrown {
  readonly reject: Reject
  readonly cause?: string
}

const longestCause = 2000

const describe = (error: unknown): Thrown => {
  const reject = {
    reason: "decoder_threw",
    detail: error instanceof Error ? error.message : String(error),
  } as const
  return error instanceof Error && error.stack !== undefined
    ? { reject, cause: error.stack.slice(0, longestCause) }
    : { reject }
}

/** Turns what arrived into records, once per batch. */
export type Parser = (inlets: ReadonlyArray<Inlet>) => ReadonlyArray<Parsed>

export const makeParser = (options: ParserOptions): Parser => {
  const { venue, metrics } = options
  const output = makeOutput(options.source)
  /** The one that is decoded. */
  const frame = new Frame()
  const snapshots = restSnapshots(venue.depth)
  /** The last time that a frame of nobody put the books of its connection in doubt. */
  let doubted: { readonly connection: string; readonly said: Parsed } | undefined

  /**
   * A decoder never throws by design. One that does gets the same frame again; what throws each time is rejected, and
   * its neighbours are not touched.
   */
  const decode = (frame: Frame, receivedAt: number, route: string | undefined): Thrown | undefined => {
    const records = output.records.length
    for (let attempt = 1; ; attempt++) {
      try {
        venue.decode(frame, receivedAt, output, route)
        return undefined
      } catch (error) {
        output.records.length = records
        output.controls.length = 0
        output.rejects.length = 0
        output.skips.length = 0
        output.skipped.length = 0
        if (attempt < decodeAttempts) continue
        const thrown = describe(error)
        output.rejects.push(thrown.reject)
        return thrown
      }
    }
  }

  /** Empties everything but the records. */
  const settle = (batch: FrameBatch, index: number, thrown: Thrown | undefined) => {
    const { connection } = batch
    for (const control of output.controls) options.onControl(connection, control)
    for (const reject of output.rejects) {
      metrics.framesRejected(reject.reason).add(1)
      options.onReject({
        ...reject,
        bytes: batch.frames.at(index)!,
        connection,
        receivedAt: batch.receivedAt[index]!,
        attempts: thrown === undefined ? 1 : decodeAttempts,
        ...(batch.route === undefined ? {} : { route: batch.route }),
        ...(thrown?.cause === undefined ? {} : { cause: thrown.cause }),
      })
    }
    for (const reason of output.skips) metrics.recordsFiltered(reason).add(1)
    output.controls.length = 0
    output.rejects.length = 0
    output.skips.length = 0
  }

  const decodeBatch = (batch: FrameBatch, parsed: Array<Parsed>): void => {
    let control = 0
    let rejected = 0
    let skipped = 0
    const handover = options.handovers?.of(batch.connection)
    for (let index = 0; index < batch.frames.length; index++) {
      const before = output.records.length
      const thrown = decode(showFrame(batch.frames, index, frame), batch.receivedAt[index]!, batch.route)
      if (handover !== undefined) weave(handover, batch.connection, before, parsed)
      if (output.controls.length === 0 && output.rejects.length === 0 && output.skips.length === 0) continue
      if (output.rejects.length > 0) rejected++
      else if (output.controls.length > 0) control++
      skipped += output.skips.length
      if (output.skipped.length > 0) takeSkipped(parsed)
      if (output.rejects.length > 0) takeRejected(parsed, batch.connection, batch.receivedAt[index]!)
      settle(batch, index, thrown)
    }
    metrics.framesControl.add(control)
    metrics.framesDecoded.add(batch.frames.length - control - rejected)
    // Skipped records are produced and filtered.
    if (skipped > 0) metrics.recordsProduced("trade").add(skipped)
  }

  /** What goes on, in order: records as they come, places without a record between them. */
  const giver = (parsed: Array<Parsed>) => (item: Item) => {
    if (isRecord(item)) output.records.push(item)
    else pushSkipped([item], parsed)
  }

  /** Two sockets carry the same streams: of what the frame gave, what is due goes on. */
  const weave = (handover: Handover, origin: string, before: number, parsed: Array<Parsed>): void => {
    const items: ReadonlyArray<Item> = [...output.records.splice(before), ...output.skipped.splice(0)]
    const give = giver(parsed)
    for (const item of items) {
      const fate = handover.take(origin, item, give)
      if (fate !== "duplicate" || !isRecord(item)) continue
      metrics.recordsProduced(item.type).add(1)
      metrics.recordsDuplicate.add(1)
    }
  }

  const takeRecords = (): Parsed | undefined => {
    if (output.records.length === 0) return undefined
    const records: ReadonlyArray<Decoded> = output.records.splice(0)
    countProduced(metrics, records)
    return { kind: "records", records, bytes: bytesOf(records) }
  }

  const takeBackfill = (backfill: Backfill): Parsed => {
    countProduced(metrics, backfill.records)
    return { kind: "backfill", backfill, bytes: bytesOf(backfill.records) }
  }

  const takePolled = ({ records }: Polled): Parsed => {
    countProduced(metrics, records)
    return { kind: "records", records, bytes: bytesOf(records), polled: true }
  }

  const flush = (parsed: Array<Parsed>): void => {
    const records = takeRecords()
    if (records !== undefined) parsed.push(records)
  }

  /** Between the records before and after: their stream's chain is judged in order. They are seldom. */
  const takeSkipped = (parsed: Array<Parsed>): void => pushSkipped(output.skipped.splice(0), parsed)

  const pushSkipped = (skipped: ReadonlyArray<Skipped>, parsed: Array<Parsed>): void => {
    flush(parsed)
    parsed.push({ kind: "skipped", skipped, bytes: skipped.length * recordOverhead })
  }

  /**
   * What a frame was to bring its stream is missing from here on. Where no number in a book tells that a change is missing,
   * a frame of nobody may have been one of any book of its connection.
   */
  const takeRejected = (parsed: Array<Parsed>, connection: string, at: number): void => {
    const named = output.rejects.flatMap(({ stream }) => stream ?? [])
    if (named.length > 0) interrupt(parsed, { interrupted: named, cause: "rejected", at })
    const ofNobody = output.rejects.some(({ foreign, stream }) => stream === undefined && foreign !== true)
    if (!ofNobody || venue.depth?.numbered !== false) return
    // All of them are doubted already, and nothing came since.
    if (doubted?.connection === connection && output.records.length === 0 && parsed.at(-1) === doubted.said)
      return
    const books = options.booksOn?.(connection) ?? []
    if (books.length === 0) return
    doubted = {
      connection,
      said: interrupt(parsed, { interrupted: books, cause: "rejected", possible: true, at }),
    }
  }

  const interrupt = (parsed: Array<Parsed>, interruption: Interruption): Parsed => {
    flush(parsed)
    const said = {
      kind: "interrupted",
      interruption,
      bytes: recordOverhead + 8 * interruption.interrupted.length,
    } as const
    parsed.push(said)
    return said
  }

  const readSnapshot = ({
    body,
    snapshotOf,
    receivedAt,
    levels,
  }: SnapshotBody): Decoded | Thrown | Reject => {
    for (let attempt = 1; ; attempt++) {
      try {
        return snapshots!.decode(body, snapshotOf, receivedAt, levels)
      } catch (error) {
        if (attempt === decodeAttempts) return describe(error)
      }
    }
  }

  const decodeSnapshot = (inlet: SnapshotBody): Parsed => {
    const stream = inlet.snapshotOf
    const read = readSnapshot(inlet)
    const result = "reject" in read ? read.reject : read
    if ("reason" in result)
      options.onReject({
        ...result,
        bytes: inlet.body,
        connection: `${venue.name}/rest`,
        receivedAt: inlet.receivedAt,
        attempts: "reject" in read ? decodeAttempts : 1,
        stream,
        snapshot: true,
        ...("reject" in read && read.cause !== undefined ? { cause: read.cause } : {}),
      })
    else metrics.recordsProduced(result.type).add(1)
    return { kind: "snapshot", stream, result, bytes: inlet.body.length }
  }

  return (inlets) => {
    const parsed: Array<Parsed> = []
    for (const inlet of inlets) {
      if (isFrames(inlet)) {
        decodeBatch(inlet, parsed)
        if (output.records.length >= mergedRecords) flush(parsed)
        continue
      }
      flush(parsed)
      if ("snapshotOf" in inlet) parsed.push(decodeSnapshot(inlet))
      else if ("backfillOf" in inlet) parsed.push(takeBackfill(inlet))
      else if ("polledOf" in inlet) parsed.push(takePolled(inlet))
      else if ("departed" in inlet) parsed.push({ kind: "departed", departure: inlet, bytes: recordOverhead })
      else if ("handover" in inlet) options.handovers?.heed(inlet, giver(parsed))
      else interrupt(parsed, inlet)
    }
    flush(parsed)
    return parsed
  }
}
