import { hash, hash2, hashText } from "../market/Hash.ts"
import type { VenueName } from "../venues/Protocol.ts"
import type { Fault } from "./Fault.ts"
import { argumentDefaults, faultKinds } from "./FaultKinds.ts"
import { formatFault } from "./FaultText.ts"

/** A fault of a running schedule. */
export interface Rule {
  readonly fault: Fault
  /** As it is written. */
  readonly text: string
  /** Its own: what it decides depends on no other rule. */
  readonly seed: number
  /** The market's time from which `atMillis` counts. */
  readonly origin: number
  readonly matches: (stream: string) => boolean
  /** Whether it has anything to do with this venue and this connection. */
  readonly concerns: (venue: VenueName, connection?: number) => boolean
  /** How often it has struck. */
  strikes: number
  /** The episodes in which it has, on whatever connection, where `times` limits them. */
  readonly begun: Set<number>
}

const escape = (text: string) => text.replace(/[.!]/g, "\\$&")

const matcher = (pattern: string | undefined): ((stream: string) => boolean) => {
  if (pattern === undefined || pattern === "*") return () => true
  const expression = new RegExp(`^${pattern.split("*").map(escape).join(".*")}$`)
  const known = new Map<string, boolean>()
  return (stream) => {
    const before = known.get(stream)
    if (before !== undefined) return before
    const fits = expression.test(stream)
    // Names come from clients: those of one test are few, those of an attacker need not be kept.
    if (known.size < 10_000) known.set(stream, fits)
    return fits
  }
}

/** Fills in what a kind means by saying nothing. */
const normal = (fault: Fault): Fault => {
  const { atMillis, every, everyMillis, forMillis, kind } = fault
  const { lasting, strikes } = faultKinds[kind]
  if (kind === "life") return { ...fault, ageMillis: fault.lifeMillis ?? argumentDefaults.lifeMillis }
  const scheduled = atMillis !== undefined || everyMillis !== undefined
  // Who is told to wait is told so until then.
  if ((kind === "429" || kind === "418") && scheduled && forMillis === undefined && every === undefined)
    return { ...fault, forMillis: fault.retryAfterMillis ?? argumentDefaults.retryAfterMillis }
  // A lasting fault of connections that does not say when is there from their first moment.
  const unsaid = !scheduled && fault.ageMillis === undefined && every === undefined
  return lasting && strikes === "connection" && unsaid ? { ...fault, ageMillis: 0 } : fault
}

export const makeRule = (given: Fault, options: { readonly seed: number; readonly origin: number }): Rule => {
  const fault = normal(given)
  return {
    fault,
    text: formatFault(given),
    seed: options.seed,
    origin: options.origin,
    matches: matcher(fault.stream),
    concerns: (venue, connection) =>
      (fault.venue === undefined || fault.venue === venue) &&
      (fault.connection === undefined || connection === undefined || fault.connection === connection),
    strikes: 0,
    begun: new Set(),
  }
}

/** One of the stretches of time in which a fault is at work. */
export interface Episode {
  /** From 0. */
  readonly index: number
  /** The market's time at which it began. */
  readonly start: number
}

/** The episode that `now` falls into. `opened` is when the connection opened, for faults that count from there. */
export const episodeOf = (
  { fault, origin }: Pick<Rule, "fault" | "origin">,
  now: number,
  opened: number,
): Episode | undefined => {
  const { ageMillis, atMillis, everyMillis, forMillis } = fault
  const base = ageMillis === undefined ? origin : opened
  const first = base + (ageMillis ?? atMillis ?? everyMillis ?? 0)
  if (now < first) return undefined
  const index = everyMillis === undefined ? 0 : Math.floor((now - first) / everyMillis)
  const start = first + index * (everyMillis ?? 0)
  return forMillis !== undefined && now >= start + forMillis ? undefined : { index, start }
}

/** Whether the seed lets a fault strike here. The same place gives the same answer, whenever it is asked. */
export const chance = ({ fault, seed }: Rule, place: number, what: string | number): boolean => {
  const { probability } = fault
  if (probability === undefined) return true
  const dice = typeof what === "number" ? hash2(seed, place, what) : hashText(hash(seed, place), what)
  return dice / 0x1_0000_0000 < probability
}

/** A venue's connections, and those of different venues, have places of their own. */
export const placeOf = (venue: VenueName, connection: number): number => hashText(connection, venue)

/** Decides, occasion by occasion (messages, handshakes, requests), whether a rule strikes. */
export interface Trigger {
  /** `what` tells this occasion from others, for the seed. */
  readonly strikes: (now: number, what: string | number) => boolean
  /** An occasion that is struck already by what began before: it counts, and begins nothing. */
  readonly pass: () => void
}

/** A trigger counts for one connection, or for one door. */
export const makeTrigger = (rule: Rule, place: number, opened: number): Trigger => {
  const { ageMillis, every, everyMillis, forMillis, probability, times } = rule.fault
  const { lasting } = faultKinds[rule.fault.kind]
  /** Every occasion of an episode is one to strike at, not its first alone. */
  const each =
    forMillis !== undefined || (everyMillis === undefined && (lasting || probability !== undefined))
  let count = 0
  let struck = -1

  /** Whether it may begin in this episode: in one that it has begun in on another connection, or while `times` are left. */
  const mayBegin = (index: number): boolean => {
    if (times === undefined || rule.begun.has(index)) return true
    // An episode in which nothing came that it could have struck is none of them.
    if (rule.begun.size >= times) return false
    rule.begun.add(index)
    return true
  }

  /** Whether this occasion is one to strike at, and whether `times` still allows it. */
  const offered = ({ index, start }: Episode): boolean => {
    if (every !== undefined || each)
      return (every === undefined || count % every === 0) && (times === undefined || rule.strikes < times)
    if (struck === index || (ageMillis === undefined && opened > start)) return false
    struck = index
    return mayBegin(index)
  }

  return {
    strikes: (now, what) => {
      const episode = episodeOf(rule, now, opened)
      if (episode === undefined) return false
      count++
      if (!offered(episode) || !chance(rule, place, what)) return false
      rule.strikes++
      return true
    },
    pass: () => void count++,
  }
}
