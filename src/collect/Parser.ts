import type { VenueMetrics } from "../../services/Metrics.ts"
import { type Control, type Decode, type Decoded, makeOutput, type Reject } from "../domain/Decoded.ts"
import type { FrameBatch } from "../domain/Frame.ts"
import type { Venue } from "../exchanges/Venue.ts"
import { type Inlet, mergedRecords, type Parsed, recordOverhead, type SnapshotBody } from "./Inlet.ts"

export interface ParserOptions {
  readonly venue: Venue
  readonly metrics: VenueMetrics
  readonly onControl: (connection: string, control: Control) => void
  /** A frame that no decoder could use, with what was wrong. Called in order; must be cheap. */
  readonly onReject: (reject: Reject, frame: Buffer, connection: string) => void
}

/** Turns what arrived into records, once per batch. */
export type Parser = (inlets: ReadonlyArray<Inlet>) => ReadonlyArray<Parsed>

/** A decoder never throws by design. If one does, that frame is rejected and its neighbours are not touched. */
const guarded =
  (decode: Decode): Decode =>
  (frame, receivedAt, output) => {
    const records = output.records.length
    try {
      decode(frame, receivedAt, output)
    } catch (error) {
      output.records.length = records
      output.rejects.push({
        reason: "decoder_threw",
        detail: error instanceof Error ? error.message : String(error),
      })
    }
  }

export const makeParser = (options: ParserOptions): Parser => {
  const { venue, metrics } = options
  const decode = guarded(venue.decode)
  const output = makeOutput()

  /** Empties everything but the records. */
  const settle = (batch: FrameBatch, frame: Buffer) => {
    for (const control of output.controls) options.onControl(batch.connection, control)
    for (const reject of output.rejects) {
      metrics.framesRejected(reject.reason).add(1)
      options.onReject(reject, frame, batch.connection)
    }
    for (const reason of output.skips) metrics.recordsFiltered(reason).add(1)
    output.controls.length = 0
    output.rejects.length = 0
    output.skips.length = 0
  }

  const decodeBatch = (batch: FrameBatch): void => {
    let control = 0
    let rejected = 0
    let skipped = 0
    for (let index = 0; index < batch.frames.length; index++) {
      const frame = batch.frames[index]!
      decode(frame, batch.receivedAt[index]!, output)
      if (output.controls.length === 0 && output.rejects.length === 0 && output.skips.length === 0) continue
      if (output.rejects.length > 0) rejected++
      else if (output.controls.length > 0) control++
      skipped += output.skips.length
      settle(batch, frame)
    }
    metrics.framesControl.add(control)
    metrics.framesDecoded.add(batch.frames.length - control - rejected)
    // Skipped records are produced and filtered.
    if (skipped > 0) metrics.recordsProduced("trade").add(skipped)
  }

  const takeRecords = (): Parsed | undefined => {
    if (output.records.length === 0) return undefined
    const records: ReadonlyArray<Decoded> = output.records.splice(0)
    let bytes = 0
    for (const record of records) bytes += record.data.length
    countProduced(metrics, records)
    return { kind: "records", records, bytes: bytes + records.length * recordOverhead }
  }

  const decodeSnapshot = (inlet: SnapshotBody): Parsed => {
    const stream = inlet.snapshotOf
    const result = venue.depth!.decode(inlet.body, stream, inlet.receivedAt, inlet.levels)
    if (!("reason" in result)) metrics.recordsProduced(result.type).add(1)
    return { kind: "snapshot", stream, result, bytes: inlet.body.length }
  }

  return (inlets) => {
    const parsed: Array<Parsed> = []
    const flush = () => {
      const records = takeRecords()
      if (records !== undefined) parsed.push(records)
    }
    for (const inlet of inlets) {
      if ("snapshotOf" in inlet) {
        flush()
        parsed.push(decodeSnapshot(inlet))
        continue
      }
      decodeBatch(inlet)
      if (output.records.length >= mergedRecords) flush()
    }
    flush()
    return parsed
  }
}

/** Counts runs of one type, which is what a batch mostly is, with one addition each. */
const countProduced = (metrics: VenueMetrics, records: ReadonlyArray<Decoded>): void => {
  const counts = new Map<Decoded["type"], number>()
  for (const { type } of records) counts.set(type, (counts.get(type) ?? 0) + 1)
  for (const [type, count] of counts) metrics.recordsProduced(type).add(count)
}
