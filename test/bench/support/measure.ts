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

/** Lets it warm up, then measures it for `seconds`, looking at its memory every half second. */
export const measure = Effect.fnUntraced(function* (
  usage: Effect.Effect<Usage>,
  warmUpSeconds: number,
  seconds: number,
) {
  yield* Effect.sleep(warmUpSeconds * 1000)
  const began = performance.now()
  const before = yield* usage
  let residentBytes = before.residentBytes
  while (performance.now() - began < seconds * 1000 - 500) {
    yield* Effect.sleep(500)
    residentBytes = Math.max(residentBytes, (yield* usage).residentBytes)
  }
  yield* Effect.sleep(Math.max(0, seconds * 1000 - (performance.now() - began)))
  const after = yield* usage
  const elapsed = (performance.now() - began) / 1000
  const messages = after.messages - before.messages
  const cpu = after.cpuSeconds - before.cpuSeconds
  return {
    microsPerMessage: (cpu / messages) * 1e6,
    messagesPerSecond: messages / elapsed,
    cores: cpu / elapsed,
    residentBytes: Math.max(residentBytes, after.residentBytes),
  } satisfies Measured
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
