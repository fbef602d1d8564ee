import { Effect } from "effect"
import type { Usage } from "../processes/answer.ts"

/** What a process used of the machine over a while. */
export interface Measured {
  readonly microsPerMessage: number
  readonly messagesPerSecond: number
  /** Share of one core. */
  readonly cores: number
  /** The highest seen. */
  readonly residentBytes: number
}

const between = (before: Usage, after: Usage, elapsedSeconds: number, residentBytes: number): Measured => {
  const messages = after.messages - before.messages
  const cpu = after.cpuSeconds - before.cpuSeconds
  return {
    microsPerMessage: (cpu / messages) * 1e6,
    messagesPerSecond: messages / elapsedSeconds,
    cores: cpu / elapsedSeconds,
    residentBytes,
  }
}

/** Looks every half second until it is enough, and measures from the first look to the last. */
const measureUntil = Effect.fnUntraced(function* (
  usage: Effect.Effect<Usage>,
  enough: (messages: number, seconds: number) => boolean,
) {
  const began = performance.now()
  const before = yield* usage
  let { residentBytes } = before
  for (;;) {
    yield* Effect.sleep(500)
    const after = yield* usage
    const seconds = (performance.now() - began) / 1000
    residentBytes = Math.max(residentBytes, after.residentBytes)
    if (enough(after.messages - before.messages, seconds))
      return between(before, after, seconds, residentBytes)
  }
})

/** Lets it warm up, then measures it for `seconds`. */
export const measure = Effect.fnUntraced(function* (
  usage: Effect.Effect<Usage>,
  warmUpSeconds: number,
  seconds: number,
) {
  yield* Effect.sleep(warmUpSeconds * 1000)
  return yield* measureUntil(usage, (_, elapsed) => elapsed >= seconds)
})

/** The same by messages: what a flood amounts to in a second depends on who else uses the machine. */
export const measureMessages = Effect.fnUntraced(function* (
  usage: Effect.Effect<Usage>,
  warmUp: number,
  messages: number,
) {
  while ((yield* usage).messages < warmUp) yield* Effect.sleep(100)
  return yield* measureUntil(usage, (count) => count >= messages)
})

export const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((left, right) => left - right)[values.length >> 1]!

/** Of each figure by itself. */
export const medians = (runs: ReadonlyArray<Measured>): Measured => ({
  microsPerMessage: median(runs.map((run) => run.microsPerMessage)),
  messagesPerSecond: median(runs.map((run) => run.messagesPerSecond)),
  cores: median(runs.map((run) => run.cores)),
  residentBytes: Math.max(...runs.map((run) => run.residentBytes)),
})

/** Each run by the run of the same round: a neighbour that was busy then was busy for both. */
export const pairedRatio = (runs: ReadonlyArray<Measured>, base: ReadonlyArray<Measured>) => {
  const ratios = runs.map((run, round) => run.microsPerMessage / base[round]!.microsPerMessage)
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) }
}
