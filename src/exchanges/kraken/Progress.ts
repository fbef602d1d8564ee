import type { Progress, ProgressRule } from "../Venue.ts"
import { isFields } from "../wire/Fields.ts"
import { tradeProgress } from "../wire/TradeProgress.ts"

/** `{"error":[],"result":{"XXBTZUSD":{"c":["price","volume"],…}}}`: the last trade, under whatever name the pair has here. */
const lastTrade = (answer: unknown): Progress | undefined => {
  if (!isFields(answer) || !isFields(answer["result"])) return undefined
  const [pair] = Object.values(answer["result"])
  const last: unknown = isFields(pair) ? pair["c"] : undefined
  if (!Array.isArray(last) || last.length === 0 || !last.every((each) => typeof each === "string"))
    return undefined
  return { mark: last.join(":") }
}

/**
 * Trades are not numbered, and its list of trades cannot be asked for the newest one alone: the ticker has its price and
 * volume. Two trades alike in a row look like one, and a stream that is dead then is found at the next.
 */
export const krakenProgress: ProgressRule = tradeProgress({
  path: ({ instrument }) => `/0/public/Ticker?pair=${encodeURIComponent(instrument.native.replace("/", ""))}`,
  weight: 1,
  newest: lastTrade,
})
