import { hashText } from "../market/Hash.ts"
import type { Delivery, Victim } from "../server/Interference.ts"
import type { Entry, FaultLog } from "./FaultLog.ts"
import { placeOf, type Rule } from "./Rule.ts"

export type Deliveries = ReadonlyArray<Delivery>

/** One fault at work on one connection. */
export interface ConnectionFault {
  /** What becomes of messages that are about to leave. */
  readonly deliver?: (messages: Deliveries) => Deliveries
  /** What happens by time. */
  readonly tick?: () => void
}

/** What a fault needs to work on a connection. */
export interface Target {
  readonly rule: Rule
  readonly victim: Victim
  readonly log: FaultLog
  /** The market's time. */
  readonly now: () => number
  /** Does something once the messages of this delivery have left. */
  readonly afterwards: (action: () => void) => void
}

/** Writes down a strike on the target's connection. */
export const note = (
  { log, now, rule, victim }: Target,
  what: Pick<Entry, "detail" | "messages"> & Partial<Entry>,
): Entry =>
  log.add({
    kind: rule.fault.kind,
    fault: rule.text,
    at: now(),
    venue: victim.venue,
    connection: victim.id,
    ...what,
  })

/** The connection's place in the seed's decisions. */
export const placeOfTarget = ({ victim }: Target): number => placeOf(victim.venue, victim.id)

/** A seed for what is done to one message. */
export const seedOf = (target: Target, text: string): number =>
  hashText(target.rule.seed ^ placeOfTarget(target), text)

/** A message of a stream that the fault is about; what other faults have made is left alone. */
export const isStruckBy = ({ rule }: Target, { madeUp, stream }: Delivery): boolean =>
  madeUp !== true && rule.matches(stream)
