/**
 * A histogram of non-negative numbers in log-linear buckets: twenty to each leading digit of each power of ten, so
 * that a value is known to within 5 % (2.5 % at the middle) from 1 to 10^11, and round limits (1000, 2500, 5000)
 * fall exactly between buckets. Recording costs some nanoseconds and allocates nothing; memory is constant.
 */
const perDigit = 20
const perDecade = 9 * perDigit
const powers = Array.from({ length: 12 }, (_, exponent) => 10 ** exponent)
const decades = powers.length - 1
const overflow = 1 + decades * perDecade
const size = overflow + 1

/** Buckets are open below and closed above; the first one holds everything up to 1. */
const bucketOf = (value: number): number => {
  if (!(value > 1)) return 0
  let decade = 0
  while (decade < decades && value > powers[decade + 1]!) decade++
  if (decade === decades) return overflow
  return decade * perDecade + Math.ceil((value * perDigit) / powers[decade]!) - perDigit
}

const upperOf = (bucket: number): number => {
  if (bucket === 0) return 1
  if (bucket === overflow) return Number.POSITIVE_INFINITY
  const decade = Math.floor((bucket - 1) / perDecade)
  const step = ((bucket - 1) % perDecade) + 1
  return ((perDigit + step) * powers[decade]!) / perDigit
}

const uppers = Float64Array.from({ length: size }, (_, bucket) => upperOf(bucket))

export class Histogram {
  private readonly counts = new Float64Array(size)
  count = 0
  sum = 0
  /** Of what was recorded; `Infinity` and 0 while there is nothing. */
  min = Number.POSITIVE_INFINITY
  max = 0

  /** Records a value `count` times. What is negative (a clock that was set back) counts as 0. */
  record(value: number, count = 1): void {
    const held = value > 0 ? value : 0
    const bucket = bucketOf(held)
    this.counts[bucket] = this.counts[bucket]! + count
    this.count += count
    this.sum += held * count
    if (held < this.min) this.min = held
    if (held > this.max) this.max = held
  }

  /** Adds everything that `other` holds. */
  merge(other: Histogram): void {
    if (other.count === 0) return
    for (let bucket = 0; bucket < size; bucket++) {
      this.counts[bucket] = this.counts[bucket]! + other.counts[bucket]!
    }
    this.count += other.count
    this.sum += other.sum
    if (other.min < this.min) this.min = other.min
    if (other.max > this.max) this.max = other.max
  }

  clear(): void {
    this.counts.fill(0)
    this.count = 0
    this.sum = 0
    this.min = Number.POSITIVE_INFINITY
    this.max = 0
  }

  /** The value that `quantile` (0 … 1) of the recorded ones do not exceed, within a bucket's width; 0 while there is nothing. */
  quantile(quantile: number): number {
    if (this.count === 0) return 0
    const rank = quantile * this.count
    let before = 0
    for (let bucket = 0; bucket < size; bucket++) {
      const within = this.counts[bucket]!
      if (within > 0 && before + within >= rank) {
        const lower = bucket === 0 ? 0 : uppers[bucket - 1]!
        const upper = bucket === overflow ? this.max : uppers[bucket]!
        const value = lower + (upper - lower) * ((rank - before) / within)
        return Math.min(this.max, Math.max(this.min, value))
      }
      before += within
    }
    return this.max
  }

  /** How many values each ascending limit is not exceeded by: the cumulative counts of a Prometheus histogram. Exact for round limits. */
  cumulative(limits: ReadonlyArray<number>): ReadonlyArray<number> {
    let bucket = 0
    let total = 0
    return limits.map((limit) => {
      while (bucket < size && uppers[bucket]! <= limit) total += this.counts[bucket++]!
      return total
    })
  }
}

/**
 * A histogram since the start beside one of the last window or two: recording goes to the current window; when it
 * is over it becomes the previous one, and what was the previous one joins the total.
 */
export class WindowedHistogram {
  private current = new Histogram()
  private previous = new Histogram()
  private readonly older = new Histogram()
  private readonly windowMillis: number
  private began: number

  constructor(windowMillis: number, nowMillis: number) {
    this.windowMillis = windowMillis
    this.began = nowMillis
  }

  /** Moves on to the window of `nowMillis`: once before a batch of `record`s, and before reading. */
  advance(nowMillis: number): void {
    const age = nowMillis - this.began
    if (age < this.windowMillis) {
      if (age < 0) this.began = nowMillis
      return
    }
    this.older.merge(this.previous)
    this.previous.clear()
    if (age < 2 * this.windowMillis) {
      const cleared = this.previous
      this.previous = this.current
      this.current = cleared
      this.began += this.windowMillis
    } else {
      this.older.merge(this.current)
      this.current.clear()
      this.began = nowMillis
    }
  }

  record(value: number, count = 1): void {
    this.current.record(value, count)
  }

  /** The last window or two, as a copy. */
  recent(): Histogram {
    const copy = new Histogram()
    copy.merge(this.previous)
    copy.merge(this.current)
    return copy
  }

  /** Everything since the start, as a copy. */
  total(): Histogram {
    const copy = this.recent()
    copy.merge(this.older)
    return copy
  }
}
