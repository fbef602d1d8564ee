import { bookOfLastPush, phaseOf } from "../Feed.ts"
import { bookCount, type Count, type Numbering } from "../Numbering.ts"
import { bookMillis, messages, updateOf } from "./Messages.ts"
import { splitName } from "./StreamNames.ts"

const named =
  (...channels: ReadonlyArray<string>) =>
  (native: string) => {
    const colon = native.indexOf(":")
    return channels.map((channel) => `${native.slice(0, colon)}:${channel}.${native.slice(colon + 1)}`)
  }

/** Updates of the deep book: pushes, or changes. */
const update: Count = {
  name: "book",
  firstAfter: (symbol, time) => {
    const phase = phaseOf(symbol)
    const push = (Math.floor((time - phase) / bookMillis) + 1) * bookMillis + phase
    return updateOf(symbol, push, symbol.market.stepAt(time) + 1)
  },
  streams: named("orderbook.1000"),
}
/** Those of the best prices count by themselves. */
const best: Count = {
  name: "best prices",
  firstAfter: ({ market }, time) => market.stepAt(time) + 1,
  streams: named("orderbook.1"),
}
const sequence: Count = { ...bookCount(named("orderbook.1000", "orderbook.1")), name: "sequence" }

/**
 * Trades of contracts have no numbers that count. After a restart of the service a book counts from 1, and the message
 * with 1 is a snapshot (documented).
 */
export const bybitNumbering: Numbering = {
  counts: [update, best, sequence],
  inStream: (name) => {
    const { channel } = splitName(name)
    if (!channel.startsWith("orderbook.")) return []
    return [
      { count: channel === "orderbook.1" ? best : update, digits: /(?<="u":)\d+/g },
      { count: sequence, digits: /(?<="seq":)\d+/g },
    ]
  },
  inAnswer: (path, query) =>
    path === "/v5/market/orderbook"
      ? {
          native: `${query.get("category") ?? ""}:${query.get("symbol") ?? ""}`,
          numbers: [
            { count: update, digits: /(?<="u":)\d+/g },
            { count: sequence, digits: /(?<="seq":)\d+/g },
          ],
        }
      : undefined,
  begin: (symbol, stream, payload) =>
    splitName(stream).channel !== "orderbook.1000" || !payload.includes('"type":"delta"')
      ? undefined
      : messages.snapshot!(
          symbol,
          bookOfLastPush(symbol, bookMillis, Number(/"ts":(\d+)/.exec(payload)?.[1])),
        ),
}
