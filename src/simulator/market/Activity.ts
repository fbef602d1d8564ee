/**
 * How much happens in a market, as whole numbers per minute: everything in a minute is numbered, so that ids and
 * times follow from each other in closed form.
 */
export interface Activity {
  /** Changes of the book; each one moves the best bid or ask. */
  readonly stepsPerMinute: number
  readonly tradesPerMinute: number
  /** Orders that took liquidity: each makes one aggregate of one or more trades. */
  readonly ordersPerMinute: number
}

/** How often a venue pushes what it sends by the clock, per second. */
export interface PushRates {
  readonly kline: number
  readonly ticker: number
}

/** Most messages per second that one symbol's market can make. */
export const highestRate = 5000

const tradesPerStep = 0.7

/** Messages per second of trade, bookTicker, depth@100ms, one kline and ticker together at so many steps per second. */
const messages = (steps: number, push: PushRates): number =>
  steps * (1 + tradesPerStep) +
  Math.min(steps, 10) +
  Math.min(steps * tradesPerStep, push.kline) +
  push.ticker

/**
 * The activity at which a subscriber of one symbol's trade, bookTicker, depth@100ms, kline and ticker streams gets
 * about `rate` messages per second. Lowest: one change of the book in ten seconds.
 */
export const activityOf = (rate: number, push: PushRates): Activity => {
  let low = 0.1
  let high = Math.max(low, rate)
  for (let round = 0; round < 50; round++) {
    const middle = (low + high) / 2
    if (messages(middle, push) > rate) high = middle
    else low = middle
  }
  const stepsPerMinute = Math.max(6, Math.round(low * 60))
  const tradesPerMinute = Math.max(4, Math.round(stepsPerMinute * tradesPerStep))
  return { stepsPerMinute, tradesPerMinute, ordersPerMinute: Math.max(3, Math.round(tradesPerMinute * 0.8)) }
}
