import { makeCoinbase } from "../../../../src/exchanges/coinbase/index.ts"
import { venueContract } from "../../../contract/Venue.ts"
import { controls } from "./fixtures/controls.ts"
import { messages } from "./fixtures/messages.ts"
import { polls } from "./fixtures/polls.ts"
import { listed } from "./fixtures/listed.ts"

venueContract({
  name: "coinbase",
  make: makeCoinbase,
  instruments: [
    {
      market: "spot",
      symbol: "BTC-USD",
      native: "BTC-USD",
      spellings: ["BTC/USD", "BTC-USD", "BTCUSD", "btc-usd"],
    },
    {
      market: "spot",
      symbol: "1INCH-GBP",
      native: "1INCH-GBP",
      spellings: ["1INCH/GBP", "1INCH-GBP", "1INCHGBP"],
    },
  ],
  refuses: [
    { symbol: "nonsense" },
    { symbol: "BTC-USD-PERP" },
    { symbol: "BTC-USD", dataType: "funding" },
    { symbol: "BTC-USD", dataType: "depth5" },
    { symbol: "BTC-USD", dataType: "kline_4h" },
  ],
  messages,
  controls,
  polls,
  listed,
  simulated: {
    symbols: ["BTC-USDT"],
    book: { symbol: "BTC-USDT", native: "BTC-USDT", unseen: true },
    stepOf: ({ market }, { timestamp }) => market.stepAt(timestamp - 1),
  },
})
