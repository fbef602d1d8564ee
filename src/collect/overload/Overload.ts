import type { Decoded } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import { type Parsed, recordOverhead } from "../Inlet.ts"
import { sizeOf, Thinning } from "./Thinning.ts"

/** What gives way when this machine cannot keep up: `undefined` for a channel whose records wait. */
export type GivesWay = (stream: Stream) => "drop_oldest" | "drop_newest" | "conflate" | undefined

export type Records = Extract<Parsed, { readonly kind: "records" }>

export interface Overload {
  /** For the mailbox of what is parsed: `MailboxOptions.makeRoom`. */
  readonly makeRoom: (
    waiting: ReadonlyArray<Parsed>,
    needed: number,
    message: Parsed,
  ) => ReadonlyArray<Parsed> | undefined
  /** What a message is without the newest that give way, so that it fits into `room` bytes; `undefined`: it cannot. */
  readonly withoutNewest: (
    message: Parsed,
    room: number,
  ) => { readonly left: Records; readonly dropped: number } | undefined
  readonly onDrop: (records: number) => void
}

/** Open klines of one interval stand for each other only while they are the same kline's; a closed one stands for itself. */
const supersedes = (record: Decoded): string | Stream => {
  if (record.type !== "kline") return record.stream
  return `${record.stream.key} ${record.first} ${record.last}`
}

const bytesIn = (messages: ReadonlyArray<Parsed>): number => {
  let bytes = 0
  for (const message of messages) bytes += message.bytes
  return bytes
}

/** What waits could at most give up: only where that is enough is it worth taking apart. */
const couldFree = (messages: ReadonlyArray<Parsed>, gives: (record: Decoded) => boolean): number => {
  let bytes = 0
  for (const message of messages) {
    if (message.kind !== "records") continue
    for (const record of message.records) {
      if (gives(record)) bytes += sizeOf(record)
    }
  }
  return bytes
}

/**
 * Makes room among parsed records that wait, by the policy of each channel: first those that a later one of their
 * stream stands for (`conflate`), then the oldest (`drop_oldest`). `drop_newest` gives way before it waits; only what is
 * fetched for it, or said of its connections, takes the place of the newest that wait: it comes where all is full, since
 * these keep it so, and would hold up the socket. All or nothing: where that would not be enough nothing gives way, and
 * what comes waits, and behind it the socket.
 */
export const makeOverload = (
  givesWay: GivesWay,
  capacityBytes: number,
  onDrop: (records: number) => void,
): Overload => ({
  onDrop,
  makeRoom: (waiting, needed, message) => {
    const excess = Math.max(1, bytesIn(waiting) + needed - capacityBytes)
    const isNewest = ({ stream }: Decoded) => message.kind !== "records" && givesWay(stream) === "drop_newest"
    const gives = (record: Decoded) => {
      const policy = givesWay(record.stream)
      return policy === "conflate" || policy === "drop_oldest" || isNewest(record)
    }
    if (couldFree(waiting, gives) < excess) return undefined
    const thinning = new Thinning(waiting)
    const later = new Set<string | Stream>()
    thinning.remove("newest first", Infinity, (record) => {
      if (givesWay(record.stream) !== "conflate") return false
      const key = supersedes(record)
      if (later.has(key)) return true
      later.add(key)
      return false
    })
    // More than is asked for, so that not every offer takes everything apart again.
    const ample = Math.max(2 * excess, capacityBytes / 8)
    thinning.remove("oldest first", ample, ({ stream }) => givesWay(stream) === "drop_oldest")
    // Notes of what is lost take room too.
    const noted = excess + Math.max(capacityBytes / 64, 16 * recordOverhead)
    if (message.kind !== "records") thinning.remove("newest first", noted, isNewest)
    const left = thinning.result()
    if (left.length > 0 && bytesIn(left) + needed > capacityBytes) return undefined
    onDrop(thinning.dropped)
    return left
  },
  withoutNewest: (message, room) => {
    const thinning = new Thinning([message])
    const gives = ({ stream }: Decoded) => givesWay(stream) === "drop_newest"
    // Notes of what is lost take room too: so far beyond what is free already that one more record goes each time.
    for (let enough = message.bytes - room; ; enough = Math.max(enough, thinning.freed) + recordOverhead) {
      const before = thinning.dropped
      thinning.remove("newest first", enough, gives)
      const [left] = thinning.result()
      if (left === undefined || left.kind !== "records" || thinning.dropped === before) return undefined
      // Of what is lost whole only a note is left, which takes no room here: see `givingWay`.
      if (left.records.length > 0 && left.bytes > room) continue
      return { left, dropped: thinning.dropped }
    }
  },
})
