import type { Effect, Scope } from "effect"
import type { Dice } from "../../support/seed.ts"

export interface Limit {
  readonly exactly?: number
  readonly atMost?: number
  readonly atLeast?: number
}

const limitText = ({ atLeast, atMost, exactly }: Limit): string =>
  [
    ...(exactly === undefined ? [] : [`= ${exactly}`]),
    ...(atLeast === undefined ? [] : [`>= ${atLeast}`]),
    ...(atMost === undefined ? [] : [`<= ${atMost}`]),
  ].join(", ")

const holds = (value: number, { atLeast, atMost, exactly }: Limit): boolean =>
  (exactly === undefined || value === exactly) &&
  (atMost === undefined || value <= atMost) &&
  (atLeast === undefined || value >= atLeast)

/** Collects what was counted and timed, and what of it is not as it must be. */
export interface Judge {
  readonly count: (name: string, value: number, limit?: Limit) => void
  /** Judged in a run of full size alone: elsewhere others use the machine. */
  readonly time: (name: string, value: number, limit?: Limit) => void
  readonly state: (name: string, held: boolean, detail?: string) => void
  readonly report: () => Report
}

export interface Report {
  readonly counts: Readonly<Record<string, number>>
  readonly times: Readonly<Record<string, number>>
  readonly limits: Readonly<Record<string, string>>
  readonly broken: ReadonlyArray<string>
}

export const makeJudge = (judgesTimes: boolean): Judge => {
  const counts: Record<string, number> = {}
  const times: Record<string, number> = {}
  const limits: Record<string, string> = {}
  const broken: Array<string> = []
  const note = (
    into: Record<string, number>,
    name: string,
    value: number,
    limit: Limit | undefined,
    judged: boolean,
  ) => {
    into[name] = Math.round(value * 100) / 100
    if (limit === undefined) return
    limits[name] = limitText(limit)
    if (judged && !holds(value, limit)) broken.push(`${name} is ${into[name]}, not ${limitText(limit)}`)
  }
  return {
    count: (name, value, limit) => note(counts, name, value, limit, true),
    time: (name, value, limit) => note(times, name, value, limit, judgesTimes),
    state: (name, held, detail) => {
      if (!held) broken.push(detail === undefined ? name : `${name}: ${detail}`)
    },
    report: () => ({ counts, times, limits, broken }),
  }
}

/** What a goal is run with. */
export interface Run {
  /** 1 is full size. */
  readonly scale: number
  readonly dice: Dice
  readonly judge: Judge
  /** A size of the full run, scaled down. */
  readonly size: (full: number, least?: number) => number
  /** For a person who waits. */
  readonly progress: (said: string) => void
}

/** One promise and how it is tried. */
export interface Goal {
  /** `R3`. */
  readonly id: string
  /** `R3 broker restarts`: what is said of it. */
  readonly name: string
  readonly run: (run: Run) => Effect.Effect<void, unknown, Scope.Scope>
}
