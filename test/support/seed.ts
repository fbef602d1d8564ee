import { Cause, Effect, Exit } from "effect"

/** Reproducible random choices. */
export interface Dice {
  readonly seed: number
  /** 0 … 1. */
  readonly next: () => number
  /** 0 … below. */
  readonly int: (below: number) => number
  readonly pick: <A>(from: ReadonlyArray<A>) => A
  readonly chance: (probability: number) => boolean
}

export const makeDice = (seed: number): Dice => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const int = (below: number): number => Math.floor(next() * below)
  return {
    seed,
    next,
    int,
    pick: (from) => from[int(from.length)]!,
    chance: (probability) => next() < probability,
  }
}

/** A fresh seed each run, or `MILLRACE_SEED`. */
export const freshSeed = (): number =>
  process.env["MILLRACE_SEED"] === undefined
    ? Math.floor(Math.random() * 2 ** 32)
    : Number(process.env["MILLRACE_SEED"])

/** Runs `test` with dice of so many seeds in a row; a failure names the seed that repeats it. */
export const withSeeds = <E, R>(
  count: number,
  test: (dice: Dice) => Effect.Effect<void, E, R>,
): Effect.Effect<void, Error, R> =>
  Effect.gen(function* () {
    const first = freshSeed()
    const times = process.env["MILLRACE_SEED"] === undefined ? count : 1
    for (let index = 0; index < times; index++) {
      const seed = (first + index) >>> 0
      const exit = yield* Effect.exit(test(makeDice(seed)))
      if (Exit.isFailure(exit))
        return yield* Effect.fail(new Error(`MILLRACE_SEED=${seed}: ${Cause.pretty(exit.cause)}`))
    }
  })
