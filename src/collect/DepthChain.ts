import { type Decoded, noSequence } from "../domain/Decoded.ts"
import { alone, textBytes } from "../domain/WrittenRecord.ts"
import { type BookFault, type LocalBook, makeLocalBook } from "./books/LocalBook.ts"
import type { DepthRule } from "../exchanges/Venue.ts"
import { timeOf } from "./continuity/Gap.ts"

/**
 * One instrument's chain of book deltas, joined to a snapshot by the venue's rule. Deltas wait while the snapshot
 * comes; those that it contains are not published; a break waits for a new snapshot. Pure state: the caller fetches
 * what it asks for and publishes what it returns.
 */
export interface DepthChain {
  readonly rule: DepthRule
  /** The sequence of the last published delta, or of the snapshot; `undefined` while there is no snapshot. */
  last: number | undefined
  /**
   * The key of the last published delta where deltas are not numbered and a time is their sequence: what two connections
   * tell alike comes once. Empty from a snapshot on.
   */
  lastKey: string
  /** The time of what was published last; `NaN` when that is not known. */
  time: number
  /** The snapshot is published, and no delta after it yet: the next one is judged by `join`, not by `follow`. */
  joining: boolean
  readonly waiting: Array<Decoded>
  waitingBytes: number
  /** A snapshot was asked for and did not come yet. */
  asked: boolean
  /** When the first came of the deltas, one after the other, that all end before the book and are later; else `undefined`. */
  olderSince: number | undefined
  /** The book itself, where it is kept: it holds what was published, and what does not make a book breaks the chain. */
  readonly book: LocalBook | undefined
}

/** A whole book rather than a change of it: of a depth stream without a number of levels. */
export const isSnapshot = (record: Decoded): boolean => record.first === noSequence

/** Deltas that may wait for one snapshot: at ten a second, minutes of a venue that answers no REST request. */
export const maxWaiting = 4096
const maxWaitingBytes = 4 * 1024 * 1024

/**
 * A snapshot may be ahead of its stream, but not for so long: a venue that gives nothing but older deltas counts anew,
 * or its snapshot was not of this book.
 */
export const maxOlderMillis = 30_000

export interface DepthOutcome {
  /** In order, to be published. */
  readonly publish: ReadonlyArray<Decoded>
  /** Held by the snapshot, or already published. */
  readonly contained: number
  /** Waited in vain: too many came before a snapshot. */
  readonly overflowed: number
  /** A new snapshot is needed. */
  readonly wantsSnapshot: boolean
  /** The chain broke here: the last sequence before, and the delta that does not follow, or what is wrong with it. */
  readonly broken?: { readonly last: number; readonly delta: Decoded; readonly fault?: BookFault }
  /** The snapshot was older than the first delta that waits, or is no book: it is not published. */
  readonly stale?: boolean
  /** Nobody's: they came while a snapshot was on its way that holds them. */
  readonly superseded?: number | undefined
  /** The venue counts anew from here. */
  readonly restarted?: Decoded
}

const nothing: DepthOutcome = { publish: [], contained: 0, overflowed: 0, wantsSnapshot: false }

/** `book`: kept for its checksums alone unless given. */
export const makeDepthChain = (
  rule: DepthRule,
  book: LocalBook | undefined = rule.checksum === undefined ? undefined : makeLocalBook(rule),
): DepthChain => ({
  rule,
  last: undefined,
  lastKey: "",
  time: Number.NaN,
  joining: false,
  waiting: [],
  waitingBytes: 0,
  asked: false,
  olderSince: undefined,
  book,
})

const hold = (chain: DepthChain, delta: Decoded): number => {
  chain.waiting.push(alone(delta))
  chain.waitingBytes += textBytes(delta)
  let overflowed = 0
  while (
    chain.waiting.length > maxWaiting ||
    (chain.waitingBytes > maxWaitingBytes && chain.waiting.length > 1)
  ) {
    chain.waitingBytes -= textBytes(chain.waiting.shift()!)
    overflowed++
  }
  return overflowed
}

const judge = (chain: DepthChain, last: number, delta: Decoded) =>
  chain.joining ? chain.rule.join(last, delta) : chain.rule.follow(last, delta)

/** Waits for the snapshot, or is nobody's where the next snapshot will come on the stream itself, after it. */
const wait = (chain: DepthChain, delta: Decoded): Pick<DepthOutcome, "overflowed" | "superseded"> =>
  chain.rule.snapshots.kind === "stream"
    ? { overflowed: 0, superseded: 1 }
    : { overflowed: hold(chain, delta) }

const breakAt = (chain: DepthChain, last: number, delta: Decoded, fault?: BookFault): DepthOutcome => {
  chain.book?.forget()
  chain.last = undefined
  chain.joining = false
  chain.asked = true
  chain.olderSince = undefined
  return { ...nothing, ...wait(chain, delta), wantsSnapshot: true, broken: brokenAt(last, delta, fault) }
}

const brokenAt = (last: number, delta: Decoded, fault: BookFault | undefined) =>
  fault === undefined ? { last, delta } : { last, delta, fault }

/**
 * Older than the book, like all before it for too long. One that ends where the book does says nothing, and neither does
 * one that was said before the book was: it came late, or once more.
 */
const isOlderForEver = (chain: DepthChain, last: number, delta: Decoded): boolean => {
  const { last: own, receivedAt } = delta
  if (own >= last || timeOf(delta) <= chain.time) return false
  chain.olderSince ??= receivedAt
  return receivedAt - chain.olderSince >= maxOlderMillis
}

/** The very delta that came last: of numbered ones the rule knows it, and to read a key costs more than to judge one. */
const isTold = ({ lastKey, rule }: DepthChain, delta: Decoded): boolean =>
  !rule.numbered && delta.key === lastKey

/** A delta came. */
export const onDelta = (chain: DepthChain, delta: Decoded): DepthOutcome => {
  const { last } = chain
  if (last === undefined) {
    // The first one that waits asks; later ones need not ask again.
    const wantsSnapshot = !chain.asked
    chain.asked = true
    return { ...nothing, ...wait(chain, delta), wantsSnapshot }
  }
  const verdict = isTold(chain, delta) ? "contained" : judge(chain, last, delta)
  if (verdict === "contained")
    return isOlderForEver(chain, last, delta) ? breakAt(chain, last, delta) : { ...nothing, contained: 1 }
  chain.olderSince = undefined
  if (verdict === "gap") return breakAt(chain, last, delta)
  const fault = chain.book?.take(delta, false)
  if (fault !== undefined) return breakAt(chain, last, delta, fault)
  chain.last = delta.last
  if (!chain.rule.numbered) chain.lastKey = delta.key
  chain.time = timeOf(delta)
  chain.joining = false
  return verdict === "reset"
    ? { ...nothing, publish: [delta], restarted: delta }
    : { ...nothing, publish: [delta] }
}

/** A delta came of which the sequence says that it is an old one, and the time that it is not: the exchange counts anew. */
export const onReset = (chain: DepthChain, delta: Decoded): DepthOutcome =>
  chain.last === undefined ? onDelta(chain, delta) : breakAt(chain, chain.last, delta)

/** The snapshot came. */
export const onSnapshot = (chain: DepthChain, snapshot: Decoded): DepthOutcome => {
  const waiting = chain.waiting.splice(0)
  chain.waitingBytes = 0
  chain.asked = false
  chain.lastKey = ""
  chain.olderSince = undefined
  if (chain.book?.take(snapshot, true) !== undefined) {
    // Not the book that the venue has: the next one may be.
    for (const rest of waiting) hold(chain, rest)
    chain.last = undefined
    chain.asked = true
    return { ...nothing, wantsSnapshot: true, stale: true }
  }
  let last = snapshot.last
  let contained = 0
  let superseded: number | undefined
  const publish: Array<Decoded> = [snapshot]
  chain.joining = true
  for (let index = 0; index < waiting.length; index++) {
    const delta = waiting[index]!
    const verdict = judge(chain, last, delta)
    if (verdict === "contained") {
      contained++
      continue
    }
    // The venue has counted anew since it came: no snapshot will ever reach up to it.
    if (verdict === "gap" && chain.joining && snapshot.receivedAt - delta.receivedAt >= maxOlderMillis) {
      superseded = (superseded ?? 0) + 1
      continue
    }
    const fault = verdict === "gap" ? undefined : chain.book?.take(delta, false)
    if (verdict !== "gap" && fault === undefined) {
      publish.push(delta)
      last = delta.last
      chain.joining = false
    } else {
      // Older than what waits (nothing joined yet), or broken among what waits: the rest waits for another snapshot.
      for (const rest of waiting.slice(index)) hold(chain, rest)
      const stale = chain.joining
      chain.book?.forget()
      chain.last = undefined
      chain.joining = false
      chain.asked = true
      return {
        ...nothing,
        publish: stale ? [] : publish,
        contained,
        superseded,
        wantsSnapshot: true,
        ...(stale ? { stale } : { broken: brokenAt(last, delta, fault) }),
      }
    }
  }
  chain.last = last
  chain.time = timeOf(publish.at(-1)!)
  return { ...nothing, publish, contained, superseded }
}

/** Deltas that were published are lost: the next one needs a new snapshot. */
export const onHole = (chain: DepthChain): void => {
  chain.book?.forget()
  chain.last = undefined
  chain.joining = false
  chain.asked = false
}

/** What may have changed the book cannot be read: nothing is known until the next snapshot, which is asked for at once. */
export const onDoubt = (chain: DepthChain): void => {
  onHole(chain)
  chain.asked = true
}

/**
 * Publishes what waits although no snapshot will come: the end of a recording that holds none. `delta`: the one that came
 * now, where deltas do not wait.
 */
export const onNoSnapshot = (chain: DepthChain, delta?: Decoded): DepthOutcome => {
  const publish = chain.waiting.splice(0)
  if (delta !== undefined && chain.rule.snapshots.kind === "stream") publish.push(delta)
  chain.waitingBytes = 0
  chain.asked = false
  const newest = publish.at(-1)
  if (newest !== undefined) {
    chain.last = newest.last
    chain.time = timeOf(newest)
  }
  return { ...nothing, publish }
}

/** No snapshot will come: how many deltas waited for one. */
export const giveUpWaiting = (chain: DepthChain): number => {
  chain.waitingBytes = 0
  return chain.waiting.splice(0).length
}
