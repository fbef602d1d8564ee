import { bookCount, type Numbering, type Numbers, tradeCount } from "../Numbering.ts"
import { splitName } from "./StreamNames.ts"

const named =
  (...channels: ReadonlyArray<string>) =>
  (native: string) =>
    channels.map((channel) => `${channel}:${native}`)

/** After maintenance `seqId` begins anew, and `prevSeqId` of that message is the old one: nothing is missing. */
const book = bookCount(named("books", "books5", "bbo-tbt"))
const trade = tradeCount(named("trades-all", "trades"))

const ofBooks: ReadonlyArray<Numbers> = [{ count: book, digits: /(?<="(?:seqId|prevSeqId)":)\d+/g }]
const ofTrades: ReadonlyArray<Numbers> = [{ count: trade, digits: /(?<="tradeId":"|"seqId":)\d+/g }]

export const okxNumbering: Numbering = {
  counts: [book, trade],
  inStream: (name) => {
    const { channel } = splitName(name)
    if (channel.startsWith("trades")) return ofTrades
    return channel.startsWith("books") || channel === "bbo-tbt" ? ofBooks : []
  },
  inAnswer: (path, query) => {
    const native = query.get("instId") ?? ""
    if (path === "/api/v5/market/books") return { native, numbers: ofBooks }
    if (path !== "/api/v5/market/history-trades") return undefined
    return query.get("type") === "2"
      ? { native, numbers: ofTrades }
      : { native, numbers: ofTrades, asked: { count: trade, parameters: ["after"] } }
  },
}
