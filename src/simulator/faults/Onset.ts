import type { Delivery } from "../server/Interference.ts"
import { isStruckBy, placeOfTarget, type Target } from "./ConnectionFault.ts"
import { chance, episodeOf, makeTrigger } from "./Rule.ts"

/** When a fault of a connection begins: by time, or at a message. */
export interface Onset {
  /** The market's time at which it began since this was asked last. */
  readonly byTime: () => number | undefined
  /** Whether it begins with this message, after it has left. */
  readonly byMessage: (message: Delivery) => boolean
}

const never = () => undefined

const byMessage = (target: Target): Onset => {
  const trigger = makeTrigger(target.rule, placeOfTarget(target), target.victim.since)
  return {
    byTime: never,
    byMessage: (message) => isStruckBy(target, message) && trigger.strikes(target.now(), message.text),
  }
}

/**
 * By the simulator's time it begins on the connections that stand at that moment, and that hold such a stream. By a
 * connection's age it begins then, or as soon as the connection holds such a stream.
 */
const byTime = (target: Target, everywhere: boolean): Onset => {
  const { now, rule, victim } = target
  const { fault } = rule
  const place = placeOfTarget(target)
  const aged = fault.ageMillis !== undefined
  let decided = -1
  const holds = () => everywhere || fault.stream === undefined || victim.streams().some(rule.matches)
  return {
    byMessage: () => false,
    byTime: () => {
      const episode = episodeOf(rule, now(), victim.since)
      if (episode === undefined || episode.index === decided) return undefined
      const held = holds()
      if (aged && !held) return undefined
      decided = episode.index
      const over = fault.times !== undefined && (aged ? rule.strikes : episode.index) >= fault.times
      const absent = !aged && victim.since > episode.start
      if (over || absent || !held || !chance(rule, place, episode.index)) return undefined
      rule.strikes++
      return episode.start
    },
  }
}

/** `everywhere`: the fault looks after the streams itself. */
export const makeOnset = (target: Target, everywhere: boolean): Onset => {
  const { ageMillis, atMillis, every, everyMillis, probability } = target.rule.fault
  const timed = atMillis !== undefined || ageMillis !== undefined || everyMillis !== undefined
  return every !== undefined || (probability !== undefined && !timed)
    ? byMessage(target)
    : byTime(target, everywhere)
}
