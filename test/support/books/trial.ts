import { Cause, Effect, Exit } from "effect"
import { makeDice } from "../seed.ts"
import type { BookRule } from "./rules.ts"
import { type Outcome, runSchedule } from "./schedule.ts"
import { makeWorld, type World } from "./world.ts"

/** Long enough for all faults and for the book to become whole after them. */
const shortTicks = 100
/** A venue that counts anew without a word is only believed after half a minute. */
const longTicks = 450

export interface Trial extends Outcome {
  readonly schedules: number
  /** In how many of them the venue counted anew. */
  readonly resets: number
  /** What was wrong, with the seed that repeats it. */
  readonly failed: ReadonlyArray<string>
}

/**
 * So many schedules with seeds in a row. Worlds cost more than schedules: every sixteenth schedule goes on in another
 * one of `worlds`, and in one of eight the venue counts anew. A seed alone repeats its schedule.
 */
export const tryRule = Effect.fnUntraced(function* (
  rule: BookRule,
  options: { readonly first: number; readonly count: number; readonly worlds: number },
) {
  const worlds = new Map<string, World>()
  const worldOf = (seed: number): World => {
    const resets = seed % 8 === 7
    const number = Math.floor(seed / 16) % options.worlds
    const key = `${number} ${resets}`
    const known = worlds.get(key)
    if (known !== undefined) return known
    const made = makeWorld(rule, number, resets && rule.reset === "silent" ? longTicks : shortTicks, resets)
    worlds.set(key, made)
    return made
  }
  const total = { schedules: 0, resets: 0, faults: 0, compared: 0, gaps: 0 }
  const failed: Array<string> = []
  for (let index = 0; index < options.count; index++) {
    const seed = (options.first + index) >>> 0
    const world = worldOf(seed)
    const exit = yield* Effect.exit(runSchedule(rule, world, makeDice(seed)))
    total.schedules++
    if (world.resetAt !== undefined) total.resets++
    if (Exit.isFailure(exit)) {
      failed.push(`MILLRACE_SEED=${seed} ${rule.venue}: ${String(Cause.squash(exit.cause))}`)
      continue
    }
    const { compared, faults, gaps } = exit.value
    total.faults += faults
    total.compared += compared
    total.gaps += gaps
  }
  return { ...total, failed } satisfies Trial
})
