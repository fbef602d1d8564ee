// @ts-check
import { collect, Decimal, decimals } from "millrace" // in CommonJS: const { collect, … } = require("millrace")

const collector = await collect({
  // Leave the simulator out, and it is the real exchange.
  simulator: { rate: 500, symbols: ["BTC-USDT", "ETH-USDT", "BNB-USDT"] },
  exchanges: { binance: { symbols: ["BTC-USDT", "ETH-USDT"], dataTypes: ["trade", "depth"] } },
})

// Streams come and go at run time; each gets an answer.
const [answer] = await collector.subscribe({
  venue: "binance",
  symbols: ["BNB-USDT"],
  dataTypes: ["trade"],
})
console.log(`BNB-USDT: ${answer?.result}`)

// Closing drains: connections close, the loop gets what is left and ends.
const stop = () => void collector.close()
process.once("SIGINT", stop).once("SIGTERM", stop)

/** @type {Map<string, Decimal>} */
const turnover = new Map()
let records = 0

// A slow loop holds back its own cursor and loses nothing; `record.type` tells what `record.data` is.
for await (const record of collector.records) {
  records++
  if (record.type === "trade") {
    const { price, quantity } = decimals(record)
    turnover.set(record.symbol, price.times(quantity).plus(turnover.get(record.symbol) ?? new Decimal(0)))
  }
  if (records % 500 === 0) console.log(records, Object.fromEntries(turnover))
}

const { accounts } = await collector.status()
console.log(`read ${records} records of ${accounts.records.accepted} accepted`)
