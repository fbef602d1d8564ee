import { bookCount, type Count, type Numbering, tradeCount } from "../Numbering.ts"

const book: Count = { ...bookCount((native) => [`book.${native}.100ms`, `quote.${native}`]), whole: true }
const trade = tradeCount((native) => [`trades.${native}.100ms`])

const ofTrades = [{ count: trade, digits: /(?<="trade_seq":)\d+/g }]
const ofBooks = [{ count: book, digits: /(?<="(?:prev_)?change_id":)\d+/g }]

export const deribitNumbering: Numbering = {
  counts: [book, trade],
  inStream: (name) => {
    if (name.startsWith("trades.")) return ofTrades
    return name.startsWith("book.") ? ofBooks : []
  },
  inAnswer: (path, query) => {
    const native = query.get("instrument_name") ?? ""
    if (path.endsWith("/get_order_book")) return { native, numbers: ofBooks }
    if (!/\/get_last_trades_by_instrument(_and_time)?$/.test(path)) return undefined
    return { native, numbers: ofTrades, asked: { count: trade, parameters: ["start_seq", "end_seq"] } }
  },
}
