import { makeHtxSwap } from "../../../../src/exchanges/htx-swap/index.ts"
import { venueContract } from "../../../contract/Venue.ts"
import { controls } from "./fixtures/controls.ts"
import { derivatives, polls } from "./fixtures/derivatives.ts"
import { messages } from "./fixtures/messages.ts"
import { listed } from "./fixtures/listed.ts"

venueContract({
  name: "htx-swap",
  make: makeHtxSwap,
  instruments: [
    {
      market: "perpetual",
      symbol: "BTC-USDT-PERP",
      native: "BTC-USDT",
      spellings: ["BTC/USDT", "BTC-USDT", "BTCUSDT", "BTC-USDT-PERP", "btc-usdt"],
    },
    {
      market: "perpetual",
      symbol: "BTC-USD-PERP",
      native: "BTC-USD",
      spellings: ["BTC/USD", "BTC-USD", "BTCUSD", "BTC-USD-PERP"],
    },
  ],
  refuses: [
    { symbol: "nonsense" },
    { symbol: "BTC-ETH" },
    { symbol: "BTC-USD-20250328" },
    { symbol: "BTC-USDT", dataType: "aggTrade" },
    { symbol: "BTC-USDT", dataType: "kline_3m" },
    { symbol: "BTC-USDT", dataType: "long_short_ratio_2h" },
  ],
  messages: [...messages, ...derivatives],
  controls,
  polls,
  listed,
  simulated: {
    symbols: ["BTC-USDT-PERP", "BTC-USD-PERP"],
    book: { symbol: "BTC-USDT-PERP", native: "BTC-USDT" },
    // A version counts pushes, of which each tells the book of its time.
    stepOf: ({ market }, { timestamp }) => market.stepAt(timestamp - 1),
  },
})
