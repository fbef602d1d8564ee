import { type Numbering, tradeCount } from "../Numbering.ts"

/** Its books have no numbers at all. */
const trade = tradeCount((native) => [`matches:${native}`, `ticker:${native}`])
const ofTrades = [{ count: trade, digits: /(?<="trade_id":)\d+/g }]

export const coinbaseNumbering: Numbering = {
  counts: [trade],
  inStream: (name) => (/^(matches|ticker):/.test(name) ? ofTrades : []),
  inAnswer: (path) => {
    const [, native, what] = /^\/products\/([^/]+)\/(trades|ticker)$/.exec(path) ?? []
    if (native === undefined) return undefined
    return what === "trades"
      ? { native, numbers: ofTrades, asked: { count: trade, parameters: ["after"] } }
      : { native, numbers: ofTrades }
  },
}
