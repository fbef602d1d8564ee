import { bookCount, type Count, type Numbering, tradeCount } from "../Numbering.ts"

const named =
  (...channels: ReadonlyArray<string>): Count["streams"] =>
  (native) =>
    channels.map((channel) => `market.${native}.${channel}`)

const book: Count = {
  ...bookCount(named("mbp.150", "mbp.refresh.5", "mbp.refresh.10", "mbp.refresh.20", "depth.step0", "bbo")),
  whole: true,
}
const trade = tradeCount(named("trade.detail"))

export const htxNumbering: Numbering = {
  counts: [book, trade],
  inStream: (name) => {
    if (name.endsWith(".trade.detail")) return [{ count: trade, digits: /(?<="tradeId":)\d+/g }]
    return /\.(mbp\.|depth\.|bbo$)/.test(name)
      ? [{ count: book, digits: /(?<="(?:seqNum|prevSeqNum|seqId|version)":)\d+/g }]
      : []
  },
  inAnswer: (path, query) => {
    const native = query.get("symbol") ?? ""
    if (path === "/market/depth") return { native, numbers: [{ count: book, digits: /(?<="version":)\d+/g }] }
    return /^\/market\/(history\/)?trade$/.test(path)
      ? { native, numbers: [{ count: trade, digits: /(?<="trade-id":)\d+/g }] }
      : undefined
  },
}
