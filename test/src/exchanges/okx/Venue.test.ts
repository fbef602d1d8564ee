import { makeOkx } from "../../../../src/exchanges/okx/index.ts"
import { venueContract } from "../../../contract/Venue.ts"
import { controls } from "./fixtures/controls.ts"
import { derivatives } from "./fixtures/derivatives.ts"
import { messages } from "./fixtures/messages.ts"
import { polls } from "./fixtures/polls.ts"
import { listed } from "./fixtures/listed.ts"

venueContract({
  name: "okx",
  make: makeOkx,
  instruments: [
    {
      market: "spot",
      symbol: "BTC-USDT",
      native: "BTC-USDT",
      spellings: ["BTC/USDT", "BTC-USDT", "BTCUSDT", "btc-usdt"],
    },
    {
      market: "perpetual",
      symbol: "BTC-USDT-PERP",
      native: "BTC-USDT-SWAP",
      spellings: ["BTC-USDT-PERP", "BTC/USDT-PERP", "BTCUSDT-PERP", "BTC-USDT-SWAP"],
    },
    {
      market: "perpetual",
      symbol: "BTC-USD-PERP",
      native: "BTC-USD-SWAP",
      spellings: ["BTC-USD-PERP", "BTC-USD-SWAP"],
    },
    {
      market: "future",
      symbol: "BTC-USD-20250328",
      native: "BTC-USD-250328",
      spellings: ["BTC-USD-20250328", "BTC/USD-20250328", "BTC-USD-250328"],
    },
    {
      market: "option",
      symbol: "BTC-20250328-60000-C",
      native: "BTC-USD-250328-60000-C",
      spellings: ["BTC-20250328-60000-C", "BTC-USD-250328-60000-C"],
    },
  ],
  refuses: [
    { symbol: "nonsense" },
    { symbol: "BTC-USDT", dataType: "funding" },
    { symbol: "BTC-USD-20250328", dataType: "funding" },
    { symbol: "BTC-USDT", dataType: "liquidation" },
    { symbol: "BTC-USDT", dataType: "kline_8h" },
  ],
  messages: [...messages, ...derivatives],
  controls,
  polls,
  listed,
  simulated: {
    symbols: ["BTC-USDT", "BTC-USDT-PERP"],
    book: { symbol: "BTC-USDT-PERP", native: "BTC-USDT-SWAP" },
  },
})
