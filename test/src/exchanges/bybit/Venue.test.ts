import { makeBybit } from "../../../../src/exchanges/bybit/index.ts"
import { venueContract } from "../../../contract/Venue.ts"
import { controls } from "./fixtures/controls.ts"
import { messages } from "./fixtures/messages.ts"
import { polls } from "./fixtures/polls.ts"
import { tickers } from "./fixtures/tickers.ts"
import { listed } from "./fixtures/listed.ts"

venueContract({
  name: "bybit",
  make: makeBybit,
  instruments: [
    {
      market: "spot",
      symbol: "BTC-USDT",
      native: "BTCUSDT",
      spellings: ["BTC/USDT", "BTC-USDT", "BTCUSDT", "btcusdt"],
    },
    {
      market: "perpetual",
      symbol: "BTC-USDT-PERP",
      native: "BTCUSDT",
      spellings: ["BTC-USDT-PERP", "BTC/USDT-PERP", "BTCUSDT-PERP"],
    },
    {
      market: "perpetual",
      symbol: "BTC-USDC-PERP",
      native: "BTCPERP",
      spellings: ["BTC-USDC-PERP", "BTC/USDC-PERP", "BTCPERP"],
    },
    {
      market: "perpetual",
      symbol: "BTC-USD-PERP",
      native: "BTCUSD",
      spellings: ["BTC-USD-PERP", "BTC/USD", "BTC-USD", "BTCUSD"],
    },
    {
      market: "future",
      symbol: "BTC-USD-20250328",
      native: "BTCUSDH25",
      spellings: ["BTC-USD-20250328", "BTC/USD-20250328", "BTCUSDH25"],
    },
    {
      market: "future",
      symbol: "BTC-USDC-20241227",
      native: "BTC-27DEC24",
      spellings: ["BTC-USDC-20241227", "BTC-27DEC24"],
    },
    {
      market: "future",
      symbol: "ETH-USDT-20250404",
      native: "ETHUSDT-04APR25",
      spellings: ["ETH-USDT-20250404", "ETHUSDT-4APR25", "ETHUSDT-04APR25"],
    },
  ],
  refuses: [
    { symbol: "nonsense" },
    // Inverse futures are delivered on the last Friday of a month.
    { symbol: "BTC-USD-20250327" },
    { symbol: "BTC-EUR-PERP" },
    { symbol: "BTC-27ABC24" },
    { symbol: "BTC-USDT", dataType: "funding" },
    { symbol: "BTC-USDT", dataType: "index_price" },
    { symbol: "BTC-USDT", dataType: "liquidation" },
    { symbol: "BTC-USD-20250328", dataType: "funding" },
    { symbol: "BTC-USDT", dataType: "kline_1s" },
    { symbol: "BTC-USDT", dataType: "long_short_ratio_5m" },
    { symbol: "BTC-USDC-PERP", dataType: "long_short_ratio_5m" },
  ],
  messages: [...messages, ...tickers],
  controls,
  polls,
  listed,
  simulated: {
    symbols: ["BTC-USDT", "BTC-USDT-PERP", "BTC-USD-PERP"],
    book: { symbol: "BTC-USDT-PERP", native: "linear:BTCUSDT" },
    stepOf: ({ market }, { timestamp }) => market.stepAt(timestamp - 1),
  },
})
