/**
 * How often a stream delivers, learned while it does: looked at every second or so, never per record. What is learned
 * is how long its silences are, because that is what tells a quiet market from a dead stream.
 */
export interface Rhythm {
  /** Its records when it was looked at last. */
  records: number
  /** How long it has been silent, milliseconds, as far as it was looked at: a clock that is set changes nothing. */
  silence: number
  /** The same, whoever's fault it was. */
  since: number
  /** Between two records on average; `NaN` before the second. Recent ones weigh more. */
  mean: number
  /** The longest silence lately that ended by itself; half of it is forgotten in half an hour. */
  longest: number
}

/** What a new interval weighs in the average. */
const weight = 0.1
const halfLifeMillis = 30 * 60_000
/** So much longer than what is usual is suspicious. Asking costs little, and the answer decides. */
const timesLongest = 1.5
const timesMean = 5

export const makeRhythm = (): Rhythm => ({
  records: 0,
  silence: 0,
  since: 0,
  mean: Number.NaN,
  longest: 0,
})

/** Whether records came since the last look, `elapsed` milliseconds ago. */
export const observe = (rhythm: Rhythm, records: number, elapsed: number): boolean => {
  rhythm.longest *= 0.5 ** (elapsed / halfLifeMillis)
  const came = records - rhythm.records
  rhythm.records = records
  rhythm.silence += elapsed
  rhythm.since = came > 0 ? 0 : rhythm.since + elapsed
  if (came <= 0) return false
  const interval = rhythm.silence / came
  rhythm.mean = Number.isNaN(rhythm.mean) ? interval : rhythm.mean + weight * (interval - rhythm.mean)
  rhythm.longest = Math.max(rhythm.longest, rhythm.silence)
  rhythm.silence = 0
  return true
}

/** The silence so far was none of the market's: the connection was away, or we did not read. */
export const excuse = (rhythm: Rhythm, records: number, elapsed = 0): void => {
  rhythm.since = records > rhythm.records ? 0 : rhythm.since + elapsed
  rhythm.records = records
  rhythm.silence = 0
}

/** A silence of so long is suspicious, and never a shorter one than `least`. Milliseconds. */
export const patienceOf = (rhythm: Rhythm, least: number): number =>
  Number.isNaN(rhythm.mean) ? least : Math.max(least, timesLongest * rhythm.longest, timesMean * rhythm.mean)
