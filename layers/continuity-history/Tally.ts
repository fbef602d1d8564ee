import type { GapState, StreamContinuity, StreamName } from "../../services/ContinuityHistory.ts"
import { stepBounds, type Window } from "./Window.ts"

/** A gap in time, as far as sums go. */
export interface GapSpan extends Pick<GapState, "missing" | "left" | "repaired" | "repair"> {
  /** Milliseconds, `ends` above `began`. */
  readonly began: number
  readonly ends: number
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)

/**
 * Percent, rounded down to a thousandth. What is missing is known by number or by time: the worse of the two counts.
 */
const completenessOf = (came: number, missing: number, missingMillis: number, spanMillis: number): number => {
  const byCount = came + missing > 0 ? came / (came + missing) : 1
  const byTime = spanMillis > 0 ? 1 - Math.min(missingMillis, spanMillis) / spanMillis : 1
  return Math.floor(Math.min(byCount, byTime) * 100_000) / 1000
}

/** What came of one stream in a window, and what is missing, step by step. */
export class Tally {
  readonly #window: Window
  readonly #received: Float64Array
  readonly #repaired: Float64Array
  readonly #missing: Float64Array
  readonly #missingMillis: Float64Array
  readonly #mended: Uint8Array
  readonly #present: Uint8Array
  #duplicates = 0
  #gaps = 0
  #openGaps = 0
  /** It was collected from here to there, as far as the window shows; or a gap says that it should have been. */
  #first = Infinity
  #last = -Infinity

  constructor(window: Window) {
    this.#window = window
    this.#received = new Float64Array(window.steps)
    this.#repaired = new Float64Array(window.steps)
    this.#missing = new Float64Array(window.steps)
    this.#missingMillis = new Float64Array(window.steps)
    this.#mended = new Uint8Array(window.steps)
    this.#present = new Uint8Array(window.steps)
  }

  /** What came within minutes or hours of one step. */
  addCount(start: number, length: number, received: number, duplicates: number): void {
    const step = this.#stepAt(start)
    this.#received[step]! += received
    this.#present[step] = 1
    this.#duplicates += duplicates
    this.#extend(start, start + length)
  }

  /** A gap that touches the window. Where the window cuts it, what is missing counts evenly over its time. */
  addGap(gap: GapSpan): void {
    const { from, to } = this.#window
    const [began, ends] = [Math.max(gap.began, from), Math.min(gap.ends, to)]
    const whole = gap.repair === "complete"
    this.#gaps++
    if (!whole) this.#openGaps++
    this.#extend(began, ends)
    const last = this.#stepAt(Math.max(began, ends - 1))
    for (let step = this.#stepAt(began); step <= last; step++) {
      const [start, end] = stepBounds(this.#window, step)
      this.#present[step] = 1
      const repaired = share(gap, gap.repaired, start, end)
      this.#repaired[step]! += repaired
      if (repaired > 0 || whole) this.#mended[step] = 1
      if (gap.missing !== undefined) this.#missing[step]! += share(gap, gap.left ?? gap.missing, start, end)
      else if (!whole) this.#missingMillis[step]! += Math.max(0, Math.min(ends, end) - Math.max(began, start))
    }
  }

  view(stream: StreamName): StreamContinuity {
    const received = sum(this.#received)
    const repaired = sum(this.#repaired)
    const missing = sum(this.#missing)
    const spanMillis = this.#last - this.#first
    const missingMillis = Math.min(sum(this.#missingMillis), Math.max(0, spanMillis))
    const timeline = Array.from(this.#present, (present, step) => (present === 1 ? this.#at(step) : null))
    return {
      key: stream.key,
      venue: stream.venue,
      symbol: stream.symbol,
      dataType: stream.dataType,
      received,
      duplicates: this.#duplicates,
      repaired,
      missing,
      missingMillis,
      completeness:
        spanMillis > 0 ? completenessOf(received + repaired, missing, missingMillis, spanMillis) : null,
      gaps: this.#gaps,
      openGaps: this.#openGaps,
      timeline,
      repairedSteps: Array.from(this.#mended.keys()).filter((step) => this.#mended[step] === 1),
    }
  }

  #at(step: number): number {
    const [start, end] = stepBounds(this.#window, step)
    const spanMillis = Math.min(end, this.#last) - Math.max(start, this.#first)
    const came = this.#received[step]! + this.#repaired[step]!
    return completenessOf(came, this.#missing[step]!, this.#missingMillis[step]!, spanMillis)
  }

  #extend(first: number, last: number): void {
    this.#first = Math.min(this.#first, first)
    this.#last = Math.max(this.#last, last)
  }

  #stepAt(time: number): number {
    return Math.floor((time - this.#window.from) / this.#window.step)
  }
}

/** How many of `total` lie before `time`, evenly over the gap. Whole numbers, so that neighbouring windows add up. */
const before = ({ began, ends }: GapSpan, total: number, time: number): number =>
  Math.floor(total * Math.min(1, Math.max(0, (time - began) / (ends - began))))

const share = (gap: GapSpan, total: number, start: number, end: number): number =>
  total === 0 ? 0 : before(gap, total, end) - before(gap, total, start)
