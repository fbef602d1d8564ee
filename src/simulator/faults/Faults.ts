import { hash2 } from "../market/Hash.ts"
import type {
  Arrival,
  Delivery,
  Interference,
  RestTreatment,
  Victim,
  Welcome,
} from "../server/Interference.ts"
import type { VenueName } from "../venues/Protocol.ts"
import type { ConnectionFault, Target } from "./ConnectionFault.ts"
import { makeWholeFault } from "./ConnectionFaults.ts"
import { type DoorFault, makeDoorFault } from "./DoorFaults.ts"
import type { FaultSchedule } from "./Fault.ts"
import { faultKinds } from "./FaultKinds.ts"
import { type FaultLog, makeFaultLog } from "./FaultLog.ts"
import { makeMessageFault } from "./MessageFaults.ts"
import { makeRule, makeTrigger, placeOf, type Rule, type Trigger } from "./Rule.ts"
import { type Exchanges, makeSequenceReset, type SequenceReset } from "./SequenceReset.ts"

/** A running schedule. */
export interface Faults {
  /** The schedule's work, after that of the interference it was given. */
  readonly interference: Interference
  /** Adds faults whose times count from now. */
  readonly inject: (schedule: FaultSchedule) => void
  readonly log: FaultLog
}

/** What the schedule does to one connection. */
interface Bed {
  /** How many of the rules have been looked at. */
  seen: number
  readonly faults: Array<ConnectionFault>
}

export const makeFaults = (options: {
  readonly seed: number
  readonly schedule: FaultSchedule
  /** The market's time. */
  readonly now: () => number
  readonly exchanges: Exchanges
  readonly interference: Interference
  /** How many strikes the log keeps. */
  readonly keep: number
}): Faults => {
  const { exchanges, interference: own, now } = options
  const log = makeFaultLog(options.keep)
  const rules: Array<Rule> = []
  const doors: Array<DoorFault> = []
  const resets: Array<SequenceReset> = []
  const subscribing: Array<readonly [Rule, WeakMap<Victim, Trigger>]> = []
  const beds = new WeakMap<Victim, Bed>()
  let afterwards: Array<() => void> = []

  const inject = (schedule: FaultSchedule): void => {
    for (const fault of schedule) {
      const rule = makeRule(fault, { seed: hash2(options.seed, 0xfa17, rules.length), origin: now() })
      rules.push(rule)
      switch (faultKinds[fault.kind].strikes) {
        case "door":
          doors.push(makeDoorFault({ rule, log, now }))
          break
        case "venue":
          resets.push(makeSequenceReset({ rule, log, now, exchanges }))
          break
        case "subscription":
          subscribing.push([rule, new WeakMap()])
          break
        case "message":
        case "connection":
          break
      }
    }
  }

  const faultsOf = (victim: Victim): ReadonlyArray<ConnectionFault> => {
    let bed = beds.get(victim)
    if (bed === undefined) {
      bed = { seen: 0, faults: [] }
      beds.set(victim, bed)
    }
    for (; bed.seen < rules.length; bed.seen++) {
      const rule = rules[bed.seen]!
      if (!rule.concerns(victim.venue, victim.id)) continue
      const target: Target = { rule, victim, log, now, afterwards: (action) => afterwards.push(action) }
      const fault = makeMessageFault(target) ?? makeWholeFault(target)
      if (fault !== undefined) bed.faults.push(fault)
    }
    return bed.faults
  }

  const deliver = (victim: Victim, messages: ReadonlyArray<Delivery>): ReadonlyArray<Delivery> => {
    let left = own.deliver === undefined ? messages : own.deliver(victim, messages)
    for (const reset of resets) left = reset.deliver(victim, left)
    for (const fault of faultsOf(victim)) left = fault.deliver?.(left) ?? left
    if (afterwards.length === 0) return left
    const actions = afterwards
    afterwards = []
    victim.send(left)
    for (const action of actions) action()
    return []
  }

  const tick = (victim: Victim): void => {
    own.tick?.(victim)
    for (const fault of faultsOf(victim)) fault.tick?.()
  }

  const connect = (arrival: Arrival): Welcome => {
    const first = own.connect?.(arrival) ?? { type: "accept" }
    if (first.type !== "accept") return first
    let afterMillis = first.afterMillis ?? 0
    for (const door of doors) {
      const welcome = door.connect(arrival)
      if (welcome === undefined) continue
      if (welcome.type !== "accept") return welcome
      afterMillis += welcome.afterMillis ?? 0
    }
    return { type: "accept", afterMillis }
  }

  const mutes = (
    [rule, triggers]: readonly [Rule, WeakMap<Victim, Trigger>],
    victim: Victim,
    stream: string,
  ) => {
    if (!rule.concerns(victim.venue, victim.id) || !rule.matches(stream)) return false
    let trigger = triggers.get(victim)
    if (trigger === undefined) {
      trigger = makeTrigger(rule, placeOf(victim.venue, victim.id), victim.since)
      triggers.set(victim, trigger)
    }
    return trigger.strikes(now(), stream)
  }
  const subscribe = (victim: Victim, stream: string): boolean => {
    if (own.subscribe?.(victim, stream) === false) return false
    const muting = subscribing.find((each) => mutes(each, victim, stream))
    if (muting === undefined) return true
    const [{ fault, text }] = muting
    log.add({
      kind: fault.kind,
      fault: text,
      at: now(),
      venue: victim.venue,
      connection: victim.id,
      stream,
      messages: 0,
      detail: "acknowledged; it stays silent until it is subscribed to anew",
    })
    return false
  }

  const request = (venue: VenueName, url: string): RestTreatment => {
    const treatment = Object.assign(
      {},
      own.request?.(venue, url),
      ...doors.map((door) => door.request(venue, url)),
    ) as RestTreatment
    let asked = treatment.url ?? url
    for (const reset of resets) asked = reset.request(venue, asked)
    return asked === url ? treatment : { ...treatment, url: asked }
  }

  const bookAge = (victim: Victim, stream: string): number => {
    let age = own.bookAge?.(victim, stream) ?? 0
    for (const door of doors) age += door.bookAge(victim, stream)
    return age
  }
  const tell = (victim: Victim, stream: string, text: string): string =>
    resets.reduce(
      (told, reset) => reset.tell(victim.venue, stream, told),
      own.tell?.(victim, stream, text) ?? text,
    )

  inject(options.schedule)
  return {
    log,
    inject,
    // Without rules it is out of the way altogether, on the path of every message too.
    interference: {
      connect,
      subscribe,
      request,
      bookAge,
      tell,
      get deliver() {
        return rules.length === 0 ? own.deliver : deliver
      },
      get tick() {
        return rules.length === 0 ? own.tick : tick
      },
      answer: (venue, url, reply) => {
        const said = own.answer === undefined ? reply : own.answer(venue, url, reply)
        return said && resets.reduce((changed, reset) => reset.answer(venue, url, changed), said)
      },
    },
  }
}
