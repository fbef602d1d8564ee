import type { Decoded } from "../domain/Decoded.ts"
import type { DepthRule } from "../exchanges/Venue.ts"

/**
 * One instrument's chain of book deltas, joined to a snapshot by the venue's rule. Deltas wait while the snapshot
 * comes; those that it contains are not published; a break waits for a new snapshot. Pure state: the caller fetches
 * what it asks for and publishes what it returns.
 */
export interface DepthChain {
  readonly rule: DepthRule
  /** The sequence of the last published delta, or of the snapshot; `undefined` while there is no snapshot. */
  last: number | undefined
  /** The snapshot is published, and no delta after it yet: the next one is judged by `join`, not by `follow`. */
  joining: boolean
  readonly waiting: Array<Decoded>
  waitingBytes: number
}

/** Deltas that may wait for one snapshot: at ten a second, minutes of a venue that answers no REST request. */
export const maxWaiting = 4096
const maxWaitingBytes = 4 * 1024 * 1024

export interface DepthOutcome {
  /** In order, to be published. */
  readonly publish: ReadonlyArray<Decoded>
  /** Held by the snapshot, or already published. */
  readonly contained: number
  /** Waited in vain: too many came before a snapshot. */
  readonly overflowed: number
  /** A new snapshot is needed. */
  readonly wantsSnapshot: boolean
  /** The chain broke here: the last sequence before, and the delta that does not follow. */
  readonly broken?: { readonly last: number; readonly delta: Decoded }
  /** The snapshot was older than the first delta that waits: it is not published. */
  readonly stale?: boolean
}

const nothing: DepthOutcome = { publish: [], contained: 0, overflowed: 0, wantsSnapshot: false }

export const makeDepthChain = (rule: DepthRule): DepthChain => ({
  rule,
  last: undefined,
  joining: false,
  waiting: [],
  waitingBytes: 0,
})

const hold = (chain: DepthChain, delta: Decoded): number => {
  chain.waiting.push(delta)
  chain.waitingBytes += delta.data.length
  let overflowed = 0
  while (
    chain.waiting.length > maxWaiting ||
    (chain.waitingBytes > maxWaitingBytes && chain.waiting.length > 1)
  ) {
    chain.waitingBytes -= chain.waiting.shift()!.data.length
    overflowed++
  }
  return overflowed
}

const judge = (chain: DepthChain, last: number, delta: Decoded) =>
  chain.joining ? chain.rule.join(last, delta) : chain.rule.follow(last, delta)

/** A delta came. */
export const onDelta = (chain: DepthChain, delta: Decoded): DepthOutcome => {
  const { last } = chain
  if (last === undefined) {
    // The first one that waits asks; later ones need not ask again.
    const wantsSnapshot = chain.waiting.length === 0
    return { ...nothing, overflowed: hold(chain, delta), wantsSnapshot }
  }
  const verdict = judge(chain, last, delta)
  if (verdict === "contained") return { ...nothing, contained: 1 }
  if (verdict === "next") {
    chain.last = delta.last
    chain.joining = false
    return { ...nothing, publish: [delta] }
  }
  chain.last = undefined
  chain.joining = false
  return { ...nothing, overflowed: hold(chain, delta), wantsSnapshot: true, broken: { last, delta } }
}

/** The snapshot came. */
export const onSnapshot = (chain: DepthChain, snapshot: Decoded): DepthOutcome => {
  const waiting = chain.waiting.splice(0)
  chain.waitingBytes = 0
  let last = snapshot.last
  let contained = 0
  const publish: Array<Decoded> = [snapshot]
  chain.joining = true
  for (let index = 0; index < waiting.length; index++) {
    const delta = waiting[index]!
    const verdict = judge(chain, last, delta)
    if (verdict === "contained") contained++
    else if (verdict === "next") {
      publish.push(delta)
      last = delta.last
      chain.joining = false
    } else {
      // Older than what waits (nothing joined yet), or broken among what waits: the rest waits for another snapshot.
      for (const rest of waiting.slice(index)) hold(chain, rest)
      const stale = chain.joining
      chain.last = undefined
      chain.joining = false
      return {
        ...nothing,
        publish: stale ? [] : publish,
        contained,
        wantsSnapshot: true,
        ...(stale ? { stale } : { broken: { last, delta } }),
      }
    }
  }
  chain.last = last
  return { ...nothing, publish, contained }
}

/** Publishes what waits although no snapshot will come: the end of a recording that holds none. */
export const onNoSnapshot = (chain: DepthChain): DepthOutcome => {
  const publish = chain.waiting.splice(0)
  chain.waitingBytes = 0
  if (publish.length > 0) chain.last = publish.at(-1)!.last
  return { ...nothing, publish }
}
