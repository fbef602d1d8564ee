import type { Decoded } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import { textBytes } from "../../domain/WrittenRecord.ts"
import { bytesOf, mergedRecords, type Parsed, recordOverhead } from "../Inlet.ts"
import { copy, type Lost, merge } from "./Lost.ts"

/** What a record takes of a mailbox. */
export const sizeOf = (record: Decoded): number => recordOverhead + textBytes(record)

/** The messages of a mailbox while records are taken out of them. */
export class Thinning {
  readonly #kept: Array<Array<Decoded>> = []
  readonly #lost: Array<Map<Stream, Lost>> = []
  readonly #messages: ReadonlyArray<Parsed>
  freed = 0
  dropped = 0

  constructor(messages: ReadonlyArray<Parsed>) {
    this.#messages = messages
    for (const message of messages) {
      this.#kept.push(message.kind === "records" ? [...message.records] : [])
      this.#lost.push(
        message.kind === "records" && message.lost !== undefined ? copy(message.lost) : new Map(),
      )
    }
  }

  /** From the newest message back or from the oldest on, as long as `enough` bytes are not freed. */
  remove(order: "newest first" | "oldest first", enough: number, gives: (record: Decoded) => boolean): void {
    const from = order === "oldest first" ? 0 : this.#kept.length - 1
    const step = order === "oldest first" ? 1 : -1
    for (let at = from; at >= 0 && at < this.#kept.length && this.freed < enough; at += step) {
      const records = this.#kept[at]!
      const left: Array<Decoded> = []
      const first = order === "oldest first" ? 0 : records.length - 1
      for (let index = first; index >= 0 && index < records.length; index += step) {
        const record = records[index]!
        if (this.freed < enough && gives(record)) this.#lose(at, record)
        else left.push(record)
      }
      if (left.length === records.length) continue
      this.#kept[at] = order === "oldest first" ? left : left.reverse()
    }
  }

  #lose(at: number, record: Decoded): void {
    const { stream, receivedAt, last: through } = record
    this.freed += sizeOf(record)
    this.dropped++
    const lost = this.#lost[at]!.get(stream)
    if (lost === undefined) {
      this.#lost[at]!.set(stream, { records: 1, first: receivedAt, last: receivedAt, through })
      return
    }
    lost.records++
    lost.first = Math.min(lost.first, receivedAt)
    lost.last = Math.max(lost.last, receivedAt)
    lost.through = Math.max(lost.through, through)
  }

  /** What is left, in order, with small batches made one. What was lost of a stream stands before what comes after it. */
  result(): ReadonlyArray<Parsed> {
    const result: Array<Parsed> = []
    let open: { records: Array<Decoded>; lost: Map<Stream, Lost> } | undefined
    const close = () => {
      if (open === undefined) return
      const { records, lost } = open
      const bytes = bytesOf(records) + lost.size * recordOverhead
      if (records.length + lost.size > 0)
        result.push({ kind: "records", records, bytes, ...(lost.size === 0 ? {} : { lost }) })
      open = undefined
    }
    this.#messages.forEach((message, at) => {
      if (message.kind !== "records") {
        close()
        result.push(message)
        return
      }
      const records = this.#kept[at]!
      const lost = this.#lost[at]!
      const joins =
        open !== undefined &&
        (open.records.length === 0 || lost.size === 0) &&
        open.records.length + records.length <= mergedRecords
      if (!joins) close()
      open ??= { records: [], lost: new Map() }
      for (const record of records) open.records.push(record)
      for (const [stream, more] of lost) open.lost.set(stream, merge(open.lost.get(stream), more))
    })
    close()
    return result
  }
}
